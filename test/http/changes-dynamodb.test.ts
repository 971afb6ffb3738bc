import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { calendarAt } from '../../src/client/calendar.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { newEvent, serve, serveHere, type TestServer } from '../server.ts'
import { follow } from '../stream.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let dynamo: Dynamo
let one: TestServer
let other: TestServer
let settings: Record<string, string>
beforeAll(async () => {
  dynamo = await sharedDynamo()
  settings = { STORE: `dynamodb:${await dynamo.table()}`, DYNAMODB_ENDPOINT: dynamo.endpoint }
  one = await serve(settings)
  other = await serve(settings)
})
afterAll(() => Promise.all([one.stop(), other.stop()]))

let events = 0
const make = async (on: TestServer, site: string) => {
  const day = String((events += 1)).padStart(2, '0')
  const proposed = newEvent({ site, start: `2030-06-${day}T01:00:00Z`, end: `2030-06-${day}T02:00:00Z` })
  const { status, body } = await on.post('newevent', proposed, { as: 'ada' })
  expect(status).toBe(200)
  return body.new_calendar_event.event_id as string
}
const ask = (on: TestServer, query: string) => on.get(`changes?${query}`, { headers: { Accept: 'application/json' } })
const idsOf = (body: { changes: { event_id: string }[] }) => body.changes.map(({ event_id }) => event_id)

it('two servers over one table tell of the changes of both, also to a client that goes from one to the other', async () => {
  const { body: before } = await ask(one, 'site=saf&site=mrc1')
  const ids = [await make(one, 'saf'), await make(other, 'mrc1'), await make(other, 'saf'), await make(one, 'mrc1')]
  const first = await ask(other, `since=${before.cursor}&site=saf&site=mrc1&limit=2`)
  const rest = await ask(one, `since=${first.body.changes[1].cursor}&site=saf&site=mrc1`)
  expect([...idsOf(first.body), ...idsOf(rest.body)].toSorted()).toEqual(ids.toSorted())
  expect((await ask(other, `since=${rest.body.cursor}&site=saf&site=mrc1`)).body).toEqual({
    changes: [],
    cursor: rest.body.cursor,
  })
})

it('a stream has the changes of another server, and resumes at another server', async () => {
  expect((await one.get('config')).body).toMatchObject({ stream: true })
  const stream = await follow(one, 'site=saf&site=mrc1')
  await stream.hello()
  const first = await make(other, 'saf')
  expect((await stream.change()).data).toMatchObject({ event_id: first, revision: 1 })
  stream.close()
  const missed = [await make(one, 'mrc1'), await make(other, 'saf')]
  const resumed = await follow(other, 'site=saf&site=mrc1', { from: stream.last() })
  const seen: string[] = [(await resumed.change()).data.event_id, (await resumed.change()).data.event_id]
  expect(seen.toSorted()).toEqual(missed.toSorted())
  await other.post('modifyevent', { event_id: first, site: 'mrc1' }, { as: 'ada' })
  const { data } = await resumed.change()
  expect([data.event_id, data.revision, data.before.site, data.after.site]).toEqual([first, 2, 'saf', 'mrc1'])
  const last = await make(one, 'mrc1')
  expect((await resumed.change()).data.event_id).toBe(last)
})

it('streams of different sites through one server each have their changes, in order', async () => {
  const all = await follow(one, 'site=saf&site=mrc1&site=aro1')
  await all.hello()
  const saf = await follow(one, 'site=saf')
  await saf.hello()
  const ids: string[] = []
  for (const site of ['saf', 'mrc1', 'saf', 'aro1', 'saf']) ids.push(await make(ids.length % 2 ? one : other, site))
  const ofSaf = [ids[0], ids[2], ids[4]]
  for (const id of ofSaf) expect((await saf.change()).data.event_id).toBe(id)
  const seen: string[] = []
  while (seen.length < ids.length) seen.push((await all.change()).data.event_id)
  expect(seen.toSorted()).toEqual(ids.toSorted())
  expect(seen.filter((id) => ofSaf.includes(id))).toEqual(ofSaf)
})

it('a cursor of another table is a 410, and the stream begins with reset', async () => {
  const stranger = await serveHere({
    STORE: `dynamodb:${await dynamo.table()}`,
    DYNAMODB_ENDPOINT: dynamo.endpoint,
  })
  const { body } = await ask(stranger, 'site=saf')
  expect((await ask(one, `since=${body.cursor}&site=saf`)).status).toBe(410)
  const stream = await follow(one, 'site=saf', { from: body.cursor })
  let block
  do block = await stream.next()
  while (block?.event === undefined)
  expect(block.event).toBe('reset')
  const id = await make(other, 'saf')
  expect((await stream.change()).data.event_id).toBe(id)
})

it('the client follows changes over a table, from a cursor of all sites', async () => {
  const calendar = calendarAt({ base: new URL(one.base, one.address).href, token: one.tokens.ada })
  const { cursor: since } = await calendar.changesPage()
  const ids = [await make(other, 'saf'), await make(one, 'mrc1'), await make(other, 'saf')]
  const { changes, cursor } = await calendar.changesPage({ since })
  expect(changes.map(({ event_id }) => event_id).toSorted()).toEqual(ids.toSorted())
  expect(await calendar.changesPage({ since: cursor })).toEqual({ changes: [], cursor })
  const seen: string[] = []
  for await (const { event_id } of calendar.changes({ since, sites: 'saf' })) {
    seen.push(event_id)
    if (seen.length === 2) ids.push(await make(other, 'saf'))
    if (seen.length === 3) break
  }
  expect(seen).toEqual([ids[0], ids[2], ids[3]])
})

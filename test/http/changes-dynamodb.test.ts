import { readFileSync } from 'node:fs'
import { marshall } from '@aws-sdk/util-dynamodb'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { calendarAt, type Change, NetworkError } from '../../src/client/calendar.ts'
import { loggedSiteKey } from '../../src/store/dynamodb/feed-log.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { iso, newEvent, serve, serveHere, type TestServer } from '../server.ts'
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
  const day = (events += 1)
  const at = (hour: number) => iso(Date.UTC(2030, 5, day, hour))
  const proposed = newEvent({ site, start: at(1), end: at(2) })
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
  while (block && block.event === undefined)
  expect(block?.event).toBe('reset')
  const id = await make(other, 'saf')
  expect((await stream.change()).data.event_id).toBe(id)
})

it('all changes of more than 500 sites are a 413, as openapi.json says', async () => {
  const table = await dynamo.table()
  const server = await serveHere({ STORE: `dynamodb:${table}`, DYNAMODB_ENDPOINT: dynamo.endpoint })
  const sites = Array.from({ length: 501 }, (_, n) => marshall(loggedSiteKey(`many-${n}`)))
  await dynamo.putAll(table, sites.slice(1))
  expect((await ask(server, '')).status).toBe(200)
  await dynamo.putAll(table, sites.slice(0, 1))
  expect(await ask(server, '')).toMatchObject({ status: 413, body: expect.stringMatching(/^Error: .*500 sites.*name/) })
  expect((await ask(server, 'site=many-0')).status).toBe(200)
  const { paths } = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as {
    paths: Record<string, { get: { responses: object } }>
  }
  expect(paths['/changes']?.get.responses).toHaveProperty('413')
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

it('a client whose server stops goes on at the other by its cursor, and misses nothing', async () => {
  const [killed, left] = [await serve(settings), await serveHere(settings)]
  const sites = ['at-kill-1', 'at-kill-2']
  const clientOf = ({ base, address, tokens }: TestServer) =>
    calendarAt({ base: new URL(base, address).href, token: tokens.ada })
  /** Reads so many changes, and then leaves without a word, as a process that is killed does. */
  const take = async (on: TestServer, count: number, since: string | undefined) => {
    const taken: Change[] = []
    for await (const change of clientOf(on).changes({ since, sites, pollMs: 50 }))
      if (taken.push(change) === count) break
    return taken
  }
  const { cursor } = await clientOf(killed).changesPage()
  const ids: [string[], string[]] = [[], []]
  const writing = (async () => {
    for (let n = 0; n < 40; n += 1) ids[n % 2]?.push(await make(n % 3 ? left : other, sites[n % 2] ?? ''))
  })()
  const seen = await take(killed, 15, cursor)
  await killed.stop()
  await expect(clientOf(killed).changesPage()).rejects.toThrow(NetworkError)
  while (seen.length < 40) seen.push(...(await take(left, 5, seen.at(-1)?.cursor)))
  await writing
  for (const [n, site] of sites.entries()) {
    const atSite = seen.filter(({ after }) => after?.site === site)
    expect(atSite.map(({ event_id }) => event_id)).toEqual(ids[n])
  }
  // The rest of what another client had been told by the server that stopped.
  const again = await take(left, 37, seen[2]?.cursor)
  expect(new Set(again.map(({ event_id }) => event_id))).toEqual(new Set(seen.slice(3).map(({ event_id }) => event_id)))
})

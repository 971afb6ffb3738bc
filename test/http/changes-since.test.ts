import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { calendarAt } from '../../src/client/calendar.ts'
import { MAX_CHANGES } from '../../src/service/changes.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { type Ask, freshId, newEvent, serve, serveHere, type TestServer } from '../server.ts'
import { follow } from '../stream.ts'
import { proposed, TODAY } from '../context.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const freshSite = () => `at-${freshId()}`
const JSON_ONLY = { headers: { Accept: 'application/json' } }
const make = async (site: string, overrides: object = {}, on = server) => {
  const { status, body } = await on.post('newevent', newEvent({ site, ...overrides }), { as: 'ada' })
  expect(status).toBe(200)
  return body.new_calendar_event
}
const ask = (query: string, how: Ask = {}, on = server) => on.get(`changes?${query}`, { ...JSON_ONLY, ...how })
const presentCursor = async (on = server): Promise<string> => (await ask('', {}, on)).body.cursor
/** Commits many changes in the server's file, as another process. */
async function writeMany(count: number, site: string, on = server, extra = {}) {
  const store = sqliteStore(openDatabase(on.file), eventCodec)
  const changes = Array.from({ length: count }, (_, n) => ({
    after: proposed({ site, start: TODAY + n * HOUR, extra }),
    at: TODAY,
    by: 'import',
    via: 'import' as const,
  }))
  await store.change({ ids: [] }, () => ({ changes, answer: undefined }))
  await store.close()
  return changes.map(({ after }) => after.id)
}

describe('changes since a cursor', () => {
  it('are every change at the sites, and the cursor to go on from', async () => {
    const [site, other] = [freshSite(), freshSite()]
    const before = await ask(`site=${site}`)
    expect([before.status, before.type, before.body]).toEqual([
      200,
      'application/json',
      { changes: [], cursor: expect.any(String) },
    ])
    const created = await make(site)
    await make(other)
    const { event_id } = created
    await server.post('modifyevent', { event_id, site: other }, { as: 'ada' })
    await server.post('delete', { event_id }, { as: 'ada' })
    const { body } = await ask(`since=${before.body.cursor}&site=${site}`, { as: 'ada' })
    expect(body.changes).toEqual([
      {
        cursor: expect.any(String),
        event_id,
        revision: 1,
        via: 'reserve',
        at: expect.stringMatching(/Z$/),
        by: created.creator_id,
        before: null,
        after: created,
      },
      expect.objectContaining({ revision: 2, via: 'amend', before: created }),
    ])
    expect((await ask(`since=${body.cursor}&site=${site}`)).body).toEqual({ changes: [], cursor: body.cursor })
    const both = await ask(`since=${before.body.cursor}&site=${site}&site=${other}`)
    expect(both.body.changes).toHaveLength(4)
    const all = await ask(`since=${before.body.cursor}`)
    expect(all.body.changes).toEqual(both.body.changes)
    const rest = await ask(`since=${all.body.changes[1].cursor}`)
    expect(rest.body).toEqual({ changes: all.body.changes.slice(2), cursor: all.body.cursor })
  })

  it('have those at the enclosure of a telescope, as they are stored', async () => {
    const since = await presentCursor()
    const closure = newEvent({ site: 'mrc', reservation_type: 'maintenance' })
    await server.post('newevent', closure, { as: 'grace' })
    const { body } = await ask(`since=${since}&site=mrc2`)
    expect(body.changes).toMatchObject([{ event_id: closure.event_id, after: { site: 'mrc', resourceId: 'mrc' } }])
    expect((await ask(`since=${since}&site=saf`)).body.changes).toEqual([])
  })

  it('are masked for the caller, who learns by whom only where the history says so too', async () => {
    const [since, site] = [await presentCursor(), freshSite()]
    await make(site, { title: 'ada@example.org' })
    const callers: Ask[] = [
      {},
      { headers: { ...JSON_ONLY.headers, Authorization: 'Bearer nonsense' } },
      { as: 'bo' },
      { as: 'ada' },
      { as: 'grace' },
    ]
    const seen = []
    for (const caller of callers) {
      const { body } = await ask(`since=${since}&site=${site}`, caller)
      seen.push([body.changes[0].after.title, 'by' in body.changes[0]])
    }
    const [masked, whole] = [
      ['ada', false],
      ['ada@example.org', true],
    ]
    expect(seen).toEqual([masked, masked, masked, whole, whole])
  })

  it('come in pages of at most a limit, and less if they are large', async () => {
    const [since, site] = [await presentCursor(), freshSite()]
    const ids = await writeMany(MAX_CHANGES + 500, site)
    const first = await ask(`since=${since}&site=${site}`)
    expect(first.body.changes).toHaveLength(MAX_CHANGES)
    const second = await ask(`since=${first.body.cursor}&site=${site}&limit=3`)
    expect(second.body.changes).toHaveLength(3)
    const third = await ask(`since=${second.body.cursor}`)
    const told = [first, second, third].flatMap(({ body }) => body.changes as { event_id: string }[])
    expect(told.map(({ event_id }) => event_id)).toEqual(ids)
    const large = freshSite()
    const largeIds = await writeMany(60, large, server, { padding: 'p'.repeat(60_000) })
    const seen: string[] = []
    for (let at: string = third.body.cursor, pages = 0; seen.length < largeIds.length; pages += 1) {
      const { text, body } = await ask(`since=${at}`)
      expect(text.length).toBeLessThan(1_000_000)
      seen.push(...(body.changes as { event_id: string }[]).map(({ event_id }) => event_id))
      at = body.cursor
      expect(pages).toBeLessThan(20)
    }
    expect(seen).toEqual(largeIds)
  })

  it('are a 304 while nothing has changed', async () => {
    const [since, site] = [await presentCursor(), freshSite()]
    await make(site)
    const first = await ask(`since=${since}&site=${site}`)
    const tag = first.headers.get('etag') ?? expect.fail()
    const again = (headers: Record<string, string>) =>
      server.get(`changes?since=${since}&site=${site}`, { headers: { Accept: 'application/json', ...headers } })
    expect((await again({ 'If-None-Match': tag })).status).toBe(304)
    await make(site, { start: '2030-07-01T00:00:00Z', end: '2030-07-01T01:00:00Z' })
    expect((await again({ 'If-None-Match': tag })).status).toBe(200)
  })

  it.each(['nonsense', '1-00000000', '999999999-12345678', '7', '%00'])(
    'are a 410 for the cursor %s',
    async (since) => {
      const reply = await ask(`since=${since}`)
      expect([reply.status, reply.type, reply.body]).toEqual([
        410,
        'application/json',
        expect.stringMatching(/^Error: /),
      ])
      const problem = await ask(`since=${since}`, {
        headers: { Accept: 'application/problem+json, application/json' },
      })
      expect([problem.type, problem.body]).toEqual([
        'application/problem+json',
        expect.objectContaining({ status: 410, code: 'gone' }),
      ])
    },
  )

  it('are a 410 for a cursor before an import of archive entries', async () => {
    const own = await serveHere()
    const since = await presentCursor(own)
    const store = sqliteStore(openDatabase(own.file), eventCodec)
    const reservation = proposed({ id: 'adopted' })
    await store.archive.importAll([
      { id: 'adopted', reservations: [{ reservation, revision: 0 }], history: [], messages: [] },
    ])
    await store.close()
    expect((await ask(`since=${since}`, {}, own)).status).toBe(410)
    expect((await ask(`since=${await presentCursor(own)}`, {}, own)).body.changes).toEqual([])
  })

  it.each([
    ['limit=0', 'Error: limit must be a whole number from 1 to 1000'],
    ['limit=1001', 'Error: limit must be a whole number from 1 to 1000'],
    ['limit=ten', 'Error: limit must be a whole number from 1 to 1000'],
    ['since=', 'Error: since must be a cursor'],
    ['since=a&since=b', 'Error: since must be a string'],
    ['since=a&site=no%20such', 'Error: site must be 1 to 32 letters, digits, _ or -'],
  ])('reject %s', async (query, sentence) => {
    const { status, body } = await ask(query)
    expect([status, body]).toEqual([400, sentence])
  })
})

describe('the form of changes', () => {
  const [JSON_TYPE, STREAM] = ['application/json', 'text/event-stream']
  it.each([
    [undefined, 'site=saf', STREAM],
    ['*/*', 'site=saf', STREAM],
    [undefined, 'site=saf&limit=5', JSON_TYPE],
    ['*/*', 'site=saf&limit=5', JSON_TYPE],
    ['text/html, */*;q=0.8', 'site=saf&limit=5', JSON_TYPE],
    ['text/event-stream', 'site=saf', STREAM],
    ['text/event-stream', 'site=saf&limit=5', STREAM],
    ['text/event-stream, */*', 'site=saf&limit=5', STREAM],
    ['text/*', 'site=saf&limit=5', STREAM],
    ['application/json', 'site=saf', JSON_TYPE],
    ['application/json, text/event-stream', 'site=saf', STREAM],
    ['application/json, text/event-stream', 'site=saf&limit=5', JSON_TYPE],
    ['application/json, text/event-stream;q=0.5', 'site=saf', JSON_TYPE],
    ['application/*;q=0.5, TEXT/Event-Stream;q=0.6', 'site=saf&limit=5', STREAM],
    ['*/*, text/event-stream;q=0', 'site=saf', JSON_TYPE],
    ['application/problem+json, application/json', '', JSON_TYPE],
  ])('for Accept: %s and ?%s is %s', async (accept, query, type) => {
    const head = await server.send('HEAD', `/dev/changes?${query}`, {
      headers: accept === undefined ? {} : { Accept: accept },
    })
    expect([head.status, head.type]).toEqual([200, type])
  })

  it.each(['text/html', 'image/*', 'application/json;q=0, text/event-stream;q=0'])(
    'for Accept: %s is a 406',
    async (Accept) => {
      const { status, body } = await ask('limit=5', { headers: { Accept } })
      expect([status, body]).toEqual([406, 'Changes come as application/json or text/event-stream.'])
    },
  )
})

describe('a stream', () => {
  it('begins after since, and after Last-Event-ID rather', async () => {
    const [since, site] = [await presentCursor(), freshSite()]
    const [first, second] = [
      await make(site),
      await make(site, { start: '2030-07-02T00:00:00Z', end: '2030-07-02T01:00:00Z' }),
    ]
    const stream = await follow(server, `site=${site}&since=${since}`)
    expect((await stream.change()).data.event_id).toBe(first.event_id)
    const from = stream.last()
    expect((await stream.change()).data.event_id).toBe(second.event_id)
    const again = await follow(server, `site=${site}&since=${since}`, { from })
    expect((await again.change()).data.event_id).toBe(second.event_id)
  })

  it('that is far behind gets reset, with the cursor from which the pages have what it missed', async () => {
    const [since, site] = [await presentCursor(), freshSite()]
    const ids = await writeMany(501, site)
    const stream = await follow(server, `site=${site}&since=${since}`)
    let block
    do block = await stream.next()
    while (block?.event === undefined)
    expect(block).toMatchObject({ event: 'reset', data: { since } })
    const { body } = await ask(`since=${block.data.since}&site=${site}`)
    expect((body.changes as { event_id: string }[]).map(({ event_id }) => event_id)).toEqual(ids)
    const { event_id } = await make(site, { start: '2030-08-01T00:00:00Z', end: '2030-08-01T01:00:00Z' })
    expect((await stream.change()).data.event_id).toBe(event_id)
  })
})

it('the client follows changes', async () => {
  const site = freshSite()
  const calendar = calendarAt({ base: new URL(server.base, server.address).href, token: server.tokens.ada })
  const { cursor: since } = await calendar.changesPage()
  const { event_id } = await make(site)
  const { changes, cursor } = await calendar.changesPage({ since, site: [site], limit: 10 })
  expect(changes).toMatchObject([{ event_id, revision: 1, via: 'reserve', after: { event_id, site } }])
  expect(await calendar.changesPage({ since: cursor, site })).toEqual({ changes: [], cursor })
  await expect(calendar.changesPage({ since: 'nonsense' })).rejects.toMatchObject({ status: 410, code: 'gone' })
})

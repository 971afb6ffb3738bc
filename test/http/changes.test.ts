import { once } from 'node:events'
import { connect } from 'node:net'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { reserve } from '../../src/service/reserve.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { freshId, serve, serveHere, type TestServer, newEvent } from '../server.ts'
import { follow } from '../stream.ts'
import { ada, TODAY, proposed as anHour, worldOf } from '../context.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const freshSite = () => `at-${freshId()}`
const make = async (site: string, on: TestServer = server, overrides: object = {}) => {
  const { status, body } = await on.post('newevent', newEvent({ site, ...overrides }), { as: 'ada' })
  expect(status).toBe(200)
  return body.new_calendar_event
}
const streamsOf = async (on: TestServer) =>
  Number(/^calendar_streams (\d+)$/m.exec((await on.send('GET', '/metrics')).text)?.[1])
const waitFor = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 20 })

describe('a stream of changes', () => {
  it('begins with the retry delay, and a hello with a cursor', async () => {
    const stream = await follow(server, 'site=saf')
    expect(stream.status).toBe(200)
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
      'x-request-id': expect.any(String),
    })
    expect(await stream.next()).toEqual({ retry: '1000' })
    expect(await stream.next()).toEqual({ id: expect.stringMatching(/^\d+-/), event: 'hello', data: {} })
  })

  it('sends the changes at the enclosure of its site, as they are stored', async () => {
    const stream = await follow(server, 'site=mrc2')
    const closure = newEvent({ site: 'mrc', reservation_type: 'maintenance' })
    const { body } = await server.post('newevent', closure, { as: 'grace' })
    const { event_id } = closure
    expect(await stream.change()).toMatchObject({ data: { event_id, before: null, after: body.new_calendar_event } })
    expect(body.new_calendar_event).toMatchObject({ site: 'mrc', resourceId: 'mrc' })
    await server.post('modifyevent', { event_id, site: 'mrc1' }, { as: 'grace' })
    expect(await stream.change()).toMatchObject({
      data: { event_id, before: { site: 'mrc' }, after: { site: 'mrc1' } },
    })
  })

  it('sends each change at its site within two seconds, with before and after', async () => {
    const site = freshSite()
    const stream = await follow(server, `site=${site}`)
    const created = await make(site)
    const startedAt = performance.now()
    expect(await stream.change()).toEqual({
      id: expect.any(String),
      event: 'change',
      data: { event_id: created.event_id, revision: 1, at: expect.stringMatching(/Z$/), before: null, after: created },
    })
    expect(performance.now() - startedAt).toBeLessThan(2000)
    const { body } = await server.post(
      'modifyevent',
      { event_id: created.event_id, title: 'two\nlines' },
      { as: 'ada' },
    )
    await server.post('delete', { event_id: created.event_id }, { as: 'ada' })
    expect((await stream.change()).data).toMatchObject({
      revision: 2,
      before: created,
      after: body.modified_calendar_event,
    })
    expect((await stream.change()).data).toMatchObject({
      revision: 3,
      before: body.modified_calendar_event,
      after: null,
    })
  })

  it('sends only changes at its sites, and moves from or to them', async () => {
    const [here, there, elsewhere] = [freshSite(), freshSite(), freshSite()]
    const [both, one] = [await follow(server, `site=${here}&site=${there}`), await follow(server, `site=${there}`)]
    await make(elsewhere)
    const { event_id } = await make(here)
    await server.post('modifyevent', { event_id, site: there }, { as: 'ada' })
    await server.post('modifyevent', { event_id, site: elsewhere }, { as: 'ada' })
    await server.post('modifyevent', { event_id, title: 'out of sight' }, { as: 'ada' })
    const { event_id: last } = await make(there)
    const seen = async (stream: typeof one, count: number) => {
      const list = []
      for (let n = 0; n < count; n += 1) list.push((await stream.change()).data)
      return list.map(({ event_id: id, revision }) => [id, revision])
    }
    expect(await seen(both, 4)).toEqual([
      [event_id, 1],
      [event_id, 2],
      [event_id, 3],
      [last, 1],
    ])
    expect(await seen(one, 3)).toEqual([
      [event_id, 2],
      [event_id, 3],
      [last, 1],
    ])
  })

  it('masks changes for each viewer', async () => {
    const site = freshSite()
    const callers = {
      stranger: {},
      liar: { headers: { Authorization: 'Bearer nonsense' } },
      bo: { as: 'bo' },
      ada: { as: 'ada' },
      grace: { as: 'grace' },
    } as const
    const streams = await Promise.all(Object.values(callers).map((ask) => follow(server, `site=${site}`, ask)))
    const { event_id } = await make(site, server, { title: 'ada@example.org' })
    await server.post('modifyevent', { event_id, title: 'me@home.example' }, { as: 'ada' })
    const titles = await Promise.all(
      streams.map(async (stream) => {
        await stream.change()
        const { before, after } = (await stream.change()).data
        return [before.title, after.title]
      }),
    )
    const [masked, whole] = [
      ['ada', 'me'],
      ['ada@example.org', 'me@home.example'],
    ]
    expect(titles).toEqual([masked, masked, masked, whole, whole])
  })

  it('resumes after a disconnection, without loss or duplicates', async () => {
    const site = freshSite()
    const ids: string[] = []
    const seen: string[] = []
    let from: string | undefined
    for (let cut = 0; cut < 4; cut += 1) {
      const stream = await follow(server, `site=${site}`, { ...(from !== undefined && { from }) })
      if (from === undefined) await stream.hello()
      for (let n = 0; n < 3; n += 1) ids.push((await make(site)).event_id)
      for (let n = 0; n < 2; n += 1) seen.push((await stream.change()).data.event_id)
      from = stream.last()
      stream.close()
      ids.push((await make(site)).event_id)
    }
    const rest = await follow(server, `site=${site}`, { ...(from !== undefined && { from }) })
    while (seen.length < ids.length) seen.push((await rest.change()).data.event_id)
    ids.push((await make(site)).event_id)
    seen.push((await rest.change()).data.event_id)
    expect(seen).toEqual(ids)
  })

  it('backfills many pages while more is written', async () => {
    const site = freshSite()
    const first = await follow(server, `site=${site}`)
    await first.hello()
    first.close()
    const store = sqliteStore(openDatabase(server.file), eventCodec)
    const context = worldOf(store, { sites: new Map() })
    const nth = (n: number) =>
      reserve(
        anHour({ id: `${site}-${n}`, site, start: TODAY + n * HOUR, extra: { padding: 'p'.repeat(5000) } }),
        ada,
        { override: false },
        context,
      )
    await Promise.all(Array.from({ length: 250 }, (_, n) => nth(n)))
    const later = (async () => {
      for (let n = 250; n < 350; n += 1) await nth(n)
    })()
    const streams = await Promise.all([1, 2, 3].map(() => follow(server, `site=${site}`, { from: first.last() })))
    for (const stream of streams) {
      for (let n = 0; n < 350; n += 1) expect((await stream.change()).data.event_id).toBe(`${site}-${n}`)
    }
    await later
    await store.close()
  })

  it('sends the changes of another process', async () => {
    const site = freshSite()
    const stream = await follow(server, `site=${site}`)
    const store = sqliteStore(openDatabase(server.file), eventCodec)
    const { reservation } = await reserve(
      anHour({ site }),
      ada,
      { override: false },
      worldOf(store, { sites: new Map() }),
    )
    const startedAt = performance.now()
    expect((await stream.change()).data).toMatchObject({ event_id: reservation.id, after: { creator: 'ada' } })
    expect(performance.now() - startedAt).toBeLessThan(2000)
    await store.close()
  })

  it.each(['nonsense', '1-00000000', '999999999-12345678', '7'])(
    'sends reset after the unknown cursor %s',
    async (from) => {
      const site = freshSite()
      const stream = await follow(server, `site=${site}`, { from })
      expect(await stream.next()).toEqual({ retry: '1000' })
      expect(await stream.next()).toEqual({ id: expect.stringMatching(/^\d+-/), event: 'reset', data: {} })
      const { event_id } = await make(site)
      expect((await stream.change()).data).toMatchObject({ event_id })
    },
  )

  it('sends reset to live and reconnecting clients after an import of archive entries', async () => {
    const site = freshSite()
    const stream = await follow(server, `site=${site}`)
    await stream.hello()
    const place = stream.last()
    const store = sqliteStore(openDatabase(server.file), eventCodec)
    await store.archive.importAll([
      {
        id: freshId(),
        reservations: [{ reservation: anHour({ id: freshId(), site }), revision: 0 }],
        history: [],
        messages: [],
      },
    ])
    await store.close()
    const again = await follow(server, `site=${site}`, { from: place })
    for (const one of [stream, again]) {
      let block
      do block = await one.next()
      while (block?.event === undefined)
      expect(block).toMatchObject({ event: 'reset', id: expect.not.stringMatching(`^${place}$`) })
    }
    const { event_id } = await make(site)
    for (const one of [stream, again]) expect((await one.change()).data).toMatchObject({ event_id })
  })
})

describe('a client of changes', () => {
  it.each([
    ['no site', '', {}, 400, 'Error: missing required key site'],
    ['an invalid site', 'site=no%20such', {}, 400, 'Error: site must be 1 to 32 letters, digits, _ or -'],
    [
      'anything but events',
      'site=saf',
      { Accept: '*/*;q=0, text/event-stream; q=0.0' },
      406,
      'Changes come as application/json or text/event-stream.',
    ],
  ])('that asks for %s gets an error', async (_, query, headers, status, sentence) => {
    const reply = await server.get(`changes?${query}`, { headers: { Accept: 'text/event-stream', ...headers } })
    expect([reply.status, reply.type, reply.body]).toEqual([status, 'application/json', sentence])
    const problem = await server.get(`changes?${query}`, {
      headers: { ...headers, Accept: 'application/problem+json' },
    })
    if (status === 406) expect(problem.body).toMatchObject({ status, code: 'not_acceptable' })
  })

  it.each(['*/*', 'text/*', 'application/problem+json, TEXT/event-stream;q=0.5'])(
    'with Accept: %s gets a stream',
    async (Accept) => {
      expect((await follow(server, 'site=saf', { headers: { Accept } })).status).toBe(200)
    },
  )

  it('gets a 405 for POST, and no stream for HEAD', async () => {
    const own = await serveHere()
    expect((await own.post('changes', { site: 'saf' })).status).toBe(405)
    const head = await own.send('HEAD', '/dev/changes?site=saf')
    expect([head.status, head.type, head.text, await streamsOf(own)]).toEqual([200, 'text/event-stream', '', 0])
  })

  it('is counted in the metrics until it disconnects', async () => {
    const own = await serveHere()
    const streams = await Promise.all([1, 2, 3].map(() => follow(own, 'site=saf')))
    expect(await streamsOf(own)).toBe(3)
    expect((await own.send('GET', '/metrics')).text).toMatch(
      /calendar_requests_total\{route="changes",status="200"\} 3/,
    )
    streams[0]?.close()
    await waitFor(async () => expect(await streamsOf(own)).toBe(2))
    const socket = connect(own.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /dev/changes?site=saf HTTP/1.1\r\nHost: calendar\r\n\r\n')
    await waitFor(async () => expect(await streamsOf(own)).toBe(3))
    socket.resetAndDestroy()
    await waitFor(async () => expect(await streamsOf(own)).toBe(2))
  })

  it('can read in config whether there is a stream', async () => {
    expect((await server.get('config')).body.stream).toBe(true)
  })
})

describe('a server that stops', () => {
  it('ends its streams cleanly and immediately', async () => {
    const own = await serve()
    const streams = await Promise.all([1, 2, 3].map(() => follow(own, 'site=saf')))
    for (const stream of streams) await stream.hello()
    const startedAt = performance.now()
    const stopped = own.stop()
    for (const stream of streams) expect(await stream.next()).toBeUndefined()
    await stopped
    expect(performance.now() - startedAt).toBeLessThan(1500)
  })

  it('does not wait for a client that does not read', async () => {
    const own = await serve()
    const socket = connect(own.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.pause()
    socket.write('GET /dev/changes?site=saf HTTP/1.1\r\nHost: calendar\r\n\r\n')
    await waitFor(async () => expect(await streamsOf(own)).toBe(1))
    const startedAt = performance.now()
    await own.stop()
    expect(performance.now() - startedAt).toBeLessThan(1500)
    socket.destroy()
  })
})

describe('a store that cannot answer', () => {
  it('ends the streams, and causes a 503 on reconnection', async () => {
    const own = await serveHere()
    const stream = await follow(own, 'site=saf')
    await stream.hello()
    const db = new Sqlite(own.file)
    db.exec('ALTER TABLE feed RENAME TO mislaid')
    expect(await stream.next()).toBeUndefined()
    const reply = await own.get('changes?site=saf')
    expect([reply.status, typeof reply.body, reply.headers.get('retry-after')]).toEqual([503, 'string', '5'])
    expect(await streamsOf(own)).toBe(0)
    db.exec('ALTER TABLE mislaid RENAME TO feed')
    db.close()
    expect((await follow(own, 'site=saf', { from: stream.last() })).status).toBe(200)
  })
})

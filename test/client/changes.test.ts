import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type CalendarOptions,
  calendarAt,
  type Change,
  type ChangesOptions,
  CursorExpiredError,
  NetworkError,
} from '../../src/client/calendar.ts'
import { pauseBefore } from '../../src/client/retry.ts'
import { httpStub } from '../http-stub.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const json =
  (status: number, value: unknown, headers = {}): Handler =>
  (_, response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value))
const problem = (status: number, code: string, headers = {}) => json(status, { code, detail: 'Not now.' }, headers)
const cut: Handler = (request) => request.socket.destroy()
const half: Handler = (_, response) => {
  response.writeHead(200, { 'Content-Length': '9' }).write('{', () => response.destroy())
}
const silent: Handler = () => undefined
const noStream = problem(406, 'not_acceptable')

/**
 * A calendar of which only the changes are there: their cursors are 1, 2, … Pages and streams are answered by turns with the
 * given handlers, then with what there is, two changes a page.
 */
async function feed(turns: { readonly pages?: readonly Handler[]; readonly streams?: readonly Handler[] } = {}) {
  const [pages, streams] = [[...(turns.pages ?? [])], [...(turns.streams ?? [])]]
  const asked: { since: string | null; site: string[]; isStream: boolean }[] = []
  let [end, busy] = [0, 0]
  const page: Handler = (request, response) => {
    const since = new URL(request.url ?? '', 'http://a').searchParams.get('since')
    const first = since === null ? end : Number(since)
    const cursors = Array.from({ length: Math.min(2, end - first) }, (_, n) => String(first + n + 1))
    const changes = cursors.map((cursor) => ({ cursor, event_id: `of ${cursor}` }))
    json(200, { changes, cursor: cursors.at(-1) ?? String(first) })(request, response)
  }
  const base = await httpStub((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://a')
    const isStream = request.headers.accept === 'text/event-stream'
    busy += 1
    response.on('close', () => (busy -= 1))
    asked.push({ since: searchParams.get('since'), site: searchParams.getAll('site'), isStream })
    const handler = isStream ? (streams.shift() ?? noStream) : (pages.shift() ?? page)
    handler(request, response)
  })
  return {
    base,
    asked,
    streamsAsked: () => asked.filter(({ isStream }) => isStream).length,
    grow: (count: number) => (end += count),
    /** Requests in progress. */
    busy: () => busy,
  }
}

/** Streams that a test writes to, and ends. */
function openStreams() {
  const responses: ServerResponse[] = []
  const handler: Handler = (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('retry: 1000\n\n')
    responses.push(response)
  }
  return { handler, responses }
}

/** Collects changes in the background, as a loop does. */
function collect(base: string, options: ChangesOptions = {}, calendar: Partial<CalendarOptions> = {}) {
  const told: string[] = []
  const log: string[] = []
  const leaving = new AbortController()
  onTestFinished(() => leaving.abort())
  const following = {
    pollMs: 5,
    signal: leaving.signal,
    onCursor: (cursor: string) => log.push(cursor),
    onCut: (error: Error) => log.push(error.message),
    onBack: () => log.push('back'),
    ...options,
  }
  const ended = (async () => {
    for await (const { cursor } of calendarAt({ base, retries: 0, ...calendar }).changes(following)) told.push(cursor)
  })().catch((error: unknown) => error)
  return { told, log, ended, leave: () => leaving.abort() }
}

const HOUR_MS = 3_600_000

describe('changes', () => {
  it('begin at the present, go on page by page, and name the cursors to go on from', async () => {
    const { base, asked, grow } = await feed()
    grow(3)
    const { told, log } = collect(base, { sites: ['saf', 'mrc1'] })
    await expect.poll(() => log).toEqual(['3'])
    grow(5)
    await expect.poll(() => told).toEqual(['4', '5', '6', '7', '8'])
    await expect.poll(() => log).toEqual(['3', '5', '7', '8'])
    // Of the telescopes alone, since a calendar of very many answers no cursor for all.
    for (const [n, since] of [null, '3'].entries())
      expect(asked[n]).toEqual({ since, site: ['saf', 'mrc1'], isStream: false })
  })

  it('go on after a cursor', async () => {
    const { base, grow } = await feed()
    grow(4)
    const { told } = collect(base, { since: '1' })
    await expect.poll(() => told).toEqual(['2', '3', '4'])
  })

  it('name a cursor only when the loop is done with all changes before it', async () => {
    const { base, grow } = await feed()
    grow(2)
    const cursors: string[] = []
    const changes = calendarAt({ base }).changes({ since: '0', onCursor: (cursor) => cursors.push(cursor) })
    const seen: string[][] = []
    for await (const { cursor } of changes) {
      seen.push([...cursors])
      if (cursor === '2') break
    }
    expect([seen, cursors]).toEqual([[['0'], ['0']], ['0']])
  })

  it.each<[string, Handler]>([
    ['a cut connection', cut],
    ["a gateway's own page", (_, response) => response.writeHead(502).end('<html>')],
    ['a 500', problem(500, 'bug')],
    ['a 503', problem(503, 'unavailable')],
    ['a 429', problem(429, 'rate_limited', { 'Retry-After': '0' })],
    ['half an answer', half],
  ])('survive %s without a loss, and say so once', async (_, failure) => {
    const { base, grow } = await feed({ pages: [json(200, { changes: [], cursor: '0' }), failure, failure] })
    grow(3)
    const { told, log } = collect(base)
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['1', '2', '3'])
    expect(log.slice(0, 3)).toEqual(['0', expect.stringMatching(/Not now|cannot be reached/), 'back'])
  })

  it('survive a request without an answer', async () => {
    const { base, grow } = await feed({ pages: [json(200, { changes: [], cursor: '0' }), silent] })
    grow(1)
    const { told } = collect(base, {}, { timeoutMs: 1000 })
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['1'])
  })

  it('are refused as other calls are: at first by no answer, later too by a refusal', async () => {
    expect(await collect((await feed({ pages: [cut] })).base).ended).toBeInstanceOf(NetworkError)
    const refusing = await feed({ pages: [json(200, { changes: [], cursor: '0' }), problem(400, 'malformed')] })
    expect(await collect(refusing.base).ended).toMatchObject({ status: 400 })
    expect(() => calendarAt({ base: refusing.base }).changes({ sites: [] })).toThrow(TypeError)
  })

  it('that are not all kept are an error with the present cursor', async () => {
    const { base, asked, grow } = await feed({ pages: [problem(410, 'gone'), problem(503, 'busy')] })
    grow(7)
    const { ended, log } = collect(base, { since: 'too old', sites: 'saf' })
    const error = await ended
    expect(error).toBeInstanceOf(CursorExpiredError)
    expect(error).toMatchObject({ name: 'CursorExpiredError', status: 410, code: 'gone', cursor: '7' })
    expect(log).toEqual(['too old', 'Not now.', 'back'])
    expect(asked.map(({ site }) => site)).toEqual([['saf'], ['saf'], ['saf']])
  })
})

it('a Retry-After is waited for, but ten minutes at most', () => {
  const asking = (retryAfter: number) => Object.assign(new CursorExpiredError(Object(new Error()), ''), { retryAfter })
  expect(pauseBefore(asking(30), 0)).toBeGreaterThanOrEqual(30_000)
  expect(pauseBefore(asking(1e9), 0)).toBeLessThan(611_000)
})

describe('a stream', () => {
  const slow = { sites: 'saf', pollMs: HOUR_MS }

  it('wakes at once, whatever it says, and is asked once', async () => {
    const { handler, responses } = openStreams()
    const { base, asked, grow } = await feed({ streams: [handler] })
    const { told } = collect(base, slow)
    for (let count = 1; count <= 3; count += 1) {
      await expect.poll(() => responses.length).toBe(1)
      grow(1)
      responses[0]?.write(': still here\n\n')
      await expect.poll(() => told.length).toBe(count)
    }
    expect(asked.filter(({ isStream }) => isStream)).toEqual([{ since: '0', site: ['saf'], isStream: true }])
  })

  it('wakes when it ends, and is not opened again at once', async () => {
    const { handler, responses } = openStreams()
    const { base, streamsAsked, grow } = await feed({ streams: [handler, handler] })
    const { told } = collect(base, { sites: 'saf', pollMs: 10 })
    await expect.poll(() => responses.length).toBe(1)
    responses[0]?.end()
    grow(1)
    await expect.poll(() => told).toEqual(['1'])
    grow(1)
    await expect.poll(() => told).toEqual(['1', '2'])
    expect(streamsAsked()).toBe(1)
  })

  it.each<[string, Handler]>([
    ['refused', noStream],
    ['cut', cut],
    ['not answered', silent],
    [
      'held back by a proxy',
      (_, response) => response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders(),
    ],
    ['something else', json(200, {})],
  ])('is done without while it is %s', async (_, handler) => {
    const { base, streamsAsked, grow } = await feed({ streams: [handler] })
    const { told } = collect(base, { sites: 'saf', pollMs: 10 })
    await expect.poll(streamsAsked).toBe(1)
    grow(3)
    await expect.poll(() => told).toEqual(['1', '2', '3'])
    expect(streamsAsked()).toBe(1)
  })
})

describe('the end', () => {
  /** Streams and waits for an hour. */
  async function waiting() {
    const { handler, responses } = openStreams()
    const { base, busy } = await feed({ streams: [handler] })
    const leaving = new AbortController()
    const calendar = calendarAt({ base, signal: leaving.signal })
    const changes = calendar.changes({ sites: 'saf', pollMs: HOUR_MS })
    const next = changes.next()
    await expect.poll(() => responses.length).toBe(1)
    return { changes, next, leaving, busy }
  }
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

  it('comes at once by return, although a change is waited for, and leaves no timer or socket', async () => {
    const before = timers()
    const { changes, next, busy } = await waiting()
    expect(await changes.return?.()).toEqual({ done: true, value: undefined })
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
    await expect.poll(busy).toBe(0)
    await expect.poll(timers).toBeLessThanOrEqual(before)
  })

  it('comes at once by a signal, also that of the calendar', async () => {
    const { next, leaving, busy } = await waiting()
    leaving.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    await expect.poll(busy).toBe(0)
  })

  it('comes by a signal between two changes of a page', async () => {
    const { base, grow } = await feed()
    grow(2)
    const leaving = new AbortController()
    const changes = calendarAt({ base }).changes({ since: '0', signal: leaving.signal })
    expect((await changes.next()).value?.cursor).toBe('1')
    leaving.abort(new Error('enough'))
    await expect(changes.next()).rejects.toThrow('enough')
  })

  it('by an error or a break closes the stream, too', async () => {
    const streams = openStreams()
    const refusing = await feed({
      pages: [0, 0].map(() => json(200, { changes: [], cursor: '0' })).concat(problem(404, 'not_found')),
      streams: [streams.handler],
    })
    expect(await collect(refusing.base, { sites: 'saf', pollMs: HOUR_MS }).ended).toMatchObject({ status: 404 })
    await expect.poll(refusing.busy).toBe(0)

    const { handler, responses } = openStreams()
    const { base, grow, busy } = await feed({ streams: [handler] })
    const seen: Change[] = []
    const changes = calendarAt({ base }).changes({ sites: 'saf', since: '0', pollMs: 50 })
    const first = changes.next()
    await expect.poll(() => responses.length).toBe(1)
    grow(2)
    responses[0]?.write(': wakes\n\n')
    expect((await first).value?.cursor).toBe('1')
    for await (const change of changes) {
      seen.push(change)
      break
    }
    expect(seen).toHaveLength(1)
    await expect.poll(busy).toBe(0)
  })
})

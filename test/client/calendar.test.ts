import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ApiError, type CalendarOptions, calendarAt, NetworkError, revisionOf } from '../../src/client/calendar.ts'
import { ENDPOINTS as FUNCTIONS } from '../../src/client/endpoints.ts'
import { ENDPOINTS } from '../../src/http/endpoints/index.ts'
import { freshId, hour, KEY, serve, type TestServer } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly value: unknown
}

/** A server that answers by turns, then with the last reply; `cut` hangs up. */
async function answering(...replies: (Reply | 'cut')[]) {
  const asked: Asked[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://server.invalid')
      const body = Buffer.concat(chunks).toString()
      const reply = replies[Math.min(asked.length, replies.length - 1)]
      asked.push({ method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body })
      if (reply === 'cut' || reply === undefined) request.socket.destroy()
      else {
        response.writeHead(reply.status ?? 200, { 'Content-Type': 'application/json', ...reply.headers })
        response.end(JSON.stringify(reply.value))
      }
    })
  }
  const stub = createServer(listener).listen(0, '127.0.0.1')
  await once(stub, 'listening')
  onTestFinished(() => {
    stub.close()
    stub.closeAllConnections()
  })
  return { asked, base: `http://127.0.0.1:${(stub.address() as AddressInfo).port}/calendar` }
}

const problem = (status: number, code: string, headers = {}): Reply => ({
  status,
  headers,
  value: { type: '', title: '', status, code, detail: 'not just now', errors: [] },
})
const EMPTY: Reply = { value: [] }
const WINDOW = { site: 'saf', start: '2030-06-20T00:00Z', end: '2030-06-21T00:00Z' }
const RESERVATION = { event_id: 'm13', site: 'saf', start: '2030-06-20T04:15:00Z' }

const failureOf = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => undefined,
    (error: unknown) => error,
  )

type Function_ = (input: object) => Promise<unknown>
const functionAt = (options: CalendarOptions, path: string): Function_ => {
  const [name = ''] = Object.entries(FUNCTIONS).find(([, one]) => one.path === path) ?? []
  return (calendarAt(options) as unknown as Record<string, Function_>)[name] as Function_
}

describe('a function', () => {
  it.each(ENDPOINTS)('asks $name, and returns the answer', async ({ name, kind, example }) => {
    const { asked, base } = await answering({ value: example.answer })
    expect(await functionAt({ base }, name)(example.input)).toEqual(JSON.parse(JSON.stringify(example.answer)))
    const [{ method, path, query, body } = { method: '', path: '', query: new URLSearchParams(), body: '' }] = asked
    expect(path).toBe(`/calendar/${name}`)
    if (method === 'GET') {
      expect(kind).toBe('read')
      const sent = Object.entries(example.input as Record<string, unknown>).map(([key, value]) => [key, String(value)])
      expect(Object.fromEntries(query)).toEqual(Object.fromEntries(sent))
    } else expect(JSON.parse(body)).toEqual(example.input)
  })

  it.each(['config', 'sites'] as const)('asks %s, which takes no input', async (name) => {
    expect(await calendarAt({ base: `${server.address}${server.base}` })[name]()).toEqual((await server.get(name)).body)
  })

  it('sends lists in an address, and what does not fit there in a body', async () => {
    const { asked, base } = await answering(EMPTY)
    const calendar = calendarAt({ base: new URL(`${base}/`) })
    await calendar.siteEvents({ ...WINDOW, site: ['saf', 'mrc1'], full_project_details: undefined })
    await calendar.availability({ ...WINDOW, minutes: 45, target: { ra: 10.7, dec: 41.3 } })
    await calendar.mayCommand({ user_id: 'ada', site: 'saf', time: null, roles: Array(100).fill('x'.repeat(100)) })
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /calendar/siteevents',
      'POST /calendar/availability',
      'POST /calendar/may-command',
    ])
    expect(asked[0]?.query.getAll('site')).toEqual(['saf', 'mrc1'])
    expect(asked[0]?.query.has('full_project_details')).toBe(false)
    expect(JSON.parse(asked[1]?.body ?? '')).toMatchObject({ target: { ra: 10.7, dec: 41.3 } })
  })

  it('sends a token or a key, which it gets for each request', async () => {
    const { asked, base } = await answering(EMPTY)
    let token: string | undefined
    const signedIn = calendarAt({ base, token: async () => token })
    await signedIn.siteEvents(WINDOW)
    token = 'later'
    await signedIn.siteEvents(WINDOW)
    await calendarAt({ base, token: 'text', apiKey: 'key' }).siteEvents(WINDOW)
    expect(asked.map(({ headers }) => [headers.authorization, headers['x-api-key']])).toEqual([
      [undefined, undefined],
      ['Bearer later', undefined],
      ['Bearer text', 'key'],
    ])
  })

  it('uses the given fetch', async () => {
    const asked: unknown[] = []
    const given: typeof fetch = async (address) => {
      asked.push(address)
      return Response.json([])
    }
    await calendarAt({ base: 'https://calendar.invalid/dev', fetch: given }).sites()
    expect(asked).toEqual([new URL('https://calendar.invalid/dev/sites')])
  })
})

describe('on a calendar', () => {
  const admin = () => calendarAt({ base: `${server.address}${server.base}`, apiKey: KEY })

  it('a reservation is made, changed with its revision, and deleted', async () => {
    const calendar = admin()
    const event_id = freshId()
    const made = await calendar.newEvent({ event_id, site: 'saf', start: hour(1), filters: ['B', 'V'] })
    expect(made.new_calendar_event).toMatchObject({ event_id, creator_id: 'service:scheduler', filters: ['B', 'V'] })
    const changed = await calendar.modifyEvent({ event_id, title: 'M 13' }, { ifMatch: revisionOf(made) })
    expect([revisionOf(made), revisionOf(changed)]).toEqual([1, 2])
    expect(await failureOf(calendar.deleteEvent({ event_id }, { ifMatch: revisionOf(made) }))).toMatchObject({
      status: 412,
      code: 'stale',
    })
    const event = await calendar.getEvent({ event_id })
    expect(event.title).toBe('M 13')
    await calendar.deleteEvent({ event_id }, { ifMatch: revisionOf(event) })
    expect(await failureOf(calendar.getEvent({ event_id }))).toMatchObject({ status: 404, code: 'not_found' })
  })

  it('a conflict is an error with its sentence, the events in the way and free times', async () => {
    const calendar = admin()
    await calendar.newEvent({ event_id: freshId(), creator_id: 'ada', site: 'saf', start: hour(10), title: 'M 13' })
    const error = await failureOf(calendar.newEvent({ event_id: freshId(), site: 'saf', start: hour(10) }))
    expect(error).toBeInstanceOf(ApiError)
    const { status, code, message, details } = error as ApiError
    expect([status, code]).toEqual([409, 'conflict'])
    expect(message).toMatch(/^saf is taken by/)
    expect(details.conflicts).toMatchObject([{ title: 'M 13' }])
    expect(Object.keys(details.free ?? {})).toEqual(['before', 'after'])
  })
})

describe('a retry', () => {
  const READ = ['siteevents', WINDOW] as const
  const NEW = ['newevent', RESERVATION] as const
  const CHANGE = ['modifyevent', { event_id: 'm13', title: 'M 13' }] as const
  const DELETE = ['delete', { event_id: 'm13' }] as const
  const CASES: [string, Reply | 'cut', readonly [string, object], boolean][] = [
    ['a read without a response', 'cut', READ, true],
    ['a read after a 503', problem(503, 'unavailable'), READ, true],
    ['a read after a 502', problem(502, 'upstream'), READ, true],
    ["a read after a gateway's own 504", { status: 504, value: { message: 'Endpoint request timed out' } }, READ, true],
    ['no read after a 500', problem(500, 'bug'), READ, false],
    ['no read after a 400', problem(400, 'malformed'), READ, false],
    ['newevent without a response', 'cut', NEW, true],
    ['newevent after a 503', problem(503, 'unavailable'), NEW, true],
    ['no newevent after a 409', problem(409, 'conflict'), NEW, false],
    ['no modifyevent without a response', 'cut', CHANGE, false],
    ['no modifyevent after a 503 that may follow the change', problem(503, 'unavailable'), CHANGE, false],
    ['no modifyevent after a 503 that may be about the response', problem(503, 'busy'), CHANGE, false],
    ['modifyevent after a 429', problem(429, 'rate_limited'), CHANGE, true],
    ["modifyevent after a gateway's own 429", { status: 429, value: { message: 'Too Many Requests' } }, CHANGE, true],
    ['no delete without a response', 'cut', DELETE, false],
    ['no delete after a 502', problem(502, 'upstream'), DELETE, false],
  ]
  it.each(CASES)('is made of %s', async (_, failure, [path, input], isRepeated) => {
    const { asked, base } = await answering(failure, EMPTY)
    const result = await failureOf(functionAt({ base }, path)(input))
    expect(asked).toHaveLength(isRepeated ? 2 : 1)
    expect(result === undefined).toBe(isRepeated)
    expect(new Set(asked.map(({ body }) => body)).size).toBe(1)
  })

  it('is made twice at most, or as often as the options say', async () => {
    const { asked, base } = await answering(problem(503, 'busy'))
    expect(await failureOf(calendarAt({ base }).siteEvents(WINDOW))).toMatchObject({ status: 503, code: 'busy' })
    expect(asked).toHaveLength(3)
    await failureOf(calendarAt({ base, retries: 0 }).siteEvents(WINDOW))
    expect(asked).toHaveLength(4)
  })

  it('waits for as long as Retry-After says, and is not made if that is too long', async () => {
    const { asked, base } = await answering(problem(429, 'rate_limited', { 'Retry-After': '1' }), EMPTY)
    const started = performance.now()
    await calendarAt({ base }).siteEvents(WINDOW)
    expect(performance.now() - started).toBeGreaterThanOrEqual(1000)
    const long = await answering(problem(429, 'rate_limited', { 'Retry-After': '3600' }))
    const error = await failureOf(calendarAt({ base: long.base }).siteEvents(WINDOW))
    expect(error).toMatchObject({ status: 429, retryAfter: 3600 })
    expect([asked.length, long.asked.length]).toEqual([2, 1])
  })
})

describe('a call', () => {
  const never: typeof fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
    })

  it('ends after its time, with all tries', async () => {
    const error = await failureOf(calendarAt({ base: 'http://a.invalid', fetch: never, timeoutMs: 50 }).sites())
    expect(error).toBeInstanceOf(NetworkError)
    expect((error as NetworkError).cause).toMatchObject({ name: 'TimeoutError' })
    const own = calendarAt({ base: 'http://a.invalid', fetch: never }).sites({ timeoutMs: 50 })
    expect(await failureOf(own)).toBeInstanceOf(NetworkError)
    const unsigned = calendarAt({ base: 'http://a.invalid', token: () => new Promise(() => undefined), timeoutMs: 50 })
    expect(await failureOf(unsigned.sites())).toBeInstanceOf(NetworkError)
  })

  it('is aborted by its signal or that of the calendar, also in a pause', async () => {
    const leaving = new AbortController()
    const calls = [
      calendarAt({ base: 'http://a.invalid', fetch: never, signal: leaving.signal }).sites(),
      calendarAt({ base: 'http://a.invalid', fetch: never }).sites({ signal: leaving.signal }),
    ].map(failureOf)
    leaving.abort()
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ name: 'AbortError' })

    const pausing = new AbortController()
    const { asked, base } = await answering(problem(429, 'rate_limited', { 'Retry-After': '10' }))
    const call = failureOf(calendarAt({ base }).sites({ signal: pausing.signal }))
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    pausing.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
  })
})

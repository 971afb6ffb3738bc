import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { Agent, request as requestSecurely } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { asService, freePort, home, minute, post, startCalendar, TRUSTING } from '../process/calendar.ts'
import { behindSocket } from '../process/socket-activation.ts'
import { type Answer, parsed, PROXIES, type Proxy, sendRaw, startProxy, startProxyHere } from './proxies.ts'

const WINDOW = { site: 'saf', start: '2030-01-01T00:00:00Z', end: '2030-01-03T00:00:00Z' }
const QUERY = String(new URLSearchParams(WINDOW))

/** Expects an error sentence as a JSON string with CORS headers. */
function expectSentence({ headers, json, text }: Answer): void {
  expect(json, text).toBeTypeOf('string')
  expect(json).toMatch(/^Error: /)
  expect(headers['content-type']).toBe('application/json')
  expect(headers['access-control-allow-origin']).toBe('*')
}

describe.each(PROXIES)('behind %s, the calendar', (kind) => {
  let place: Awaited<ReturnType<typeof home>>
  let calendar: Awaited<ReturnType<typeof startCalendar>>
  let proxy: Proxy
  beforeAll(async () => {
    place = await home()
    calendar = await startCalendar({ ...place.environment, ...TRUSTING, TRUST_PROXY: '1', LOG_LEVEL: 'info' })
    // Caddy answers polls of a calendar that is down once it has tried for so long.
    proxy = await startProxy(kind, calendar.port, { reach: 1 })
    for (let n = 0; n < 200; n += 1) {
      const proposed = {
        event_id: `event-${n}`,
        site: 'saf',
        start: minute(n * 10),
        end: minute(n * 10 + 10),
        reservation_note: 'as planned',
      }
      expect(await post(`${calendar.base}/newevent`, proposed, asService)).toMatchObject({ status: 200 })
    }
  })
  afterAll(async () => {
    await proxy.stop()
    await calendar.end('SIGTERM')
    place.remove()
  })

  it('returns lists whole, and compressed to at most a tenth on request', async () => {
    const body = JSON.stringify(WINDOW)
    const plain = await proxy.ask('/dev/siteevents', { method: 'POST', body })
    expect(plain.json).toHaveLength(200)
    const small = await proxy.ask('/dev/siteevents', { method: 'POST', body, headers: { 'Accept-Encoding': 'gzip' } })
    expect(small.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(small.body).toString()).toBe(plain.text)
    expect(small.body.length).toBeLessThan(plain.body.length / 10)
  })

  it.each(['gzip', 'identity'])('answers 304 for its own ETags, with %s', async (encoding) => {
    const headers = { 'Accept-Encoding': encoding }
    const { headers: had } = await proxy.ask(`/dev/siteevents?${QUERY}`, { headers })
    const again = await proxy.ask(`/dev/siteevents?${QUERY}`, {
      headers: { ...headers, 'If-None-Match': had.etag ?? '' },
    })
    expect([again.status, again.text]).toEqual([304, ''])

    const { headers: read } = await proxy.ask('/dev/get-event?event_id=event-7', {
      headers: { ...headers, ...asService },
    })
    const change = (note: string) =>
      proxy.ask('/dev/modifyevent', {
        method: 'POST',
        body: JSON.stringify({ event_id: 'event-7', reservation_note: note }),
        headers: { ...asService, 'If-Match': read.etag ?? '' },
      })
    expect((await change(`for ${encoding}`)).status).toBe(200)
    expect((await change('too late')).status).toBe(412)
  })

  it('returns its own error messages and statuses', async () => {
    const wrong = await proxy.ask('/dev/siteevents', { method: 'POST', body: '{"site":"saf"}' })
    expect([wrong.status, wrong.json]).toEqual([400, 'Error: missing required key start'])
    const anonymous = await proxy.ask('/dev/newevent', { method: 'POST', body: '{}' })
    expect([anonymous.status, anonymous.json]).toEqual([401, expect.any(String)])
    const preflight = await proxy.ask('/dev/newevent', {
      method: 'OPTIONS',
      headers: { Origin: 'https://app.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*'])
    expect((await proxy.ask('/', { headers: { Accept: 'text/html' } })).headers['content-type']).toMatch(/^text\/html/)
  })

  it('does not expose its metrics', async () => {
    const answer = await proxy.ask('/metrics')
    expect(answer.status).toBe(404)
    expectSentence(answer)
  })

  it('streams changes as they happen', async () => {
    const asking = requestSecurely({
      port: proxy.port,
      host: '127.0.0.1',
      servername: 'localhost',
      path: '/dev/changes?site=mrc1',
      rejectUnauthorized: false,
      headers: { Host: `localhost:${proxy.port}`, Accept: 'text/event-stream', 'Accept-Encoding': 'gzip' },
    }).end()
    const [stream] = (await once(asking, 'response')) as [IncomingMessage]
    expect(stream.headers['content-encoding']).toBeUndefined()
    const read: string[] = []
    stream.on('data', (data: Buffer) => read.push(String(data)))
    while (read.length === 0) await sleep(10)
    await post(
      `${calendar.base}/newevent`,
      { event_id: `seen-by-${kind}`, site: 'mrc1', start: minute(0), end: minute(10) },
      asService,
    )
    while (!read.join('').includes(`seen-by-${kind}`)) await sleep(10)
    asking.destroy()
  })

  it('rejects a request that is too large with one sentence, and does not forward it', async () => {
    const answer = await proxy.ask('/dev/siteevents', { method: 'POST', body: 'x'.repeat(70_000) })
    expect(answer.status).toBe(413)
    expectSentence(answer)
  })

  it.each([
    ['has a space in a header name', `GET / HTTP/1.1\r\nHo st: localhost\r\n\r\n`, 400],
    [
      'has two content lengths',
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      400,
    ],
    [
      'has too long a path',
      `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      kind === 'nginx' ? 414 : 431,
    ],
    [
      'has too large headers',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
      kind === 'nginx' ? 400 : 431,
    ],
  ])(
    'rejects a request that %s, with a sentence behind nginx, with the text of Caddy behind Caddy',
    async (_, text, status) => {
      const answer = await sendRaw(proxy.port, text)
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(head).toContain(kind === 'nginx' ? 'Content-Type: application/json' : 'Content-Type: text/plain')
      expect(kind === 'nginx' ? parsed(body) : body).toMatch(kind === 'nginx' ? /^Error: / : new RegExp(`^${status} `))
    },
  )

  it('redirects from http to https, with a sentence for clients that do not follow', async () => {
    const [answer] = (await once(
      request({
        port: proxy.plainPort,
        host: '127.0.0.1',
        path: '/dev/siteevents?site=saf',
        headers: { Host: 'localhost' },
      }).end(),
      'response',
    )) as [IncomingMessage]
    let text = ''
    for await (const part of answer) text += String(part)
    expect(answer.statusCode).toBe(308)
    expect(answer.headers.location).toMatch(/^https:\/\/.*\/dev\/siteevents\?site=saf$/)
    expect(text === '' || typeof parsed(text) === 'string').toBe(true)
  })

  it('answers polls during a restart with a list or an error sentence', async () => {
    const polling = pollers(proxy)
    await polling.more()
    await calendar.end('SIGTERM')
    // Caddy retries requests, but not those with a body.
    await polling.until('502 sentence')
    calendar = await startCalendar({ ...place.environment, ...TRUSTING, TRUST_PROXY: '1', LOG_LEVEL: 'info' })
    await polling.more()
    expect(await polling.stop()).toEqual(['200 list', '502 sentence'])
  })
})

it.each(PROXIES)(
  'behind %s, with socket activation, the calendar answers every poll during a restart with a list',
  async (kind) => {
    const place = await home()
    onTestFinished(() => place.remove())
    const server = await behindSocket({ ...place, environment: { ...place.environment, TRUST_PROXY: '1' } })
    onTestFinished(() => server.end())
    const proxy = await startProxyHere(kind, server.port)
    const polling = pollers(proxy)
    await polling.more()
    await server.restart('SIGTERM')
    await polling.more()
    expect(await polling.stop()).toEqual(['200 list'])
  },
)

/** Eight clients that poll continuously, half of them with keep-alive connections. */
function pollers(proxy: Proxy) {
  const answers = new Set<string>()
  const orders = { stop: false, count: 0 }
  const all = Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const agent = new Agent({ keepAlive: n % 2 === 0 })
      while (!orders.stop) {
        const { status, json, text } = await proxy.ask('/dev/siteevents', {
          method: 'POST',
          body: JSON.stringify({ ...WINDOW, site: 'aro1' }),
          agent,
        })
        answers.add(
          Array.isArray(json)
            ? `${status} list`
            : typeof json === 'string'
              ? `${status} sentence`
              : `${status} ${text}`,
        )
        orders.count += 1
        await sleep(20)
      }
      agent.destroy()
    }),
  )
  return {
    more: async () => {
      for (const enough = orders.count + 50; orders.count < enough;) await sleep(10)
    },
    until: async (answer: string) => {
      while (!answers.has(answer)) await sleep(10)
    },
    /** Stops the clients. @returns the distinct answers, sorted */
    stop: async () => {
      orders.stop = true
      await all
      return [...answers].toSorted()
    },
  }
}

/** Short time-outs: these tests wait for answers that never come. */
const BRIEF = { reach: 1, answer: 2 }

describe.each(PROXIES)('%s', (kind) => {
  let upstream: Server
  let answer: (request: IncomingMessage) => 'nothing' | 'break' | object
  let proxy: Proxy
  beforeAll(async () => {
    upstream = createServer((incoming, outgoing) => {
      const output = answer(incoming)
      if (output === 'break') outgoing.destroy()
      if (typeof output !== 'object') return
      incoming
        .on('end', () => outgoing.setHeader('Content-Type', 'application/json').end(JSON.stringify(output)))
        .resume()
    })
    await once(upstream.listen(0, '127.0.0.1'), 'listening')
    proxy = await startProxy(kind, (upstream.address() as AddressInfo).port, BRIEF)
  })
  afterAll(async () => {
    await proxy.stop()
    upstream.close()
    upstream.closeAllConnections()
  })

  it('forwards the address of the client, not a forged one, and the headers that the calendar needs', async () => {
    answer = ({ headers }) => headers
    const sent = {
      authorization: 'Bearer token',
      'x-api-key': 'key',
      'if-match': '"1"',
      'if-none-match': '"2"',
      'last-event-id': '7',
    }
    const { json } = await proxy.ask('/dev/config', {
      headers: {
        ...sent,
        'X-Forwarded-For': '203.0.113.7',
        Forwarded: 'for=203.0.113.7',
        'X-Real-IP': '203.0.113.7',
        'X-Request-Id': 'mine',
      },
    })
    expect(json).toMatchObject({ ...sent, 'x-forwarded-for': '127.0.0.1' })
    expect(JSON.stringify(json)).not.toContain('203.0.113.7')
    expect((json as Record<string, string>)['x-request-id']).toMatch(/^[0-9a-f-]{32,36}$/)
  })

  it('accepts a body of a million bytes for remove-project-from-events only', async () => {
    answer = () => ({})
    const statusOf = async (path: string, bytes: number) => {
      const { status, json, ...rest } = await proxy.ask(path, { method: 'POST', body: 'x'.repeat(bytes) })
      if (status !== 200) expectSentence({ status, json, ...rest })
      return status
    }
    expect(await statusOf('/dev/remove-project-from-events', 1_000_000)).toBe(200)
    expect(await statusOf('/dev/remove-project-from-events', 1_100_000)).toBe(413)
    expect(await statusOf('/dev/newevent', 65_536)).toBe(200)
    expect(await statusOf('/dev/newevent', 65_537)).toBe(413)
  })

  it('times out if the calendar does not answer, with one sentence', async () => {
    answer = () => 'nothing'
    const late = await proxy.ask('/dev/siteevents', { method: 'POST', body: '{}' })
    expect(late.status).toBe(504)
    expectSentence(late)
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0)
  })

  it('answers with one sentence if the connection breaks, and never repeats a write', async () => {
    let asked = 0
    answer = () => {
      asked += 1
      return 'break'
    }
    const broken = await proxy.ask('/dev/newevent', { method: 'POST', body: '{}' })
    expect([broken.status, asked]).toEqual([502, 1])
    expectSentence(broken)
  })

  it('answers every request with one sentence if the calendar does not run', async () => {
    const port = await freePort()
    const alone = await startProxyHere(kind, port, BRIEF)
    const paths = [
      '/',
      '/health',
      '/dev/siteevents',
      '/dev/get-event-at-time',
      '/dev/changes?site=saf',
      '/dev/feeds/x.ics',
      '/dev/remove-project-from-events',
      '/calendar/newevent',
    ]
    const answers = await Promise.all(
      paths.flatMap((path) => ['GET', 'POST'].map((method) => alone.ask(path, { method }))),
    )
    for (const down of answers) {
      expect(down.status).toBeGreaterThanOrEqual(502)
      expectSentence(down)
      expect(Number(down.headers['retry-after'])).toBeGreaterThan(0)
    }
  })

  it('logs no token, key, feed address or query, even if the calendar is down', async () => {
    const [feed, query, token, key] = ['feed-secret-1', 'query-secret-2', 'token-secret-3', 'key-secret-4']
    const headers = { Authorization: `Bearer ${token}`, 'X-Api-Key': key, Cookie: token }
    const paths = [
      `/dev/feeds/${feed}.ics`,
      `/dev/%66eeds/${feed}.ics`,
      `/calendar/feeds/${feed}`,
      `/dev/siteevents?site=${query}`,
      `/dev/siteevents?a=${query}&b=%20`,
    ]
    const down = await startProxyHere(kind, await freePort(), BRIEF)
    for (const output of [{}, 'break', 'nothing'] as const) {
      answer = () => output
      await Promise.all(paths.map((path) => proxy.ask(path, { headers })))
    }
    await Promise.all(paths.map((path) => down.ask(path, { headers })))
    await proxy.ask('/dev/logged-all-the-same')
    while (!proxy.logs().includes('/dev/logged-all-the-same')) await sleep(20)
    const logs = [proxy.logs(), down.logs()].join('\n')
    expect(logs).toContain('/dev/siteevents')
    expect([feed, query, token, key].filter((secret) => logs.includes(secret))).toEqual([])
  })
})

it.each([
  ['nginx.conf', /proxy_(?:connect|send|read)_timeout (\d+)s/g],
  ['Caddyfile', /(?:dial_timeout|response_header_timeout|lb_try_duration) (\d+)s/g],
])('%s times out before the telescopes do', (file, pattern) => {
  const waits = [...readFileSync(`deploy/proxy/${file}`, 'utf8').matchAll(pattern)].map(([, seconds]) =>
    Number(seconds),
  )
  expect(waits.length).toBeGreaterThanOrEqual(3)
  // Streams have a time-out of 120 s.
  expect(waits.filter((seconds) => seconds >= 20 && seconds !== 120)).toEqual([])
})

import { once } from 'node:events'
import { Agent, type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { bufferPool } from '../../../src/buffer-pool.ts'
import type { Admitted, Handler } from '../../../src/http/admission/admission.ts'
import type { Limits } from '../../../src/http/admission/limits.ts'
import { openNodeServer } from '../../../src/http/adapters/node-server.ts'
import { openControl } from '../../admission.ts'

const POLL = JSON.stringify({ site: 'saf', start: '2030-06-01T00:00:00Z', end: '2030-06-02T00:00:00Z' })
const POLLED = '/dev/siteevents?site=saf&start=2030-06-01T00:00:00Z&end=2030-06-04T00:00:00Z'
const [ADA, BO, CLEO] = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

interface RequestOptions {
  readonly path?: string
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

interface Reports {
  readonly failed: unknown[]
  readonly refused: string[]
  readonly closed: string[]
  aborted: number
  polled: number
}

/** Starts a server that answers `/slow…` when the test calls `finish`, and records what it reports. */
async function startServer(
  limits: Partial<Limits> = {},
  {
    hops = 0,
    answer,
  }: {
    hops?: number
    answer?: (admitted: Admitted, request: IncomingMessage, response: ServerResponse) => unknown
  } = {},
) {
  const reports: Reports = { refused: [], closed: [], aborted: 0, polled: 0, failed: [] }
  const control = openControl(
    limits,
    {
      refused: (why) => reports.refused.push(why),
      closed: (why) => reports.closed.push(why),
      aborted: () => (reports.aborted += 1),
      polled: () => (reports.polled += 1),
      failed: (error) => reports.failed.push(error),
    },
    hops,
  )
  const started: string[] = []
  const waiting = new Map<string, () => void>()
  const handle: Handler = async (incoming, response, admitted) => {
    const path = incoming.url ?? ''
    started.push(path)
    if (!path.startsWith('/slow')) {
      await (answer ? answer(admitted, incoming, response) : response.end(JSON.stringify(path)))
      return
    }
    if (!ending) await new Promise<void>((resolve) => waiting.set(path, resolve))
    response.end(JSON.stringify(path))
  }
  const server = await openNodeServer({ port: 0, host: '127.0.0.1' }, control, () => {})
  server.serve(Promise.resolve(handle))
  const sockets: Socket[] = []
  const sent: ClientRequest[] = []
  let ending = false
  onTestFinished(async () => {
    ending = true
    for (const finish of waiting.values()) finish()
    for (const socket of sockets) socket.destroy()
    // The server would wait for those that are streams.
    for (const outgoing of sent) outgoing.on('error', () => {}).destroy()
    await server.stop()
  })
  const send = (
    from: string,
    { path = '/', method = 'GET', body, headers = {}, agent = new Agent() }: RequestOptions = {},
  ) => {
    const outgoing = request({
      port: server.port,
      host: '127.0.0.1',
      localAddress: from,
      path,
      method,
      headers: { ...headers, ...(body !== undefined && { 'Content-Length': body.length }) },
      agent,
    })
    sent.push(outgoing)
    if (body !== undefined) outgoing.write(body)
    return outgoing
  }
  return {
    reports,
    control,
    started,
    send,
    requestFrom: (from: string, options: RequestOptions = {}) => replyTo(send(from, options).end()),
    post: (from: string, path: string, body: string, headers = {}) =>
      replyTo(send(from, { path, method: 'POST', body, headers }).end()),
    /** Opens a connection, and sends bytes unchanged. */
    raw: async (from: string, bytes = '') => {
      const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: from }).on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      if (bytes) socket.write(bytes)
      return socket
    },
    /** Waits until a request to `/slow…` is running, and answers it. */
    finish: async (path: string) => {
      await vi.waitFor(() => expect(waiting.has(path)).toBe(true))
      waiting.get(path)?.()
      waiting.delete(path)
    },
    hasStarted: async (path: string) => {
      await vi.waitFor(() => expect(started).toContain(path))
    },
    areWaiting: async (count: number) => {
      await vi.waitFor(() => expect(control.levels().waiting).toBe(count))
    },
    areConnected: async (count: number) => {
      await vi.waitFor(() => expect(control.levels().connections).toBe(count))
    },
  }
}

/** The reply to a request. A test may ignore it: its rejection is handled. */
function replyTo(outgoing: ReturnType<typeof request>) {
  const reply = readReply(outgoing)
  reply.catch(() => {})
  return reply
}

async function readReply(outgoing: ReturnType<typeof request>) {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return { status: response.statusCode, headers: response.headers, text, body: JSON.parse(text || 'null') as unknown }
}

const isRefusal = (status: number) => ({
  status,
  body: expect.any(String) as unknown,
  headers: expect.objectContaining({
    'content-type': 'application/json',
    'retry-after': expect.stringMatching(/^[1-9]\d*$/) as unknown,
    'access-control-allow-origin': '*',
  }) as unknown,
})

it.each([
  ['a poll by POST', { method: 'POST', path: '/dev/siteevents', body: POLL }],
  ['a poll by GET', { path: POLLED }],
  ['a health check', { path: '/health/ready' }],
  ['a health check under the path of the endpoints', { path: '/dev/health/live' }],
])('admission control answers %s at once, although other requests wait', async (_, poll) => {
  const { requestFrom, hasStarted, areWaiting, reports } = await startServer({ running: 1, waiting: 2 })
  void requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  for (let n = 0; n < 2; n += 1) void requestFrom(ADA, { path: `/slow/${n}` })
  await areWaiting(2)
  expect(await requestFrom(ADA, poll)).toMatchObject({ status: 200 })
  expect(await requestFrom(BO, poll)).toMatchObject({ status: 200 })
  expect(reports.polled).toBe(poll.path.includes('health') ? 0 : 2)
})

it('admission control queues polls beyond the rate limit instead of rejecting them', async () => {
  const { requestFrom, hasStarted, finish, started } = await startServer({
    running: 1,
    polls: { perSecond: 0.001, burst: 3 },
  })
  void requestFrom(BO, { path: '/slow' })
  await hasStarted('/slow')
  for (let n = 0; n < 3; n += 1) expect((await requestFrom(ADA, { path: POLLED })).status).toBe(200)
  const fourth = requestFrom(ADA, { path: POLLED })
  expect((await requestFrom(CLEO, { path: POLLED })).status).toBe(200)
  expect(started.filter((path) => path === POLLED)).toHaveLength(4)
  await finish('/slow')
  expect((await fourth).status).toBe(200)
})

it('requests to siteevents that are not polls do not count against the rate limit of polls', async () => {
  const { post } = await startServer({ polls: { perSecond: 0.001, burst: 1 } })
  for (let n = 0; n < 3; n += 1)
    expect((await post(ADA, '/dev/siteevents', '{"site":["saf","mrc1"]}')).status).toBe(200)
})

it('admission control serves waiting addresses in turn', async () => {
  const { requestFrom, hasStarted, finish, areWaiting, started } = await startServer({ running: 1 })
  const all = [requestFrom(ADA, { path: '/slow' })]
  await hasStarted('/slow')
  for (const [from, path] of [
    [ADA, '/a1'],
    [ADA, '/a2'],
    [ADA, '/a3'],
    [BO, '/b1'],
    [CLEO, '/c1'],
  ] as const) {
    all.push(requestFrom(from, { path }))
    await areWaiting(all.length - 1)
  }
  await finish('/slow')
  await Promise.all(all)
  expect(started).toEqual(['/slow', '/a1', '/b1', '/c1', '/a2', '/a3'])
})

it('one address cannot occupy every running slot', async () => {
  const { requestFrom, hasStarted, areConnected } = await startServer({ running: 3, runningPerAddress: 2 })
  for (let n = 0; n < 5; n += 1) {
    void requestFrom(ADA, { path: `/slow/${n}` })
    await areConnected(n + 1)
  }
  await hasStarted('/slow/1')
  expect((await requestFrom(BO)).status).toBe(200)
})

it('admission control answers 429 to an address with too many waiting requests, and still serves others', async () => {
  const { requestFrom, hasStarted, areWaiting, finish, reports } = await startServer({
    running: 1,
    waitingPerAddress: 2,
  })
  void requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const two = [requestFrom(ADA), requestFrom(ADA)]
  await areWaiting(2)
  expect(await requestFrom(ADA)).toMatchObject(isRefusal(429))
  expect(await requestFrom(ADA, { method: 'POST', path: '/dev/newevent', body: '{}' })).toMatchObject(isRefusal(429))
  const bos = requestFrom(BO)
  await areWaiting(3)
  await finish('/slow')
  for (const reply of await Promise.all([...two, bos])) expect(reply.status).toBe(200)
  expect(reports.refused).toEqual(['waiting', 'waiting'])
})

it('a full queue rejects the newest request of the address with the most waiting requests', async () => {
  const { requestFrom, hasStarted, areWaiting, finish } = await startServer({ running: 1, waiting: 3 })
  void requestFrom(CLEO, { path: '/slow' })
  await hasStarted('/slow')
  const adas: ReturnType<typeof requestFrom>[] = []
  for (let n = 1; n <= 3; n += 1) {
    adas.push(requestFrom(ADA))
    await areWaiting(n)
  }
  expect(await requestFrom(ADA)).toMatchObject(isRefusal(503))
  const bos = requestFrom(BO)
  expect(await adas[2]).toMatchObject(isRefusal(503))
  await finish('/slow')
  for (const reply of await Promise.all([...adas.slice(0, 2), bos])) expect(reply.status).toBe(200)
})

it('a request that waits too long is answered 503', async () => {
  const { requestFrom, hasStarted, reports } = await startServer({ running: 1, queueTimeoutMs: 50 })
  void requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const replies = await Promise.all([requestFrom(ADA), requestFrom(ADA), requestFrom(BO)])
  for (const reply of replies) expect(reply).toMatchObject(isRefusal(503))
  expect(reports.refused).toEqual(['patience', 'patience', 'patience'])
})

it('a rejection is sent as problem details to a client that accepts them', async () => {
  const { requestFrom, hasStarted } = await startServer({ running: 1, queueTimeoutMs: 50 })
  void requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const { headers, body } = await requestFrom(BO, { headers: { Accept: 'application/problem+json' } })
  expect(headers['content-type']).toBe('application/problem+json')
  expect(body).toMatchObject({ status: 503, code: 'busy', detail: expect.any(String) as unknown })
})

it('a request leaves the queue when its client disconnects', async () => {
  const { requestFrom, send, hasStarted, areWaiting, finish, started } = await startServer({ running: 1 })
  void requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const left = send(ADA, { path: '/left' }).on('error', () => {})
  left.end()
  await areWaiting(1)
  left.destroy()
  await areWaiting(0)
  await finish('/slow')
  expect((await requestFrom(ADA)).status).toBe(200)
  expect(started).toEqual(['/slow', '/'])
})

it('a running request keeps its slot until it ends, although its client has disconnected', async () => {
  const { requestFrom, send, hasStarted, areConnected, areWaiting, finish } = await startServer({ running: 1 })
  const left = send(ADA, { path: '/slow' }).on('error', () => {})
  left.end()
  await hasStarted('/slow')
  left.destroy()
  await areConnected(0)
  const bos = requestFrom(BO)
  await areWaiting(1)
  await sleep(50)
  await areWaiting(1)
  await finish('/slow')
  expect((await bos).status).toBe(200)
})

it('admission control closes a connection with too many pipelined requests, and the idle connections of its address', async () => {
  const { raw, requestFrom, hasStarted, areConnected, finish, reports } = await startServer({ pipelined: 3 })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  await requestFrom(BO, { agent })
  const [silent, few] = [
    await raw(ADA),
    await raw(
      ADA,
      'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n',
    ),
  ]
  let answers = ''
  few.on('data', (data: Buffer) => (answers += String(data)))
  await hasStarted('/c')
  await finish('/slow')
  await vi.waitFor(() => expect(answers.match(/"\/\w+"/g)).toEqual(['"/slow"', '"/b"', '"/c"']))
  const gone = [once(silent, 'close'), once(few, 'close')]
  await raw(ADA, 'GET /slow/4 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4))
  await Promise.all(gone)
  await areConnected(1)
  expect(reports.closed).toEqual(['pipelining', 'pipelining', 'pipelining'])
})

it('admission control closes a connection with too many waiting pipelined requests without an answer', async () => {
  const { raw, requestFrom, hasStarted, areConnected, areWaiting, reports } = await startServer({
    running: 1,
    pipelined: 3,
  })
  void requestFrom(BO, { path: '/slow' })
  await hasStarted('/slow')
  const socket = await raw(ADA, 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4))
  const received = vi.fn()
  socket.on('data', received)
  await once(socket, 'close')
  await areConnected(1)
  await areWaiting(0)
  expect(received).not.toHaveBeenCalled()
  expect(reports).toMatchObject({ refused: [], closed: ['pipelining'] })
})

it('admission control closes every connection of an address that keeps pipelining too many requests', async () => {
  const { raw, reports } = await startServer({ pipelined: 3 })
  for (let n = 0; n < 10; n += 1) await once(await raw(ADA, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4)), 'close')
  const socket = await raw(ADA)
  const received = vi.fn()
  socket.on('data', received)
  await vi.waitFor(() => expect(socket.closed).toBe(true), 10_000)
  expect(received).not.toHaveBeenCalled()
  expect(reports.closed).toEqual(Array.from({ length: 11 }, () => 'pipelining'))
})

it('closing a connection removes all its requests from the queue', async () => {
  const { raw, requestFrom, hasStarted, areWaiting, finish } = await startServer({ running: 1 })
  void requestFrom(BO, { path: '/slow' })
  await hasStarted('/slow')
  const socket = await raw(ADA, 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5))
  await areWaiting(5)
  socket.destroy()
  await areWaiting(0)
  await finish('/slow')
  expect((await requestFrom(ADA)).status).toBe(200)
})

it('admission control answers 429 to an address that keeps sending malformed requests, except to its polls', async () => {
  const { requestFrom, post, reports } = await startServer(
    { misuse: { perSecond: 0.001, burst: 3 } },
    {
      answer: (_, { url }, response) =>
        void response.writeHead(url?.startsWith('/dev/siteevents') ? 200 : 400).end('"no"'),
    },
  )
  for (let n = 0; n < 3; n += 1) expect((await requestFrom(ADA)).status).toBe(400)
  await vi.waitFor(async () => expect(await requestFrom(ADA)).toMatchObject(isRefusal(429)))
  expect(await post(ADA, '/dev/siteevents', '{}')).toMatchObject(isRefusal(429))
  expect(await post(ADA, '/dev/siteevents', POLL)).toMatchObject({ status: 200 })
  expect(await requestFrom(ADA, { path: POLLED })).toMatchObject({ status: 200 })
  expect((await requestFrom(BO)).status).toBe(400)
  expect(new Set(reports.refused)).toEqual(new Set(['misuse']))
})

it('a slow request body delays no other request', async () => {
  const { raw, post, started } = await startServer({ running: 1 })
  for (let n = 0; n < 3; n += 1)
    await raw(ADA, 'POST /dev/newevent HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a":')
  expect((await post(ADA, '/dev/newevent', '{}')).status).toBe(200)
  expect(started).toHaveLength(1)
})

it('admission control limits the bytes of request bodies, per address and in total', async () => {
  const { raw, post, reports } = await startServer({ bodies: 3000, bodiesPerAddress: 2000 })
  await raw(ADA, 'POST /dev/newevent HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n{')
  await vi.waitFor(async () =>
    expect(await post(ADA, '/dev/newevent', '{}'.padEnd(1000))).toMatchObject(isRefusal(429)),
  )
  expect(await post(BO, '/dev/newevent', '{}'.padEnd(1800))).toMatchObject(isRefusal(503))
  for (let n = 0; n < 5; n += 1) expect((await post(BO, '/dev/newevent', '{}'.padEnd(1000))).status).toBe(200)
  expect((await post(ADA, '/dev/siteevents', POLL)).status).toBe(200)
  expect(new Set(reports.refused)).toEqual(new Set(['bodies']))
})

it('a request body that its client aborts is counted as aborted, and never handled', async () => {
  const { raw, reports, started } = await startServer()
  for (const bytes of ['Content-Length: 100\r\n\r\n{"a":', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n']) {
    for (const path of ['/dev/newevent', '/dev/siteevents'])
      (await raw(ADA, `POST ${path} HTTP/1.1\r\nHost: x\r\n${bytes}`)).end().destroy()
  }
  await vi.waitFor(() => expect(reports.aborted).toBe(4))
  expect(started).toEqual([])
})

it('the bytes reserved for a response are released when it is sent or its client disconnects', async () => {
  const { requestFrom, send, reports, control } = await startServer(
    { unread: 100, unreadPerAddress: 100, poll: 10, unreadPolls: 10, unreadPollsPerAddress: 10 },
    {
      answer({ admission }, incoming, response) {
        try {
          admission.reserveResponse(Buffer.alloc(Number(incoming.headers['x-size'])))
          if (incoming.headers['x-hold'] === undefined) response.end('"here"')
        } catch {
          response.writeHead(503).end('"busy"')
        }
      },
    },
  )
  const sized = (size: number, more = {}) => ({ path: '/', headers: { 'X-Size': String(size), ...more } })
  for (let n = 0; n < 3; n += 1) expect((await requestFrom(ADA, sized(100))).status).toBe(200)
  await vi.waitFor(() => expect(control.levels().unread).toBe(0))
  const held = send(ADA, sized(95, { 'X-Hold': 'yes' })).on('error', () => {})
  held.end()
  await vi.waitFor(() => expect(control.levels().unread).toBe(95))
  expect((await requestFrom(BO, sized(10))).status).toBe(503)
  expect((await requestFrom(BO, { ...sized(10), path: POLLED })).status).toBe(200)
  held.destroy()
  await vi.waitFor(() => expect(control.levels().unread).toBe(0))
  expect((await requestFrom(BO, sized(10))).status).toBe(200)
  expect(reports.refused).toEqual(['unread'])
})

it('the memory of a body is not used for another one before its client has taken it', async () => {
  const size = 250_000
  const { raw, requestFrom, control } = await startServer(
    { pipelined: 100 },
    {
      answer({ admission }, incoming, response) {
        const body = bufferPool.take(size).fill(incoming.url?.at(-1) ?? '')
        admission.reserveResponse(body)
        response.end(body)
      },
    },
  )
  // More than the buffers of a connection hold.
  const count = 60
  const slow = (await raw(ADA, 'GET /1 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count))).pause()
  for (let n = 0; n < 80; n += 1) expect((await requestFrom(BO, { path: '/2' })).text).toMatch(/^2+$/)
  expect(control.levels().unread).toBeGreaterThanOrEqual(size)
  let received = ''
  slow.on('data', (data) => (received += String(data))).resume()
  await vi.waitFor(() => expect(received.length).toBeGreaterThan(count * size), { timeout: 20_000 })
  expect(received.match(/1{250000}/g)).toHaveLength(count)
  await vi.waitFor(() => expect(control.levels().unread).toBe(0))
})

it('the memory of a body that its client has not taken is not used again', async () => {
  const bodies: Buffer[] = []
  const { send, control } = await startServer(
    {},
    {
      answer({ admission }) {
        const body = bufferPool.take(25_000)
        bodies.push(body)
        admission.reserveResponse(body)
      },
    },
  )
  const held = send(ADA).on('error', () => {})
  held.end()
  await vi.waitFor(() => expect(control.levels().unread).toBe(25_000))
  held.destroy()
  await vi.waitFor(() => expect(control.levels().unread).toBe(0))
  expect(bufferPool.take(25_000).buffer).not.toBe(bodies[0]?.buffer)
})

it('admission control limits the open streams of each address', async () => {
  const { requestFrom, send, reports } = await startServer(
    { streamsPerAddress: 2 },
    {
      answer({ admission }, _incoming, response) {
        try {
          admission.stream()
          response.write('data: {}\n\n')
        } catch {
          response.writeHead(429).end('"no"')
        }
      },
    },
  )
  const streams = await Promise.all(
    [1, 2].map(async () => {
      const outgoing = send(ADA)
        .on('error', () => {})
        .end()
      await once(outgoing, 'response')
      return outgoing
    }),
  )
  expect((await requestFrom(ADA)).status).toBe(429)
  streams[0]?.destroy()
  await vi.waitFor(async () => {
    const outgoing = send(ADA)
      .on('error', () => {})
      .end()
    const [{ statusCode }] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(statusCode).toBe(200)
  })
  expect(new Set(reports.refused)).toEqual(new Set(['streams']))
})

it('behind a proxy, admission control distinguishes clients by the X-Forwarded-For entry of the proxy', async () => {
  const { requestFrom, hasStarted, areWaiting } = await startServer(
    { running: 1, waitingPerAddress: 1, connectionsPerAddress: 2 },
    { hops: 1 },
  )
  const behind = (client: string, path = '/') =>
    requestFrom('127.0.0.1', { path, headers: { 'X-Forwarded-For': `made up, ${client}` } })
  void behind('192.0.2.1', '/slow')
  await hasStarted('/slow')
  void behind('192.0.2.1')
  await areWaiting(1)
  expect((await behind('192.0.2.1')).status).toBe(429)
  void behind('192.0.2.2')
  await areWaiting(2)
  expect((await behind('::ffff:192.0.2.2')).status).toBe(429)
})

it('at the connection limit, admission control closes an unused connection of the address with the most connections', async () => {
  const { raw, requestFrom, reports, control, areConnected } = await startServer({ connections: 4 })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  await requestFrom(BO, { agent })
  const [first, second] = [await raw(ADA), await raw(ADA)]
  const idle = await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  await areConnected(4)
  const gone = once(first, 'close')
  expect((await requestFrom(CLEO)).status).toBe(200)
  await gone
  await areConnected(3)
  await raw(ADA)
  const next = once(second, 'close')
  expect((await requestFrom(CLEO)).status).toBe(200)
  await next
  expect([idle.destroyed, reports.closed, control.levels().connections <= 4]).toEqual([false, ['room', 'room'], true])
  expect((await requestFrom(BO, { agent })).status).toBe(200)
})

it('at the connection limit, admission control closes idle connections before busy ones', async () => {
  const { raw, requestFrom, hasStarted, areConnected } = await startServer({ connections: 3 })
  const busy = await raw(ADA, 'GET /slow/1 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/1')
  const other = await raw(ADA, 'GET /slow/2 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/2')
  const idle = await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const [idleGone, busyGone] = [once(idle, 'close'), once(busy, 'close')]
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  expect((await requestFrom(BO, { agent })).status).toBe(200)
  await idleGone
  // Ada has two busy connections, and Bo would have two as well: his own idle one is closed.
  await raw(BO, 'GET /slow/3 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/3')
  await areConnected(3)
  expect([busy.destroyed, other.destroyed]).toEqual([false, false])
  expect((await requestFrom(CLEO)).status).toBe(200)
  await busyGone
  expect(other.destroyed).toBe(false)
})

it('admission control limits the connections of an address, and closes its idle ones first', async () => {
  const { raw, requestFrom, reports, hasStarted, areConnected } = await startServer({ connectionsPerAddress: 2 })
  const idle = await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const gone = once(idle, 'close')
  await raw(ADA, 'GET /slow/1 HTTP/1.1\r\nHost: x\r\n\r\n')
  await raw(ADA, 'GET /slow/2 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/2')
  await gone
  const rejected = await raw(ADA)
  let text = ''
  rejected.on('data', (data: Buffer) => (text += String(data)))
  await once(rejected, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 429 [^]*\r\n\r\n"[^"]+"$/)
  expect((await requestFrom(BO)).status).toBe(200)
  await areConnected(2)
  expect(reports.closed).toEqual(['too_many', 'too_many'])
})

it('admission control closes a connection whose client reads nothing, and keeps one whose client reads slowly', async () => {
  const big = Buffer.alloc(30_000_000)
  const { raw, reports, areConnected } = await startServer(
    { stalledMs: 600 },
    {
      answer(_, __, response) {
        const chunks = Array.from({ length: 460 }, (___, n) => big.subarray(n * 65_536, (n + 1) * 65_536))
        const write = () => {
          while (chunks.length > 0 && response.write(chunks.shift()));
          if (chunks.length > 0) response.once('drain', write)
          else response.end()
        }
        write()
      },
    },
  )
  const getRequest = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
  const stalled = (await raw(ADA)).pause()
  const slow = (await raw(BO)).pause()
  let taken = 0
  const sipping = setInterval(() => (taken += (slow.read() as Buffer | null)?.length ?? 0), 20)
  onTestFinished(() => clearInterval(sipping))
  stalled.write(getRequest)
  slow.write(getRequest)
  await vi.waitFor(() => expect(reports.closed).toEqual(['stalled']), 10_000)
  await areConnected(1)
  const then = taken
  await vi.waitFor(() => expect(taken).toBeGreaterThan(then), 10_000)
})

it.each([
  ['with a percent-encoded path', '/%64ev/newevent'],
  ['with an absolute URL', 'http://x/dev/newevent'],
  ['with a query', '/dev/newevent?x'],
  ['to an unknown path', '/nowhere'],
])('a slow request body %s delays no other request', async (_, target) => {
  const { raw, requestFrom, started } = await startServer(
    { running: 1 },
    { answer: ({ body }, __, response) => void response.end(JSON.stringify(String(body))) },
  )
  for (const method of ['POST', 'DELETE', 'PUT'])
    await raw(ADA, `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a":`)
  const chunked = await raw(
    ADA,
    `POST ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`,
  )
  expect((await requestFrom(BO)).status).toBe(200)
  const answered = once(chunked, 'data')
  chunked.write('2\r\n1}\r\n0\r\n\r\n')
  expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 200 /)
  expect(started).toEqual(['/', target])
})

it('an internal error fails only one request or connection, and is reports', async () => {
  const { requestFrom, post, reports, control } = await startServer(
    { running: 1 },
    {
      answer: (_, { url }, response) => {
        if (url === '/dev/faulty') throw new Error('Here is a fault.')
        response.end('"here"')
      },
    },
  )
  const isFault = {
    status: 500,
    body: expect.any(String) as unknown,
    headers: expect.objectContaining({ 'content-type': 'application/json' }) as unknown,
  }
  for (let n = 0; n < 2; n += 1) expect(await post(ADA, '/dev/faulty', '{}')).toMatchObject(isFault)
  expect(await requestFrom(ADA, { path: '/dev/faulty' })).toMatchObject(isFault)
  const socket = {
    destroy: vi.fn(),
    get remoteAddress(): string {
      throw new Error('Here is another.')
    },
  }
  control.accepted(socket as unknown as Socket, () => {})
  expect(socket.destroy).toHaveBeenCalledOnce()
  expect(reports.failed).toHaveLength(4)
  expect((await requestFrom(ADA)).status).toBe(200)
})

it.each([
  ['no proxy', 0],
  ['a proxy', 1],
])('at the connection limit, behind %s, a waiting request is answered 503 to make room for a poll', async (_, hops) => {
  const { requestFrom, hasStarted, areWaiting, areConnected, finish, reports } = await startServer(
    { connections: 3, running: 1 },
    { hops },
  )
  const running = requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const first = requestFrom(BO, { path: '/first' })
  await areWaiting(1)
  const second = requestFrom(BO, { path: '/second' })
  await areWaiting(2)
  expect((await requestFrom(CLEO, { path: POLLED })).status).toBe(200)
  expect(await first).toMatchObject(isRefusal(503))
  await areWaiting(1)
  await finish('/slow')
  expect([(await running).status, (await second).status]).toEqual([200, 200])
  await areConnected(0)
  expect(reports.closed).toEqual(['room'])
})

it('at the connection limit, a stream is closed to make room for a poll, and running requests stay', async () => {
  const { raw, requestFrom, hasStarted, finish, reports } = await startServer(
    { connections: 2 },
    {
      answer({ admission }, incoming, response) {
        if (incoming.url === '/stream') admission.stream()
        if (incoming.url === '/stream') response.write('data: {}\n\n')
        else response.end('"here"')
      },
    },
  )
  const running = requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const stream = await raw(BO, 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(stream, 'data')
  const gone = once(stream, 'close')
  expect((await requestFrom(CLEO, { path: POLLED })).status).toBe(200)
  await gone
  await finish('/slow')
  expect((await running).status).toBe(200)
  expect(reports.closed).toEqual(['room'])
})

it('at the connection limit, a request with an incomplete body is answered 503 to make room for a poll', async () => {
  const { raw, requestFrom, started, areConnected } = await startServer({ connections: 2 })
  const slow = await raw(
    ADA,
    'POST /dev/newevent HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n{"a":',
  )
  await once(slow, 'data')
  let answer = ''
  slow.on('data', (data: Buffer) => (answer += String(data)))
  const fresh = await raw(BO)
  await areConnected(2)
  const gone = once(slow, 'close')
  expect((await requestFrom(CLEO, { path: POLLED })).status).toBe(200)
  await gone
  expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close[^]*"The calendar is busy/i)
  const answered = once(fresh, 'data')
  fresh.write('GET /fresh HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 200 /)
  expect(started).toEqual([POLLED, '/fresh'])
})

it('the client of a rejected connection can read the 429, however much it has sent', async () => {
  const { raw, hasStarted } = await startServer({ connectionsPerAddress: 1 })
  await raw(ADA, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow')
  const rejected = await raw(ADA, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(10_000)}\r\n\r\n`.repeat(5))
  const failed = vi.fn()
  rejected.on('error', failed)
  let text = ''
  rejected.on('data', (data: Buffer) => (text += String(data)))
  await once(rejected, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 429 [^]*\r\n\r\n"[^"]+"$/)
  expect(failed).not.toHaveBeenCalled()
})

it('a poll that has to read more than a poll may joins the queue', async () => {
  const { requestFrom, hasStarted, areWaiting, finish, reports } = await startServer(
    { running: 1, queueTimeoutMs: 300 },
    {
      async answer({ admission }, _incoming, response) {
        const before = admission.maxReadBytes()
        try {
          await admission.enqueue()
          response.end(JSON.stringify([before, admission.maxReadBytes()]))
        } catch (error) {
          response.writeHead(503).end(JSON.stringify((error as Error).message))
        }
      },
    },
  )
  void requestFrom(ADA, { path: '/slow' })
  await hasStarted('/slow')
  expect((await requestFrom(BO, { path: POLLED })).status).toBe(503)
  expect(reports).toMatchObject({ refused: ['patience'], polled: 0 })
  const waits = requestFrom(BO, { path: POLLED })
  await areWaiting(1)
  await finish('/slow')
  expect(await waits).toMatchObject({ status: 200, body: [262_144, null] })
  // Its slot is free again.
  expect((await requestFrom(CLEO, { path: '/dev/siteevents' })).status).toBe(200)
  expect(reports.polled).toBe(0)
})

it('a poll that joins the queue after its client has disconnected takes no slot', async () => {
  let goOn = () => {}
  const { raw, requestFrom, hasStarted, areConnected, finish } = await startServer(
    { running: 1 },
    {
      async answer({ admission }, incoming, response) {
        if (incoming.url !== POLLED) return response.end('"here"')
        await new Promise<void>((resolve) => (goOn = resolve))
        await admission.enqueue().catch(() => {})
        return response.end('[]')
      },
    },
  )
  const slow = requestFrom(BO, { path: '/slow' })
  await hasStarted('/slow')
  const left = await raw(ADA, `GET ${POLLED} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await hasStarted(POLLED)
  left.destroy()
  await areConnected(1)
  goOn()
  await finish('/slow')
  expect((await slow).status).toBe(200)
  expect((await requestFrom(BO)).status).toBe(200)
})

it('admission control closes a connection that pipelines too many requests with an Expect header', async () => {
  const { raw, reports } = await startServer()
  const socket = (await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n'.repeat(50))).resume()
  await once(socket, 'close')
  expect(reports.closed).toEqual(['pipelining'])
})

it('invalid HTTP after a request does not truncate its response, and the connection closes after it', async () => {
  const { raw, finish } = await startServer()
  const socket = await raw(ADA, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nthis is not HTTP\r\n\r\n')
  let text = ''
  socket.on('data', (data: Buffer) => (text += String(data)))
  await finish('/slow')
  await once(socket, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n"\/slow"$/)
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
})

it('request headers that arrive slowly in pieces are read completely', async () => {
  const { raw, control, started } = await startServer()
  const socket = await raw(ADA)
  await vi.waitFor(() => expect(control.levels().connections).toBe(1))
  for (const chunk of ['GET /dripped', ' HTTP/1.1\r\nHo', 'st: x\r\n', '\r\n']) {
    socket.write(chunk)
    // Longer than the server reads without a pause.
    await sleep(300)
  }
  await vi.waitFor(() => expect(started).toEqual(['/dripped']))
})

import { once } from 'node:events'
import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { Admitted, Handler } from '../../../src/http/admission/admission.ts'
import type { Limits } from '../../../src/http/admission/limits.ts'
import { openNodeServer } from '../../../src/http/adapters/node-server.ts'
import { openControl } from '../../admission.ts'

const POLL = JSON.stringify({ site: 'saf', start: '2030-06-01T00:00:00Z', end: '2030-06-02T00:00:00Z' })
const POLLED = '/dev/siteevents?site=saf&start=2030-06-01T00:00:00Z&end=2030-06-04T00:00:00Z'
const [ADA, BO, CLEO] = ['127.0.0.2', '127.0.0.3', '127.0.0.4']

interface Ask {
  readonly path?: string
  readonly method?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

interface Told {
  readonly failed: unknown[]
  readonly refused: string[]
  readonly closed: string[]
  aborted: number
  polled: number
}

/** A server that answers when a test says so, and what became of each request. */
async function serving(
  limits: Partial<Limits> = {},
  {
    hops = 0,
    answer,
  }: {
    hops?: number
    answer?: (admitted: Admitted, request: IncomingMessage, response: ServerResponse) => unknown
  } = {},
) {
  const reported: Told = { refused: [], closed: [], aborted: 0, polled: 0, failed: [] }
  const control = openControl(
    limits,
    {
      refused: (why) => reported.refused.push(why),
      closed: (why) => reported.closed.push(why),
      aborted: () => (reported.aborted += 1),
      polled: () => (reported.polled += 1),
      failed: (error) => reported.failed.push(error),
    },
    hops,
  )
  const started: string[] = []
  const waiting = new Map<string, () => void>()
  const handle: Handler = async (asked, response, admitted) => {
    const path = asked.url ?? ''
    started.push(path)
    if (!path.startsWith('/slow')) {
      await (answer ? answer(admitted, asked, response) : response.end(JSON.stringify(path)))
      return
    }
    if (!ending) await new Promise<void>((resolve) => waiting.set(path, resolve))
    response.end(JSON.stringify(path))
  }
  const server = await openNodeServer({ port: 0, host: '127.0.0.1' }, control, () => {})
  server.serve(Promise.resolve(handle))
  const sockets: Socket[] = []
  let ending = false
  onTestFinished(async () => {
    ending = true
    for (const finish of waiting.values()) finish()
    for (const socket of sockets) socket.destroy()
    await server.stop()
  })
  const send = (from: string, { path = '/', method = 'GET', body, headers = {}, agent = new Agent() }: Ask = {}) => {
    const asked = request({
      port: server.port,
      host: '127.0.0.1',
      localAddress: from,
      path,
      method,
      headers: { ...headers, ...(body !== undefined && { 'Content-Length': body.length }) },
      agent,
    })
    if (body !== undefined) asked.write(body)
    return asked
  }
  return {
    told: reported,
    control,
    started,
    send,
    ask: (from: string, asked: Ask = {}) => replyTo(send(from, asked).end()),
    post: (from: string, path: string, body: string, headers = {}) =>
      replyTo(send(from, { path, method: 'POST', body, headers }).end()),
    /** A connection on which bytes are written as they are. */
    raw: async (from: string, bytes = '') => {
      const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: from }).on('error', () => {})
      sockets.push(socket)
      await once(socket, 'connect')
      if (bytes) socket.write(bytes)
      return socket
    },
    /** Lets a request to `/slow…` be answered, once it is being worked on. */
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

/** Whoever does not look at what became of it need not. */
function replyTo(asked: ReturnType<typeof request>) {
  const reply = readReply(asked)
  reply.catch(() => {})
  return reply
}

async function readReply(asked: ReturnType<typeof request>) {
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
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
  ['posted', { method: 'POST', path: '/dev/siteevents', body: POLL }],
  ['got', { path: POLLED }],
  ['of the health', { path: '/health/ready' }],
  ['of the health beside the endpoints', { path: '/dev/health/live' }],
])('a poll that is %s waits for nothing', async (_, poll) => {
  const { ask, hasStarted, areWaiting, told: reported } = await serving({ running: 1, waiting: 2 })
  void ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  for (let n = 0; n < 2; n += 1) void ask(ADA, { path: `/slow/${n}` })
  await areWaiting(2)
  expect(await ask(ADA, poll)).toMatchObject({ status: 200 })
  expect(await ask(BO, poll)).toMatchObject({ status: 200 })
  expect(reported.polled).toBe(poll.path.includes('health') ? 0 : 2)
})

it('polls beyond so many stand in line like all else, and are not refused', async () => {
  const { ask, hasStarted, finish, started } = await serving({ running: 1, polls: { perSecond: 0.001, burst: 3 } })
  void ask(BO, { path: '/slow' })
  await hasStarted('/slow')
  for (let n = 0; n < 3; n += 1) expect((await ask(ADA, { path: POLLED })).status).toBe(200)
  const fourth = ask(ADA, { path: POLLED })
  expect((await ask(CLEO, { path: POLLED })).status).toBe(200)
  expect(started.filter((path) => path === POLLED)).toHaveLength(4)
  await finish('/slow')
  expect((await fourth).status).toBe(200)
})

it('what is asked of siteevents and is no poll does not use up those', async () => {
  const { post } = await serving({ polls: { perSecond: 0.001, burst: 1 } })
  for (let n = 0; n < 3; n += 1)
    expect((await post(ADA, '/dev/siteevents', '{"site":["saf","mrc1"]}')).status).toBe(200)
})

it('addresses take turns', async () => {
  const { ask, hasStarted, finish, areWaiting, started } = await serving({ running: 1 })
  const all = [ask(ADA, { path: '/slow' })]
  await hasStarted('/slow')
  for (const [from, path] of [
    [ADA, '/a1'],
    [ADA, '/a2'],
    [ADA, '/a3'],
    [BO, '/b1'],
    [CLEO, '/c1'],
  ] as const) {
    all.push(ask(from, { path }))
    await areWaiting(all.length - 1)
  }
  await finish('/slow')
  await Promise.all(all)
  expect(started).toEqual(['/slow', '/a1', '/b1', '/c1', '/a2', '/a3'])
})

it('one address cannot have all that may be worked on', async () => {
  const { ask, hasStarted, areConnected } = await serving({ running: 3, runningPerAddress: 2 })
  for (let n = 0; n < 5; n += 1) {
    void ask(ADA, { path: `/slow/${n}` })
    await areConnected(n + 1)
  }
  await hasStarted('/slow/1')
  expect((await ask(BO)).status).toBe(200)
})

it('where too many of an address wait it is a 429, and others go on', async () => {
  const { ask, hasStarted, areWaiting, finish, told: reported } = await serving({ running: 1, waitingPerAddress: 2 })
  void ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const two = [ask(ADA), ask(ADA)]
  await areWaiting(2)
  expect(await ask(ADA)).toMatchObject(isRefusal(429))
  expect(await ask(ADA, { method: 'POST', path: '/dev/newevent', body: '{}' })).toMatchObject(isRefusal(429))
  const bos = ask(BO)
  await areWaiting(3)
  await finish('/slow')
  for (const reply of await Promise.all([...two, bos])) expect(reply.status).toBe(200)
  expect(reported.refused).toEqual(['waiting', 'waiting'])
})

it('where too many wait, who waits most gives up a place to who waits least', async () => {
  const { ask, hasStarted, areWaiting, finish } = await serving({ running: 1, waiting: 3 })
  void ask(CLEO, { path: '/slow' })
  await hasStarted('/slow')
  const adas: ReturnType<typeof ask>[] = []
  for (let n = 1; n <= 3; n += 1) {
    adas.push(ask(ADA))
    await areWaiting(n)
  }
  expect(await ask(ADA)).toMatchObject(isRefusal(503))
  const bos = ask(BO)
  expect(await adas[2]).toMatchObject(isRefusal(503))
  await finish('/slow')
  for (const reply of await Promise.all([...adas.slice(0, 2), bos])) expect(reply.status).toBe(200)
})

it('who has waited long enough is told so', async () => {
  const { ask, hasStarted, told: reported } = await serving({ running: 1, queueTimeoutMs: 50 })
  void ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const replies = await Promise.all([ask(ADA), ask(ADA), ask(BO)])
  for (const reply of replies) expect(reply).toMatchObject(isRefusal(503))
  expect(reported.refused).toEqual(['patience', 'patience', 'patience'])
})

it('a refusal is problem details for who asks for them', async () => {
  const { ask, hasStarted } = await serving({ running: 1, waiting: 0 })
  void ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const { headers, body } = await ask(BO, { headers: { Accept: 'application/problem+json' } })
  expect(headers['content-type']).toBe('application/problem+json')
  expect(body).toMatchObject({ status: 503, code: 'busy', detail: expect.any(String) as unknown })
})

it('who goes away does not wait any more', async () => {
  const { ask, send, hasStarted, areWaiting, finish, started } = await serving({ running: 1 })
  void ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const left = send(ADA, { path: '/left' }).on('error', () => {})
  left.end()
  await areWaiting(1)
  left.destroy()
  await areWaiting(0)
  await finish('/slow')
  expect((await ask(ADA)).status).toBe(200)
  expect(started).toEqual(['/slow', '/'])
})

it('what is worked on keeps its place until it is done, though its client has gone', async () => {
  const { ask, send, hasStarted, areConnected, areWaiting, finish } = await serving({ running: 1 })
  const left = send(ADA, { path: '/slow' }).on('error', () => {})
  left.end()
  await hasStarted('/slow')
  left.destroy()
  await areConnected(0)
  const bos = ask(BO)
  await areWaiting(1)
  await sleep(50)
  await areWaiting(1)
  await finish('/slow')
  expect((await bos).status).toBe(200)
})

it('pipelined requests are answered in order; a connection with too many is cut, and those of its address that wait for nothing', async () => {
  const { raw, ask, hasStarted, areConnected, finish, told: reported } = await serving({ pipelined: 3 })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  await ask(BO, { agent })
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
  expect(reported.closed).toEqual(['pipelining', 'pipelining', 'pipelining'])
})

it('a connection with too many requests is cut without a word though all of them wait', async () => {
  const { raw, ask, hasStarted, areConnected, areWaiting, told: reported } = await serving({ running: 1, pipelined: 3 })
  void ask(BO, { path: '/slow' })
  await hasStarted('/slow')
  const socket = await raw(ADA, 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4))
  const heard = vi.fn()
  socket.on('data', heard)
  await once(socket, 'close')
  await areConnected(1)
  await areWaiting(0)
  expect(heard).not.toHaveBeenCalled()
  expect(reported).toMatchObject({ refused: [], closed: ['pipelining'] })
})

it('an address that goes on pipelining is not connected for a while, and told nothing', async () => {
  const { raw, told: reported } = await serving({ pipelined: 3 })
  for (let n = 0; n < 10; n += 1) await once(await raw(ADA, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(4)), 'close')
  const socket = await raw(ADA)
  const heard = vi.fn()
  socket.on('data', heard)
  await vi.waitFor(() => expect(socket.closed).toBe(true), 10_000)
  expect(heard).not.toHaveBeenCalled()
  expect(reported.closed).toEqual(Array.from({ length: 11 }, () => 'pipelining'))
})

it('a connection closed with several requests on it gives back what each of them had', async () => {
  const { raw, ask, hasStarted, areWaiting, finish } = await serving({ running: 1 })
  void ask(BO, { path: '/slow' })
  await hasStarted('/slow')
  const socket = await raw(ADA, 'GET /a HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5))
  await areWaiting(5)
  socket.destroy()
  await areWaiting(0)
  await finish('/slow')
  expect((await ask(ADA)).status).toBe(200)
})

it('who sends what is malformed again and again is refused for a while, but for polls', async () => {
  const {
    ask,
    post,
    told: reported,
  } = await serving(
    { misuse: { perSecond: 0.001, burst: 3 } },
    {
      answer: (_, { url }, response) =>
        void response.writeHead(url?.startsWith('/dev/siteevents') ? 200 : 400).end('"no"'),
    },
  )
  for (let n = 0; n < 3; n += 1) expect((await ask(ADA)).status).toBe(400)
  await vi.waitFor(async () => expect(await ask(ADA)).toMatchObject(isRefusal(429)))
  expect(await post(ADA, '/dev/siteevents', '{}')).toMatchObject(isRefusal(429))
  expect(await post(ADA, '/dev/siteevents', POLL)).toMatchObject({ status: 200 })
  expect(await ask(ADA, { path: POLLED })).toMatchObject({ status: 200 })
  expect((await ask(BO)).status).toBe(400)
  expect(new Set(reported.refused)).toEqual(new Set(['misuse']))
})

it('a body that comes slowly keeps nobody waiting', async () => {
  const { raw, post, started } = await serving({ running: 1 })
  for (let n = 0; n < 3; n += 1)
    await raw(ADA, 'POST /dev/newevent HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a":')
  expect((await post(ADA, '/dev/newevent', '{}')).status).toBe(200)
  expect(started).toHaveLength(1)
})

it('bodies may take so much, of each address and of all', async () => {
  const { raw, post, told: reported } = await serving({ bodies: 3000, bodiesPerAddress: 2000 })
  await raw(ADA, 'POST /dev/newevent HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n{')
  await vi.waitFor(async () =>
    expect(await post(ADA, '/dev/newevent', '{}'.padEnd(1000))).toMatchObject(isRefusal(429)),
  )
  expect(await post(BO, '/dev/newevent', '{}'.padEnd(1800))).toMatchObject(isRefusal(503))
  for (let n = 0; n < 5; n += 1) expect((await post(BO, '/dev/newevent', '{}'.padEnd(1000))).status).toBe(200)
  expect((await post(ADA, '/dev/siteevents', POLL)).status).toBe(200)
  expect(new Set(reported.refused)).toEqual(new Set(['bodies']))
})

it('a body that its client breaks off is told as that, and handled by nobody', async () => {
  const { raw, told: reported, started } = await serving()
  for (const bytes of ['Content-Length: 100\r\n\r\n{"a":', 'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n']) {
    for (const path of ['/dev/newevent', '/dev/siteevents'])
      (await raw(ADA, `POST ${path} HTTP/1.1\r\nHost: x\r\n${bytes}`)).end().destroy()
  }
  await vi.waitFor(() => expect(reported.aborted).toBe(4))
  expect(started).toEqual([])
})

it('what an answer claims is given back when it is taken, or its client has gone', async () => {
  const {
    ask,
    send,
    told: reported,
    control,
  } = await serving(
    { unread: 100, unreadPerAddress: 100, poll: 10, unreadPolls: 10, unreadPollsPerAddress: 10 },
    {
      answer({ admission }, asked, response) {
        try {
          admission.reserveResponse(Buffer.alloc(Number(asked.headers['x-size'])))
          if (asked.headers['x-hold'] === undefined) response.end('"here"')
        } catch {
          response.writeHead(503).end('"busy"')
        }
      },
    },
  )
  const sized = (size: number, more = {}) => ({ path: '/', headers: { 'X-Size': String(size), ...more } })
  for (let n = 0; n < 3; n += 1) expect((await ask(ADA, sized(100))).status).toBe(200)
  await vi.waitFor(() => expect(control.levels().unread).toBe(0))
  const held = send(ADA, sized(95, { 'X-Hold': 'yes' })).on('error', () => {})
  held.end()
  await vi.waitFor(() => expect(control.levels().unread).toBe(95))
  expect((await ask(BO, sized(10))).status).toBe(503)
  expect((await ask(BO, { ...sized(10), path: POLLED })).status).toBe(200)
  held.destroy()
  await vi.waitFor(() => expect(control.levels().unread).toBe(0))
  expect((await ask(BO, sized(10))).status).toBe(200)
  expect(reported.refused).toEqual(['unread'])
})

it('streams have a limit for each address', async () => {
  const {
    ask,
    send,
    told: reported,
  } = await serving(
    { streamsPerAddress: 2 },
    {
      answer({ admission }, _asked, response) {
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
      const asked = send(ADA)
        .on('error', () => {})
        .end()
      await once(asked, 'response')
      return asked
    }),
  )
  expect((await ask(ADA)).status).toBe(429)
  streams[0]?.destroy()
  await vi.waitFor(async () => {
    const asked = send(ADA)
      .on('error', () => {})
      .end()
    const [{ statusCode }] = (await once(asked, 'response')) as [IncomingMessage]
    expect(statusCode).toBe(200)
  })
  expect(new Set(reported.refused)).toEqual(new Set(['streams']))
})

it('behind a proxy, clients are told apart by what it wrote down', async () => {
  const { ask, hasStarted, areWaiting } = await serving(
    { running: 1, waitingPerAddress: 1, connectionsPerAddress: 2 },
    { hops: 1 },
  )
  const behind = (client: string, path = '/') =>
    ask('127.0.0.1', { path, headers: { 'X-Forwarded-For': `made up, ${client}` } })
  void behind('192.0.2.1', '/slow')
  await hasStarted('/slow')
  void behind('192.0.2.1')
  await areWaiting(1)
  expect((await behind('192.0.2.1')).status).toBe(429)
  void behind('192.0.2.2')
  await areWaiting(2)
  expect((await behind('::ffff:192.0.2.2')).status).toBe(429)
})

it('room is made for another connection, of the address that has most: first those that have asked nothing', async () => {
  const { raw, ask, told: reported, control, areConnected } = await serving({ connections: 4 })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  await ask(BO, { agent })
  const [first, second] = [await raw(ADA), await raw(ADA)]
  const idle = await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  await areConnected(4)
  const gone = once(first, 'close')
  expect((await ask(CLEO)).status).toBe(200)
  await gone
  await areConnected(3)
  await raw(ADA)
  const next = once(second, 'close')
  expect((await ask(CLEO)).status).toBe(200)
  await next
  expect([idle.destroyed, reported.closed, control.levels().connections <= 4]).toEqual([false, ['room', 'room'], true])
  expect((await ask(BO, { agent })).status).toBe(200)
})

it('then those that are idle, then those that are busy; but none of who has no more than others', async () => {
  const { raw, ask, hasStarted, areConnected } = await serving({ connections: 3 })
  const busy = await raw(ADA, 'GET /slow/1 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/1')
  const other = await raw(ADA, 'GET /slow/2 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/2')
  const idle = await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(idle, 'data')
  const [idleGone, busyGone] = [once(idle, 'close'), once(busy, 'close')]
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  expect((await ask(BO, { agent })).status).toBe(200)
  await idleGone
  // Ada has two, both busy, and Bo would have as many: his own idle one goes.
  await raw(BO, 'GET /slow/3 HTTP/1.1\r\nHost: x\r\n\r\n')
  await hasStarted('/slow/3')
  await areConnected(3)
  expect([busy.destroyed, other.destroyed]).toEqual([false, false])
  expect((await ask(CLEO)).status).toBe(200)
  await busyGone
  expect(other.destroyed).toBe(false)
})

it('a single address may have so many connections, and its idle ones make room', async () => {
  const { raw, ask, told: reported, hasStarted, areConnected } = await serving({ connectionsPerAddress: 2 })
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
  expect((await ask(BO)).status).toBe(200)
  await areConnected(2)
  expect(reported.closed).toEqual(['too_many', 'too_many'])
})

it('who takes nothing of an answer is cut off; who takes some, however slowly, is not', async () => {
  const big = Buffer.alloc(30_000_000)
  const {
    raw,
    told: reported,
    areConnected,
  } = await serving(
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
  const ask = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
  const stalled = (await raw(ADA)).pause()
  const slow = (await raw(BO)).pause()
  let taken = 0
  const sipping = setInterval(() => (taken += (slow.read() as Buffer | null)?.length ?? 0), 20)
  onTestFinished(() => clearInterval(sipping))
  stalled.write(ask)
  slow.write(ask)
  await vi.waitFor(() => expect(reported.closed).toEqual(['stalled']), 10_000)
  await areConnected(1)
  const then = taken
  await vi.waitFor(() => expect(taken).toBeGreaterThan(then), 10_000)
})

it.each([
  ['with an address in other letters', '/%64ev/newevent'],
  ['with a host in its target', 'http://x/dev/newevent'],
  ['with a query', '/dev/newevent?x'],
  ['to where nothing is', '/nowhere'],
])('a body that comes slowly %s keeps nobody waiting', async (_, target) => {
  const { raw, ask, started } = await serving(
    { running: 1 },
    { answer: ({ body }, __, response) => void response.end(JSON.stringify(String(body))) },
  )
  for (const method of ['POST', 'DELETE', 'PUT'])
    await raw(ADA, `${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"a":`)
  const chunked = await raw(
    ADA,
    `POST ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n`,
  )
  expect((await ask(BO)).status).toBe(200)
  const answered = once(chunked, 'data')
  chunked.write('2\r\n1}\r\n0\r\n\r\n')
  expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 200 /)
  expect(started).toEqual(['/', target])
})

it('a fault of its own is the matter of one request or connection, and told', async () => {
  const {
    ask,
    post,
    told: reported,
    control,
  } = await serving(
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
  expect(await ask(ADA, { path: '/dev/faulty' })).toMatchObject(isFault)
  const socket = {
    destroy: vi.fn(),
    get remoteAddress(): string {
      throw new Error('Here is another.')
    },
  }
  control.accepted(socket as unknown as Socket, () => {})
  expect(socket.destroy).toHaveBeenCalledOnce()
  expect(reported.failed).toHaveLength(4)
  expect((await ask(ADA)).status).toBe(200)
})

it.each([
  ['no proxy', 0],
  ['a proxy', 1],
])(
  'where all are busy, with %s in front, a request that waits makes room for a poll, and is told so',
  async (_, hops) => {
    const {
      ask,
      hasStarted,
      areWaiting,
      areConnected,
      finish,
      told: reported,
    } = await serving({ connections: 3, running: 1 }, { hops })
    const running = ask(ADA, { path: '/slow' })
    await hasStarted('/slow')
    const first = ask(BO, { path: '/first' })
    await areWaiting(1)
    const second = ask(BO, { path: '/second' })
    await areWaiting(2)
    expect((await ask(CLEO, { path: POLLED })).status).toBe(200)
    expect(await first).toMatchObject(isRefusal(503))
    await areWaiting(1)
    await finish('/slow')
    expect([(await running).status, (await second).status]).toEqual([200, 200])
    await areConnected(0)
    expect(reported.closed).toEqual(['room'])
  },
)

it('then a stream makes room; what is being worked on stays', async () => {
  const {
    raw,
    ask,
    hasStarted,
    finish,
    told: reported,
  } = await serving(
    { connections: 2 },
    {
      answer({ admission }, asked, response) {
        if (asked.url === '/stream') admission.stream()
        if (asked.url === '/stream') response.write('data: {}\n\n')
        else response.end('"here"')
      },
    },
  )
  const running = ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  const stream = await raw(BO, 'GET /stream HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(stream, 'data')
  const gone = once(stream, 'close')
  expect((await ask(CLEO, { path: POLLED })).status).toBe(200)
  await gone
  await finish('/slow')
  expect((await running).status).toBe(200)
  expect(reported.closed).toEqual(['room'])
})

it('a body that is still coming makes room, and is told so; who has only just come does not', async () => {
  const { raw, ask, started, areConnected } = await serving({ connections: 2 })
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
  expect((await ask(CLEO, { path: POLLED })).status).toBe(200)
  await gone
  expect(answer).toMatch(/^HTTP\/1\.1 503 [^]*Connection: close[^]*"The calendar is busy/i)
  const answered = once(fresh, 'data')
  fresh.write('GET /fresh HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(String((await answered)[0])).toMatch(/^HTTP\/1\.1 200 /)
  expect(started).toEqual([POLLED, '/fresh'])
})

it('who is not connected can read why, whatever they have sent', async () => {
  const { raw, hasStarted } = await serving({ connectionsPerAddress: 1 })
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

it('a poll for which more is to be read than for one stands in line after all', async () => {
  const {
    ask,
    hasStarted,
    areWaiting,
    finish,
    told: reported,
  } = await serving(
    { running: 1, queueTimeoutMs: 300 },
    {
      async answer({ admission }, _asked, response) {
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
  void ask(ADA, { path: '/slow' })
  await hasStarted('/slow')
  expect((await ask(BO, { path: POLLED })).status).toBe(503)
  expect(reported).toMatchObject({ refused: ['patience'], polled: 0 })
  const waits = ask(BO, { path: POLLED })
  await areWaiting(1)
  await finish('/slow')
  expect(await waits).toMatchObject({ status: 200, body: [262_144, null] })
  // Its place is given back.
  expect((await ask(CLEO, { path: '/dev/siteevents' })).status).toBe(200)
  expect(reported.polled).toBe(0)
})

it('a poll for which more is to be read, and whose client has gone, takes nobody’s place', async () => {
  let goOn = () => {}
  const { raw, ask, hasStarted, areConnected, finish } = await serving(
    { running: 1 },
    {
      async answer({ admission }, asked, response) {
        if (asked.url !== POLLED) return response.end('"here"')
        await new Promise<void>((resolve) => (goOn = resolve))
        await admission.enqueue().catch(() => {})
        return response.end('[]')
      },
    },
  )
  const slow = ask(BO, { path: '/slow' })
  await hasStarted('/slow')
  const left = await raw(ADA, `GET ${POLLED} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await hasStarted(POLLED)
  left.destroy()
  await areConnected(1)
  goOn()
  await finish('/slow')
  expect((await slow).status).toBe(200)
  expect((await ask(BO)).status).toBe(200)
})

it('who pipelines requests with an expectation is cut off as others are', async () => {
  const { raw, told: reported } = await serving()
  const socket = (await raw(ADA, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n'.repeat(50))).resume()
  await once(socket, 'close')
  expect(reported.closed).toEqual(['pipelining'])
})

it('what is not HTTP and comes after a request leaves its answer whole, and the connection is closed after it', async () => {
  const { raw, finish } = await serving()
  const socket = await raw(ADA, 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nthis is not HTTP\r\n\r\n')
  let text = ''
  socket.on('data', (data: Buffer) => (text += String(data)))
  await finish('/slow')
  await once(socket, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n"\/slow"$/)
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
})

it('headers that come in pieces are read, however slowly', async () => {
  const { raw, control, started } = await serving()
  const socket = await raw(ADA)
  await vi.waitFor(() => expect(control.levels().connections).toBe(1))
  for (const chunk of ['GET /dripped', ' HTTP/1.1\r\nHo', 'st: x\r\n', '\r\n']) {
    socket.write(chunk)
    // Longer than it is read without a pause.
    await sleep(300)
  }
  await vi.waitFor(() => expect(started).toEqual(['/dripped']))
})

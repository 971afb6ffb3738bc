import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is attacked, and from where: on loopback every address of 127.0.0.0/8 is one's own. */
export interface Target {
  readonly port: number
  /** Another for each attack, so that what is counted for each address is not counted together. */
  readonly from: string
  /** How long, in milliseconds. */
  readonly lasting: number
}

/** @returns how many requests or connections it came to */
export type Attack = (target: Target) => Promise<number>

/** Where and when there are reservations. */
export const SITES = ['saf', 'aro1', 'aro2', 'mrc1', 'mrc2', 'eco1', 'eco2', 'sro1', 'lcs1', 'tbo2']
const YEAR = 'start=2010-01-04T00:00:00Z&end=2011-01-01T00:00:00Z'
const EVERYWHERE = SITES.map((site) => `site=${site}`).join('&')
const LONG_LIST = `/dev/siteevents?${EVERYWHERE}&${YEAR}`

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\nHost: calendar\r\n${headers}\r\n`
const post = (path: string, body: string, headers = '') =>
  `POST ${path} HTTP/1.1\r\nHost: calendar\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`
const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one)

/** Open connections of an attack, so that none is left when it ends. */
function socketsTo({ port, from }: Target) {
  const open = new Set<Socket>()
  return {
    open,
    connect(): Socket {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from })
      open.add(socket)
      return socket.on('error', () => {}).on('close', () => open.delete(socket))
    },
    end: () => open.forEach((socket) => socket.destroy()),
  }
}

/** The same requests again and again on so many connections; the next is sent when something comes back. */
const flood =
  (connections: number, ...requests: readonly (string | (() => string))[]): Attack =>
  async (target) => {
    const until = performance.now() + target.lasting
    const sockets = socketsTo(target)
    let sent = 0
    const run = async () => {
      while (performance.now() < until) {
        const socket = sockets.connect()
        const send = () => {
          if (performance.now() > until || !socket.writable) return
          const request = requests[sent % requests.length] ?? ''
          socket.write(typeof request === 'string' ? request : request())
          sent += 1
        }
        socket.on('connect', send).on('data', send)
        await closed(socket, until)
      }
    }
    await Promise.all(many(connections, 0).map(run))
    sockets.end()
    return sent
  }

/** Connections that are opened, asked something or nothing, and then left; a new one for each that is closed. */
const hold =
  (connections: number, first: string, after = ''): Attack =>
  async (target) => {
    const until = performance.now() + target.lasting
    const sockets = socketsTo(target)
    let opened = 0
    while (performance.now() < until) {
      for (let n = 0; n < 50 && sockets.open.size < connections; n += 1) {
        const socket = sockets.connect().pause()
        opened += 1
        if (first) socket.write(first)
      }
      if (after) for (const socket of sockets.open) socket.write(after)
      await sleep(20)
    }
    sockets.end()
    return opened
  }

/** One connection after the other, each cut in the middle of what it sends. */
const breakOff =
  (atOnce: number, request: string): Attack =>
  async (target) => {
    const until = performance.now() + target.lasting
    const sockets = socketsTo(target)
    let opened = 0
    const run = async () => {
      while (performance.now() < until) {
        const socket = sockets.connect()
        opened += 1
        socket.on('connect', () => socket.write(request, () => socket.resetAndDestroy()))
        await closed(socket, until)
      }
    }
    await Promise.all(many(atOnce, 0).map(run))
    sockets.end()
    return opened
  }

async function closed(socket: Socket, until: number): Promise<void> {
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now())))
  await once(socket, 'close', { signal: timeout }).catch(() => socket.destroy())
}

let created = 0
const unknownKey = () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256', kid: `made up ${(created += 1)}` })}.${part({ sub: 'x', exp: 4e9 })}.AAAA`
}

export const ATTACKS: Readonly<Record<string, Attack>> = {
  'lists of a year at ten sites': flood(50, get(LONG_LIST)),
  'lists that are never read': hold(200, get(LONG_LIST)),
  'polls that are never read': hold(
    200,
    many(8, get('/dev/siteevents?site=mrc1&start=2010-03-01T00:00:00Z&end=2010-03-04T00:00:00Z')).join(''),
  ),
  'an observer’s whole list': flood(
    20,
    get('/dev/user-events-ending-after-time?user_id=auth0|7&time=2000-01-01T00:00:00Z'),
  ),
  'entries that are none': flood(
    30,
    post(
      '/dev/add-projects-to-events',
      JSON.stringify({ project_id: 'x#1', events: many(21_000, '') }),
      'Accept: application/problem+json\r\n',
    ),
    post(
      '/dev/remove-project-from-events',
      JSON.stringify({ events: many(4900, {}) }),
      'Accept: application/problem+json\r\n',
    ),
    post('/dev/siteevents', JSON.stringify({ site: many(20_000, ''), start: 'x' })),
    post('/dev/siteevents', '['.repeat(32_000)),
  ),
  'made-up tokens': flood(
    50,
    () => get('/dev/me', `Authorization: Bearer ${unknownKey()}\r\n`),
    () => post('/dev/newevent', '{}', `Authorization: Bearer ${unknownKey()}\r\n`),
  ),
  'bodies of 64 kB': flood(50, post('/dev/newevent', JSON.stringify({ event_id: 'x', note: 'n'.repeat(65_000) }))),
  'bodies that are too large': flood(20, post('/dev/newevent', ' '.repeat(1_000_000))),
  'bodies that never end': hold(
    300,
    'POST /dev/siteevents HTTP/1.1\r\nHost: calendar\r\nContent-Length: 60000\r\n\r\n{"site":',
    ' ',
  ),
  'headers that never end': hold(300, 'GET /dev/siteevents HTTP/1.1\r\nHost: calendar\r\n', 'X-Y: z\r\n'),
  'connections that ask nothing': hold(1500, ''),
  'bodies broken off': breakOff(
    50,
    'POST /dev/newevent HTTP/1.1\r\nHost: calendar\r\nContent-Length: 1000\r\n\r\n{"a":',
  ),
  'connections that come and go': breakOff(50, 'GET'),
  'what is not HTTP': flood(50, '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00'),
  streams: hold(1500, get('/dev/changes?site=mrc1')),
  preflights: flood(
    50,
    'OPTIONS /dev/newevent HTTP/1.1\r\nHost: calendar\r\nOrigin: https://x.example\r\nAccess-Control-Request-Method: POST\r\n\r\n',
  ),
  'addresses where nothing is': flood(50, get('/no/such/address'), get('/dev/nothing'), post('/dev/nothing', '{}')),
  'the documentation': flood(30, get('/docs/swagger-ui-bundle.js'), get('/openapi.json'), get('/')),
  'pipelined requests': flood(100, get('/dev/sites').repeat(1200)),
  'twenty times too many polls': flood(
    50,
    get('/dev/siteevents?site=mrc1&start=2010-03-01T00:00:00Z&end=2010-03-04T00:00:00Z'),
  ),
  'projects attached by strangers': flood(20, () =>
    post(
      '/dev/add-projects-to-events',
      JSON.stringify({
        project_id: `vandal ${(created += 1)}#1`,
        events: Array.from({ length: 200 }, (_, n) => `e${n}`),
      }),
    ),
  ),
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { Failure } from '../domain/failure.ts'
import { openDemoIdentity } from '../demo/provider.ts'
import { loadSigningKey } from '../demo/signing-key.ts'
import { createApp } from '../http/app.ts'
import { identity } from '../http/identity.ts'
import type { Log } from '../ops/log.ts'
import { type Metrics, openMetrics, timed } from '../ops/metrics.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { tellProjects } from '../service/tell-projects.ts'
import { issuerAt } from '../sources/issuer.ts'
import { projectsAt } from '../sources/projects.ts'
import { startCheckpointer } from '../store/sqlite/checkpointer.ts'
import type { Store } from '../store/store.ts'
import { basePath, demoKeyFile, issuerOf, now, openStore, storeFile, version, worldOf } from './wiring.ts'

/** Whatever is not done by then is cut off. */
const PATIENCE_MS = 8000

export interface Running {
  /** As `http://127.0.0.1:8000`. */
  readonly address: string
  /** Takes no more requests, finishes those under way, and closes the store; within ten seconds. */
  stop(): Promise<void>
}

/** Starts the calendar and resolves once it listens. */
export async function startServer(settings: Settings, log: Log): Promise<Running> {
  const metrics = openMetrics()
  const store = timed(openStore(settings), metrics)
  const file = storeFile(settings)
  const tellOfLog = (err: unknown) => log.error({ err }, 'folding back the write-ahead log failed')
  const checkpointer = file === ':memory:' ? undefined : startCheckpointer(file, tellOfLog)
  const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 30_000, maxHeaderSize: 16_384 })
  server.on('clientError', answerUnreadable)
  await listening(server, settings)
  const { port } = server.address() as AddressInfo

  let accepting = true
  const handle = await handlerOf(settings, store, { log, metrics, port, accepting: () => accepting })
  server.on('request', (request, response) => {
    if (!accepting) response.setHeader('Connection', 'close')
    void handle(request, response)
  })
  const postman = settings.PROJECTS_URL ? startPostman(store, settings.PROJECTS_URL, log, metrics) : undefined
  const address = `http://${settings.HOST.includes(':') ? `[${settings.HOST}]` : settings.HOST}:${port}`
  log.info({ address, base: basePath(settings), store: settings.STORE, demo: isDemo(settings) }, 'the calendar is open')
  if (isDemo(settings)) log.warn('DEMO identity: anyone who reaches this server can sign in as anyone; set AUTH_ISSUER for real use')

  return {
    address,
    stop: async () => {
      accepting = false
      await closed(server)
      await postman?.stop()
      await checkpointer?.stop()
      await store.close()
      log.info('the calendar is closed')
    },
  }
}

interface Surroundings {
  readonly log: Log
  readonly metrics: Metrics
  readonly port: number
  readonly accepting: () => boolean
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

async function handlerOf(settings: Settings, store: Store, { log, metrics, port, accepting }: Surroundings): Promise<Handler> {
  const world = worldOf(settings, store)
  const issuer = issuerOf(settings, port)
  const demo = isDemo(settings) ? await demoOf(settings, port) : undefined
  const app = createApp({
    base: basePath(settings),
    world,
    projects: settings.PROJECTS_URL ? projectsAt(settings.PROJECTS_URL) : undefined,
    maxWindowDays: settings.MAX_WINDOW_DAYS,
    assertNotTooOften: limiter(settings.ANONYMOUS_WRITES_PER_MINUTE),
    identity: identityOf(settings, issuer, log),
    about: {
      stage: settings.STAGE,
      version,
      issuer: issuer ?? null,
      audience: settings.AUTH_AUDIENCE,
      clientId: settings.AUTH_CLIENT_ID,
      demo: demo !== undefined,
      conflicts: settings.CONFLICTS,
      maxWindowDays: settings.MAX_WINDOW_DAYS,
      sites: world.sites,
    },
    log,
    metrics,
    addressOf: addressReader(settings.TRUST_PROXY),
    accepting,
  })
  const answer = getRequestListener(app.fetch)
  return (request, response) => (demo && request.url?.startsWith('/demo-identity') ? demo(request, response) : answer(request, response))
}

const demoOf = async (settings: Settings, port: number) =>
  openDemoIdentity({
    issuer: issuerOf(settings, port) ?? '',
    audience: settings.AUTH_AUDIENCE,
    clientId: settings.AUTH_CLIENT_ID,
    rolesClaim: settings.AUTH_ROLES_CLAIM,
    key: await loadSigningKey(demoKeyFile(settings)),
  })

function identityOf(settings: Settings, issuer: string | undefined, log: Log) {
  const rolesClaim = settings.AUTH_ROLES_CLAIM
  const report = (message: string, error: unknown) => log.warn({ err: error }, message)
  return identity({
    issuer: issuer === undefined ? undefined : issuerAt(issuer, { rolesClaim, now, report }),
    audience: settings.AUTH_AUDIENCE,
    publicKey: settings.AUTH_PUBLIC_KEY,
    rolesClaim,
    serviceKeys: settings.SERVICE_KEYS,
    now,
  })
}

function limiter(points: number) {
  const writes = new RateLimiterMemory({ points, duration: 60 })
  return async (address: string) => {
    try {
      await writes.consume(address)
    } catch {
      throw new Failure('rate_limited', 'Too many requests without signing in; please wait a minute.')
    }
  }
}

/** With `hops` proxies of ours in front, the client is the address that the outermost of them wrote down. */
const addressReader = (hops: number) => (request: Request, bindings: unknown) => {
  const direct = (bindings as HttpBindings).incoming.socket.remoteAddress ?? ''
  if (hops === 0) return direct
  return request.headers.get('x-forwarded-for')?.split(',').at(-hops)?.trim() ?? direct
}

function listening(server: Server, { PORT, HOST }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(PORT, HOST, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** What is not even HTTP, too large a header or too slow a request: an answer that every client can read. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, sentence] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', 'Error: the request is not valid HTTP']
  const body = JSON.stringify(sentence)
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const UNREADABLE: Record<string, readonly [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'Error: the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'Error: the request took too long to arrive'],
}

async function closed(server: Server): Promise<void> {
  const done = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const cutOff = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
  await done
  clearTimeout(cutOff)
}

/** Tells the projects service what there is to tell, every second, one round at a time. */
function startPostman(store: Store, url: string, log: Log, metrics: Metrics) {
  const projects = projectsAt(url)
  let round = Promise.resolve(0)
  const deliver = () =>
    tellProjects(store.outbox, projects, now(), ({ number, attempts }, outcome, err) => {
      metrics.deliveries.inc({ outcome })
      if (outcome !== 'delivered') log.warn({ letter: number, attempts, outcome, err }, 'the projects service was not told')
    }).catch((err: unknown) => {
      log.error({ err }, 'the outbox cannot be read')
      return 0
    })
  let busy = false
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    round = deliver().finally(() => {
      busy = false
    })
  }, 1000)
  return {
    stop: async () => {
      clearInterval(timer)
      await round
    },
  }
}

import { randomBytes } from 'node:crypto'
import { explainErrors, toCliError } from '../cli/explain-error.ts'
import { loadSigningKey } from '../demo/signing-key.ts'
import type { AdmissionControl } from '../http/admission/control.ts'
import type { Handler } from '../http/admission/admission.ts'
import { handlerOf } from '../http/adapters/node.ts'
import { openNodeServer } from '../http/adapters/node-server.ts'
import type { HttpRequest } from '../http/exchange.ts'
import type { Log } from '../ops/log.ts'
import type { LogOutput } from '../ops/log-output.ts'
import { type Metrics, openMetrics } from '../ops/metrics.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { updateStoreMetrics } from '../ops/store-metrics.ts'
import { type ChangeStream, openChangeStream } from '../background/change-stream.ts'
import type { Store } from '../store/port.ts'
import { appOf } from './app.ts'
import { startOutboxWorkers } from './outbox.ts'
import { withMetrics } from './store-metrics.ts'
import { admissionControl } from './admission.ts'
import { listenError } from './listen-error.ts'
import { displayNameOf, demoKey, openForServing } from './stores.ts'
import { basePath, issuerOf, version } from './wiring.ts'

/** Milliseconds that a change waits for the write lock while another process, such as an import, commits. */
const WRITER_TIMEOUT_MS = 1000

export interface RunningServer {
  /** The URL of the server: `http://127.0.0.1:8000`. */
  readonly address: string
  /**
   * Accepts no more connections, finishes running requests, and closes the store, within ten seconds. Requests on open
   * connections are answered for `grace` more milliseconds.
   */
  stop(grace?: number): Promise<void>
}

export interface ServerOptions {
  /** The output of the log, for metrics. */
  readonly output?: LogOutput
  /** The descriptor of an inherited listening socket, instead of the settings' port and host. */
  readonly socket?: number | undefined
  /** The port of the demo issuer's URL, if another server proxies this one. */
  readonly issuerPort?: number
}

/** Starts the calendar. Resolves when it answers requests. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export async function startServer(
  settings: Settings,
  log: Log,
  { output, socket, issuerPort }: ServerOptions = {},
): Promise<RunningServer> {
  const metrics = openMetrics({ lostLines: output?.lostLines, version })
  const report = (message: string, details: object) => log.warn(details, message)
  const create = !settings.STORE_MUST_EXIST
  const onNew = () => log.warn({ store: settings.STORE }, 'created a new store')
  const displayName = displayNameOf(settings, settings.STORE)
  const served = await explainErrors(displayName, () =>
    openForServing({ settings, timeoutMs: WRITER_TIMEOUT_MS, create, onNew, report }),
  )
  const store = withMetrics(served.store, metrics)
  await assertStoreExists(store, displayName, log)
  const target = socket === undefined ? { port: settings.PORT, host: settings.HOST } : { fd: socket }
  const logConnectionError = (err: unknown) => log.error({ err }, 'connection not accepted')
  const admission = admissionControl(settings, log, metrics)
  const server = await openNodeServer(target, admission, logConnectionError).catch((error: unknown) => {
    throw listenError(error, settings)
  })
  const { port, host } = server
  let accepting = true
  const logFeedError = (err: unknown) => log.error({ err }, 'change feed: read failed')
  const changeStream = openChangeStream(store.feed, { onError: logFeedError })
  const handler = createHandler(settings, store, {
    log,
    output,
    metrics,
    admission,
    port: issuerPort ?? port,
    accepting: () => accepting,
    changeStream,
  })
  server.serve(handler)
  await handler
  const outboxWorkers = startOutboxWorkers(store, settings, log, metrics)
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  log.info({ address, base: basePath(settings), store: settings.STORE, demo: isDemo(settings) }, 'listening')
  if (isDemo(settings))
    log.warn('DEMO identity: anyone who reaches this server can sign in as anyone; set AUTH_ISSUER for real use')

  return {
    address,
    stop: async (grace) => {
      accepting = false
      served.stopping()
      changeStream.stop()
      await Promise.all([server.stop(grace), outboxWorkers.stop()])
      await store.close()
      log.info('closed')
    },
  }
}

/** A store that does not answer may do so later: until then the server is not ready. One that does not exist is an error. */
async function assertStoreExists(store: Store, displayName: string, log: Log): Promise<void> {
  try {
    await store.ping()
  } catch (error) {
    const cliError = toCliError(error, displayName)
    if (cliError.code === 'not_there') throw cliError
    log.error({ err: error }, 'store unavailable')
  }
}

interface HandlerDeps {
  readonly log: Log
  readonly output: LogOutput | undefined
  readonly metrics: Metrics
  readonly admission: AdmissionControl
  readonly port: number
  readonly accepting: () => boolean
  readonly changeStream: ChangeStream | undefined
}

async function createHandler(
  settings: Settings,
  store: Store,
  { log, output, metrics, admission, port, accepting, changeStream }: HandlerDeps,
): Promise<Handler> {
  const demo = isDemo(settings) ? await openDemoIssuer(settings, port) : undefined
  const app = appOf(settings, store, {
    log,
    metrics,
    issuer: issuerOf(settings, port),
    demo: demo !== undefined,
    accepting,
    mayReadMetrics: metricsAccess(settings.METRICS),
    measure: async () => {
      metrics.measure(admission.levels())
      await updateStoreMetrics(metrics, store, output?.diskSpace)
    },
    compress: true,
    changeStream,
  })
  const answer = handlerOf(app, requestIds())
  return (request, response, admitted) =>
    demo && request.url?.startsWith('/demo-identity')
      ? demo(request, response, admitted)
      : answer(request, response, admitted)
}

/** The server is ready before the demo issuer is loaded, but a first sign-in should not have to wait for that. */
const LOAD_ISSUER_AFTER_MS = 500

/** The demo issuer. The OpenID provider is large: it is imported soon after the start, or with the first request to it. */
async function openDemoIssuer(settings: Settings, port: number): Promise<Handler> {
  const key = await demoKey(settings, loadSigningKey)
  let opened: ReturnType<typeof open> | undefined
  const open = async () => {
    const { openDemoIdentity } = await import('../demo/provider.ts')
    return openDemoIdentity({
      issuer: issuerOf(settings, port) ?? '',
      audience: settings.AUTH_AUDIENCE,
      clientId: settings.AUTH_CLIENT_ID,
      rolesClaim: settings.AUTH_ROLES_CLAIM,
      key,
    })
  }
  const issuer = () => (opened ??= open())
  setTimeout(() => void issuer().catch(() => {}), LOAD_ISSUER_AFTER_MS).unref()
  return async (request, response) => (await issuer())(request, response)
}

/** Request ids: a random prefix for each start of the server, and a count. */
function requestIds(): () => string {
  const prefix = randomBytes(4).toString('hex')
  let count = 0
  return () => `${prefix}-${(count += 1)}`
}

function metricsAccess(setting: Settings['METRICS']): (request: HttpRequest) => boolean {
  return setting === 'loopback' ? ({ isFromThisMachine }) => isFromThisMachine() : () => setting === 'on'
}

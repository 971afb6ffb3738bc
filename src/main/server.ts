import { randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { about, troubleOf } from '../cli/explain.ts'
import { loadSigningKey } from '../demo/signing-key.ts'
import { isFromBeside } from '../http/admission/address.ts'
import type { AdmissionControl, Handler } from '../http/admission/control.ts'
import { listenerOf, openNodeServer } from '../http/node-server.ts'
import type { Log } from '../ops/log.ts'
import type { LogOutput } from '../ops/log-output.ts'
import { type Metrics, openMetrics, timed } from '../ops/metrics.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { measureStore } from '../ops/store-metrics.ts'
import { type Following, openFollowing } from '../service/follow.ts'
import type { Store } from '../store/store.ts'
import { appOf } from './app.ts'
import { startDispatching } from './dispatching.ts'
import { admissionControl } from './admission.ts'
import { whyNotListening } from './listening.ts'
import { calledBy, demoKey, openServed } from './stores.ts'
import { basePath, issuerOf, version } from './wiring.ts'

/** How long everybody waits while another process, such as an import, commits. */
const WRITER_PATIENCE_MS = 200

export interface Running {
  /** As `http://127.0.0.1:8000`. */
  readonly address: string
  /**
   * Takes no more connections, finishes what is under way, and closes the store; within ten seconds. For `grace`
   * milliseconds clients that keep a connection are still answered on it.
   */
  stop(grace?: number): Promise<void>
}

export interface Given {
  /** Where the log goes. */
  readonly output?: LogOutput
  /** The descriptor of a socket that listens already, in place of the settings' port and host. */
  readonly socket?: number | undefined
  /** The port by which the demo issuer is reached, where another server stands before this one. */
  readonly issuerPort?: number
}

/** Starts the calendar and resolves once it listens. */
export async function startServer(settings: Settings, log: Log, { output, socket, issuerPort }: Given = {}): Promise<Running> {
  const metrics = openMetrics({ lostLines: output?.lost, version })
  const report = (message: string, facts: object) => log.warn(facts, message)
  const create = !settings.STORE_MUST_EXIST
  const onNew = () => log.warn({ store: settings.STORE }, 'there was no calendar here, so a new one was made')
  const called = calledBy(settings, settings.STORE)
  const served = await about(called, () => openServed({ settings, patience: WRITER_PATIENCE_MS, create, onNew, report }))
  const store = timed(served.store, metrics)
  await assertThere(store, called, log)
  const place = socket === undefined ? { port: settings.PORT, host: settings.HOST } : { fd: socket }
  const tellOfConnection = (err: unknown) => log.error({ err }, 'a connection cannot be taken')
  const admission = admissionControl(settings, log, metrics)
  const server = await openNodeServer(place, admission, tellOfConnection).catch((error: unknown) => {
    throw whyNotListening(error, settings)
  })
  const { port, host } = server
  let accepting = true
  const tellOfFeed = (err: unknown) => log.error({ err }, 'the feed cannot be read')
  const following = store.feed && openFollowing(store.feed, { report: tellOfFeed })
  const handler = handlerOf(settings, store, { log, output, metrics, admission, port: issuerPort ?? port, accepting: () => accepting, following })
  server.serve(handler)
  await handler
  const dispatching = settings.PROJECTS_URL ? startDispatching(store, settings.PROJECTS_URL, settings, log, metrics) : undefined
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  log.info({ address, base: basePath(settings), store: settings.STORE, demo: isDemo(settings) }, 'the calendar is open')
  if (isDemo(settings)) log.warn('DEMO identity: anyone who reaches this server can sign in as anyone; set AUTH_ISSUER for real use')

  return {
    address,
    stop: async (grace) => {
      accepting = false
      served.stopping()
      following?.stop()
      await Promise.all([server.stop(grace), dispatching?.stop()])
      await store.close()
      log.info('the calendar is closed')
    },
  }
}

/** A store that does not answer now may do so later, and until then the server is not ready; one that is not there will not. */
async function assertThere(store: Store, called: string, log: Log): Promise<void> {
  try {
    await store.ping()
  } catch (error) {
    const trouble = troubleOf(error, called)
    if (trouble.code === 'not_there') throw trouble
    log.error({ err: error }, 'the store does not answer')
  }
}

interface Surroundings {
  readonly log: Log
  readonly output: LogOutput | undefined
  readonly metrics: Metrics
  readonly admission: AdmissionControl
  readonly port: number
  readonly accepting: () => boolean
  readonly following: Following | undefined
}

async function handlerOf(settings: Settings, store: Store, { log, output, metrics, admission, port, accepting, following }: Surroundings): Promise<Handler> {
  const demo = isDemo(settings) ? await demoOf(settings, port) : undefined
  const app = appOf(settings, store, {
    log,
    metrics,
    issuer: issuerOf(settings, port),
    demo: demo !== undefined,
    admissionOf: (bindings) => admission.admissionOf((bindings as HttpBindings).incoming),
    newId: numbering(),
    accepting,
    mayReadMetrics: readerOfMetrics(settings.METRICS),
    measure: async () => {
      metrics.measure(admission.levels())
      await measureStore(metrics, store, output?.room)
    },
    assertFits: () => {},
    compresses: true,
    following,
  })
  const answer = listenerOf(app.fetch)
  return (request, response) => (demo && request.url?.startsWith('/demo-identity') ? demo(request, response) : answer(request, response))
}

/** An OpenID provider is large, and nothing of it is loaded where there is a real issuer. */
async function demoOf(settings: Settings, port: number) {
  const { openDemoIdentity } = await import('../demo/provider.ts')
  return openDemoIdentity({
    issuer: issuerOf(settings, port) ?? '',
    audience: settings.AUTH_AUDIENCE,
    clientId: settings.AUTH_CLIENT_ID,
    rolesClaim: settings.AUTH_ROLES_CLAIM,
    key: await demoKey(settings, loadSigningKey),
  })
}

/** Requests are numbered, after a word that differs from start to start. */
function numbering(): () => string {
  const start = randomBytes(4).toString('hex')
  let count = 0
  return () => `${start}-${(count += 1)}`
}

function readerOfMetrics(setting: Settings['METRICS']): (bindings: unknown) => boolean {
  if (setting !== 'loopback') return () => setting === 'on'
  return (bindings) => isFromBeside((bindings as HttpBindings).incoming)
}

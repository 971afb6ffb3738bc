import type { Context, StreamifyHandler } from 'aws-lambda'
import { Failure } from '../domain/failure.ts'
import { HOUR } from '../domain/interval.ts'
import {
  gatewayResponseOf,
  type ResponseStream,
  assertFitsLambda,
  assertFitsStreamed,
  type GatewayResponse,
  type GatewayEvent,
  requestOf,
  streamResponse,
} from '../http/adapters/api-gateway.ts'
import type { Admission } from '../http/admission/admission.ts'
import type { HttpRequest, HttpResponse } from '../http/exchange.ts'
import { problemOf, problemResponse } from '../http/problem.ts'
import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import { openMetrics } from '../ops/metrics.ts'
import { settingsWarnings, isDemo, readSettings, type Settings, SettingsError } from '../ops/settings.ts'
import { type DeliveryOutcome, DELIVERY_OUTCOMES, type OutboxWorker } from '../background/outbox-worker.ts'
import type { Claim, Store } from '../store/port.ts'
import { appOf } from './app.ts'
import { destinationsOf, outboxWorkersOf } from './outbox.ts'
import { openDynamo } from './dynamo.ts'
import { basePath, now, tableOf, version } from './wiring.ts'

/** The longest that a round of deliveries may take: a webhook takes 15 s. None begins if the function has less time left. */
const MAX_ROUND_MS = 25_000
/** After this many failing rounds, the rest waits for the next invocation. */
const MAX_FAILING_ROUNDS = 3

const output = logOutput({ buffered: false })
const log = openLog('info', output)

/** Opens the calendar once for each container. Errors are thrown for each request, which is then answered: thrown now, the gateway would answer by itself. */
const openOnce = attempt(() => open(settingsOf(process.env)))

/** Lambda handler of an HTTP API, and of a REST API without streaming. */
export const api = async (event: GatewayEvent): Promise<GatewayResponse> => {
  const { response, request } = await respond(event, assertFitsLambda)
  return gatewayResponseOf(response, request?.id)
}

/** Lambda handler of a REST API with response streaming, whose answers may be larger. */
export const stream = streamify(async (event: GatewayEvent, out: ResponseStream) => {
  const { response, request } = await respond(event, assertFitsStreamed)
  await streamResponse(response, request?.id, request?.header('accept-encoding'), out)
})

async function respond(
  event: GatewayEvent,
  assertFits: Admission['reserveResponse'],
): Promise<{ response: HttpResponse; request?: HttpRequest }> {
  try {
    const { app, base } = openOnce()
    const request = requestOf(event, base, assertFits)
    return { response: await app(request), request }
  } catch (error) {
    const problem = problemOf(error)
    if (problem.status === 500) log.error({ err: error }, 'request failed')
    return { response: problemResponse(problem) }
  }
}

/**
 * Marks a handler as streaming. Without Lambda's runtime, as in a benchmark, it stays as it is; the AWS SDK then makes an
 * `awslambda` of its own.
 */
function streamify<Handler extends StreamifyHandler<GatewayEvent>>(handler: Handler): Handler {
  const runtime = (globalThis as { awslambda?: Partial<typeof awslambda> }).awslambda
  return (runtime?.streamifyResponse?.(handler) as Handler | undefined) ?? handler
}

/** Lambda handler of the schedule: delivers due messages of the outbox, as many as there is time for. @returns their number by outcome */
export async function deliver(
  _: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Record<DeliveryOutcome, number>> {
  const { store, settings, destinations } = openOnce()
  const counts = Object.fromEntries(DELIVERY_OUTCOMES.map((outcome) => [outcome, 0])) as Record<DeliveryOutcome, number>
  let lapsed = 0
  const count = (outcome: DeliveryOutcome, claim: Claim) => {
    counts[outcome] += 1
    if (claim.lapsed) lapsed += 1
  }
  const workers = outboxWorkersOf(destinations, store, { log, count })
  if (workers.length === 0) return counts
  const isShort = () => context.getRemainingTimeInMillis() <= MAX_ROUND_MS
  await Promise.all(workers.map((worker) => drainFor(worker, isShort)))
  const { depth, oldest } = await wholeBacklog(store, settings)
  const age = now() - oldest
  // Alarms are computed from this line, so it must be logged even at level `warn` if something is wrong.
  const level = counts.refused > 0 || counts.given_up > 0 || age > HOUR ? 'warn' : 'info'
  log[level]({ ...counts, lapsed, depth, oldest_seconds: age }, 'outbox processed')
  return counts
}

async function drainFor(worker: OutboxWorker, isShort: () => boolean): Promise<void> {
  for (let failures = 0; failures < MAX_FAILING_ROUNDS && (await worker.drain(isShort)) === 'failing' && !isShort();)
    failures += 1
}

/** The messages to the projects service and to all receivers. */
async function wholeBacklog({ outbox }: Store, { WEBHOOKS }: Settings) {
  const backlogs = await Promise.all([undefined, ...WEBHOOKS.keys()].map((receiver) => outbox.backlog(receiver)))
  return {
    depth: backlogs.reduce((sum, { depth }) => sum + depth, 0),
    oldest: Math.min(...backlogs.map(({ oldest = now() }) => oldest)),
  }
}

function open(settings: Settings) {
  log.level = settings.LOG_LEVEL
  for (const warning of settingsWarnings(process.env)) log.warn(warning)
  const store = openDynamo(settings, settings.STORE, {
    report: (message, details) => log.warn(details, message),
  })
  const app = appOf(settings, store, {
    log,
    metrics: openMetrics({ lostLines: output.lostLines, version }),
    issuer: settings.AUTH_ISSUER,
    demo: false,
    accepting: () => true,
    mayReadMetrics: () => false,
    measure: () => {},
    // The gateway compresses whole answers; streamed ones are compressed while they are sent.
    compress: false,
    // A function is paid for as long as it streams: clients ask again and again instead.
    changeStream: undefined,
  })
  return { settings, store, app, base: basePath(settings), destinations: destinationsOf(store, settings) }
}

/** @throws SettingsError with all problems, including those for Lambda only */
function settingsOf(environment: typeof process.env): Settings {
  const problems: string[] = []
  // Without an issuer there would be a demo issuer, which a function cannot run.
  if (isDemo(environment)) problems.push('AUTH_ISSUER or AUTH_PUBLIC_KEY must be set on Lambda')
  if (tableOf(environment['STORE'] ?? '') === undefined) problems.push('STORE must be dynamodb:TABLE on Lambda')
  try {
    const settings = readSettings(environment)
    if (problems.length === 0) return settings
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    problems.push(...error.problems)
  }
  throw new SettingsError(problems)
}

/** Calls `work` once. @returns gives its result, or throws Failure `unavailable` each time if it failed, which is logged once */
function attempt<T>(work: () => T): () => T {
  try {
    const result = work()
    return () => result
  } catch (error) {
    if (error instanceof SettingsError) log.fatal({ problems: error.problems }, 'invalid settings')
    else log.fatal({ err: error }, 'cannot open the calendar')
    return () => {
      throw new Failure('unavailable', 'The calendar is not set up; its log says what is wrong.')
    }
  }
}

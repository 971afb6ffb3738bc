import type { Context, StreamifyHandler } from 'aws-lambda'
import { Failure } from '../domain/failure.ts'
import { HOUR } from '../domain/interval.ts'
import { admissionOf, answerOf, type AnswerStream, assertFitsLambda, assertFitsStreamed, type GatewayAnswer, type GatewayEvent, requestOf, streamAnswer } from '../http/adapters/api-gateway.ts'
import { problemOf, problemResponse } from '../http/problem.ts'
import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import { openMetrics } from '../ops/metrics.ts'
import { settingsWarnings, isDemo, readSettings, type Settings, SettingsError } from '../ops/settings.ts'
import { type DeliveryOutcome, DELIVERY_OUTCOMES } from '../background/outbox-worker.ts'
import { appOf } from './app.ts'
import { outboxWorkerOf } from './outbox.ts'
import { openDynamo } from './dynamo.ts'
import { basePath, now, tableOf, version } from './wiring.ts'

/** No round of messages is begun later than this before the function is cut off: what it asks for may take as long. */
const MAX_ROUND_MS = 15_000
/** After so many times that all failed the rest is left to the next minute. */
const MAX_FAILURES = 3

const output = logOutput({ gathered: false })
const log = openLog('info', output)

/** Once for each container. What is wrong is kept: thrown now, the gateway would tell callers something of its own. */
const openOnce = attempt(() => open(settingsOf(process.env)))

/** Answers one request that a gateway took, at once: for an HTTP API, and for a REST API that does not stream. */
export const api = async (event: GatewayEvent): Promise<GatewayAnswer> => answerOf((await respond(event)).response)

/** The requests whose answers are streamed, and so may be larger. */
const streamed = new WeakSet<object>()

/** Answers one request of a REST API that streams. */
export const stream = streamify(async (event: GatewayEvent, out: AnswerStream) => {
  streamed.add(event)
  const { response, request } = await respond(event)
  await streamAnswer(response, request?.headers.get('accept-encoding') ?? null, out)
})

async function respond(event: GatewayEvent): Promise<{ response: Response; request?: Request }> {
  try {
    const { app, base } = openOnce()
    const request = requestOf(event, base)
    return { response: await app.fetch(request, event), request }
  } catch (error) {
    const problem = problemOf(error)
    if (problem.status === 500) log.error({ err: error }, 'request failed')
    return { response: problemResponse(problem) }
  }
}

/** The runtime marks what streams; elsewhere, as where the bundle is measured, there is none. */
function streamify<Handler extends StreamifyHandler<GatewayEvent>>(handler: Handler): Handler {
  const runtime = (globalThis as { awslambda?: typeof awslambda }).awslambda
  return (runtime?.streamifyResponse(handler) as Handler | undefined) ?? handler
}

/** Tells the projects service all that is due, or as much as there is time for; what fails waits for another time. */
export async function deliver(_: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<Record<DeliveryOutcome, number>> {
  const { store, settings } = openOnce()
  const delivered = Object.fromEntries(DELIVERY_OUTCOMES.map((outcome) => [outcome, 0])) as Record<DeliveryOutcome, number>
  if (settings.PROJECTS_URL === undefined) return delivered
  let lapsed = 0
  const worker = outboxWorkerOf(store, settings.PROJECTS_URL, settings, log, (outcome, claim) => {
    delivered[outcome] += 1
    if (claim.lapsed) lapsed += 1
  })
  const short = () => context.getRemainingTimeInMillis() <= MAX_ROUND_MS
  for (let failures = 0; failures < MAX_FAILURES && (await worker.drain(short)) === 'failing' && !short(); ) failures += 1
  const { depth, oldest = now() } = await store.outbox.backlog()
  const age = now() - oldest
  // Alarms go by this line, so that where little is logged it is there at least when there is something to tell.
  const level = delivered.refused > 0 || delivered.given_up > 0 || age > HOUR ? 'warn' : 'info'
  log[level]({ ...delivered, lapsed, waiting: depth, oldest_seconds: age }, 'outbox processed')
  return delivered
}

function open(settings: Settings) {
  log.level = settings.LOG_LEVEL
  for (const warning of settingsWarnings(process.env)) log.warn(warning)
  const store = openDynamo(settings, settings.STORE, (message, details) => log.warn(details, message))
  const app = appOf(settings, store, {
    log,
    metrics: openMetrics({ lostLines: output.lostLines, version }),
    issuer: settings.AUTH_ISSUER,
    demo: false,
    admissionOf: (event) => admissionOf(event as GatewayEvent),
    newId: (event) => (event as GatewayEvent).requestContext.requestId,
    accepting: () => true,
    mayReadMetrics: () => false,
    measure: () => {},
    assertFits: (list, event) => (streamed.has(event as object) ? assertFitsStreamed : assertFitsLambda)(list),
    // Whole answers are text, which the gateway can be told to compress; streamed ones are compressed on their way out.
    compress: false,
    // The store has no feed.
    changeStream: undefined,
  })
  return { settings, store, app, base: basePath(settings) }
}

/** @throws SettingsError naming all that is wrong, for a function too */
function settingsOf(environment: typeof process.env): Settings {
  const problems: string[] = []
  // With loopback as its address there would be a demo issuer, which a function cannot run.
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

/** What `make` makes, or, each time it is asked for, that it could not be made; why is in the log. */
function attempt<T>(make: () => T): () => T {
  try {
    const created = make()
    return () => created
  } catch (error) {
    if (error instanceof SettingsError) log.fatal({ problems: error.problems }, 'the settings are wrong')
    else log.fatal({ err: error }, 'the calendar cannot be opened')
    return () => {
      throw new Failure('unavailable', 'The calendar is not set up; its log says what is wrong.')
    }
  }
}

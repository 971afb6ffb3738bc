import type { Context } from 'aws-lambda'
import { Failure } from '../domain/failure.ts'
import { addressOf, answerOf, assertFitsLambda, type GatewayAnswer, type GatewayEvent, requestOf } from '../http/gateway.ts'
import { problemOf, problemResponse } from '../http/problem.ts'
import { openLog } from '../ops/log.ts'
import { logOutput } from '../ops/log-output.ts'
import { openMetrics } from '../ops/metrics.ts'
import { doubtsAbout, isDemo, readSettings, type Settings, SettingsError } from '../ops/settings.ts'
import type { Delivery } from '../service/tell-projects.ts'
import { appOf } from './app.ts'
import { openDynamo } from './dynamo.ts'
import { roundsOf } from './postman.ts'
import { basePath, now, tableOf } from './wiring.ts'

/** A round of letters is not begun later than this before the function is cut off: what it asks for may take as long. */
const LONGEST_ROUND_MS = 10_000

const output = logOutput({ gathered: false })
const log = openLog('info', output)

/** Once for each container. What is wrong is kept: thrown now, the gateway would tell callers something of its own. */
const opened = attempt(() => open(settingsOf(process.env)))

/** Answers one request that a gateway took. */
export async function api(event: GatewayEvent): Promise<GatewayAnswer> {
  try {
    const { app, base } = opened()
    return await answerOf(await app.fetch(requestOf(event, base), event))
  } catch (error) {
    const problem = problemOf(error)
    if (problem.status === 500) log.error({ err: error }, 'request failed')
    return answerOf(problemResponse(problem))
  }
}

/** Tells the projects service all that is due, or as much as there is time for; what fails waits for another time. */
export async function deliver(_: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<Record<Delivery, number>> {
  const { store, settings } = opened()
  const told = { delivered: 0, refused: 0, postponed: 0 }
  if (settings.PROJECTS_URL === undefined) return told
  const round = roundsOf(store, settings.PROJECTS_URL, log, (outcome) => { told[outcome] += 1 })
  // By one clock throughout, so that what is put off now is not due again before the end.
  const began = now()
  const tried = () => told.delivered + told.refused + told.postponed
  let before: number
  do {
    before = tried()
    await round(began)
  } while (tried() > before && context.getRemainingTimeInMillis() > LONGEST_ROUND_MS)
  log.info(told, 'the outbox was gone through')
  return told
}

function open(settings: Settings) {
  log.level = settings.LOG_LEVEL
  for (const doubt of doubtsAbout(process.env)) log.warn(doubt)
  const store = openDynamo(settings, settings.STORE, (message, facts) => log.warn(facts, message))
  const app = appOf(settings, store, {
    log,
    metrics: openMetrics(output.lost),
    issuer: settings.AUTH_ISSUER,
    demo: false,
    addressOf: (_, event) => addressOf(event as GatewayEvent),
    newId: (event) => (event as GatewayEvent).requestContext.requestId,
    accepting: () => true,
    mayReadMetrics: () => false,
    assertFits: assertFitsLambda,
    // The gateway takes text; it can be told to compress.
    compresses: false,
    // The store has no feed, and a function does not answer on and on.
    following: undefined,
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
    const made = make()
    return () => made
  } catch (error) {
    if (error instanceof SettingsError) log.fatal({ problems: error.problems }, 'the settings are wrong')
    else log.fatal({ err: error }, 'the calendar cannot be opened')
    return () => {
      throw new Failure('unavailable', 'The calendar is not set up; its log says what is wrong.')
    }
  }
}

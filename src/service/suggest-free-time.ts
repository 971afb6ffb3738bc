import { bookableTime } from '../domain/availability.ts'
import { Conflict, type FreeTime } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { MAX_INSTANT, MIN_INSTANT, type Interval, durationOf } from '../domain/interval.ts'
import { RulesBroken } from '../domain/objection.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation } from '../domain/reservation.ts'
import { withTimeout, yieldToEventLoop } from '../concurrency.ts'
import { MAX_NIGHT, searchedSpan, stepsToFreeDark } from '../sky/free-time.ts'
import type { Outline } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { isBound } from './rules.ts'
import { siteRulesOf } from './site-rules.ts'
import { mergeInChunks, takenTime } from './taken-time.ts'

/** Nights to search before and after the night of the proposed reservation. */
export const NIGHTS = 14
const TIMEOUT_MS = 2000

/**
 * Adds the nearest free dark time to a {@link Conflict} that `change` throws, if it is found within 2 s.
 * @throws Conflict, RulesBroken, or any other error of `change`
 */
export async function suggestFreeTime<T>(context: ServiceContext, actor: Actor, change: Promise<T>): Promise<T> {
  try {
    return await change
  } catch (error) {
    if (error instanceof Conflict) throw await withFreeTime(error, actor, context)
    if (!(error instanceof RulesBroken) || !error.conflict) throw error
    const conflict = await withFreeTime(error.conflict, actor, context)
    throw new RulesBroken(error.reservation, error.broken, { conflict, overridable: error.overridable })
  }
}

async function withFreeTime({ proposed, conflicting, hasMore }: Conflict, actor: Actor, context: ServiceContext) {
  return new Conflict(proposed, conflicting, {
    hasMore,
    free: await nearestFreeTime(proposed, isBound(actor), context),
  })
}

/**
 * The nearest free dark time; undefined if it is not known or not found within 2 s.
 * @param keepsRules whether it has to be within the horizon and the notice of the rules
 */
export async function nearestFreeTime(
  proposed: Reservation,
  keepsRules: boolean,
  context: ServiceContext,
): Promise<FreeTime | undefined> {
  let isLate = false
  const timedOut = () => {
    isLate = true
    return new Failure('busy', 'Finding free time took too long.')
  }
  try {
    return await withTimeout(
      findFreeTime(proposed, { isLate: () => isLate, keepsRules }, context),
      TIMEOUT_MS,
      timedOut,
    )
  } catch (error) {
    // Report the conflict without free time: retrying would not resolve it.
    if (error instanceof Failure) return undefined
    throw error
  }
}

async function findFreeTime(
  proposed: Reservation,
  { isLate, keepsRules }: { isLate: () => boolean; keepsRules: boolean },
  context: ServiceContext,
): Promise<FreeTime | undefined> {
  const site = context.sites.get(proposed.site)
  if (!site) return undefined
  const length = durationOf(proposed)
  if (length > MAX_NIGHT) return {}
  const counts = ({ id }: Outline) => id !== proposed.id
  const offered = offeredTime(proposed, keepsRules, context)
  if (!offered) return {}
  const span = searchedSpan(site, proposed, NIGHTS)
  const taken = await takenTime(site.code, span, context, { shortest: length, counts, isLate })
  if (!taken) return undefined
  const beyond = { start: offered.end, end: Infinity }
  const steps = stepsToFreeDark({
    site,
    wanted: proposed,
    taken: await mergeInChunks([...taken.closed, ...taken.reserved, beyond], length),
    length,
    earliest: offered.start,
    nights: NIGHTS,
  })
  for (;;) {
    const { done, value } = steps.next()
    if (done || isLate()) return value ?? undefined
    await yieldToEventLoop()
  }
}

/** Past time only if past time was asked for; else what horizon and notice allow. Undefined if they allow none. */
function offeredTime(proposed: Reservation, keepsRules: boolean, context: ServiceContext): Interval | undefined {
  const now = context.now()
  if (proposed.end <= now) return { start: MIN_INSTANT, end: MAX_INSTANT }
  const { horizon, notice } = siteRulesOf(proposed.site, context).inForce
  const rules = keepsRules && proposed.kind !== 'maintenance' ? { horizon, notice } : {}
  return bookableTime(rules, durationOf(proposed), now)
}

import { ANYONE, isTrusted, viewerOf } from '../domain/access.ts'
import { Conflict, type FreeTime } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { MIN_INSTANT, type Interval, mergeIntervals, durationOf } from '../domain/interval.ts'
import { RulesBroken } from '../domain/objection.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation } from '../domain/reservation.ts'
import { withTimeout, yieldToEventLoop, sortedInTurns } from '../concurrency.ts'
import { MAX_NIGHT, searchedSpan, stepsToFreeDark } from '../sky/free-time.ts'
import type { ServiceContext } from './context.ts'
import { outlineWindow } from './site-query.ts'

/** Nights to search before and after the night of the proposed reservation. */
export const NIGHTS = 14
const TIMEOUT_MS = 2000

/**
 * Adds the nearest free dark time to a {@link Conflict} that `change` throws, if it is found within 2 s, and whom it is shown to:
 * admins and services see the names unmasked.
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
  const viewer = isTrusted(actor) ? viewerOf(actor) : ANYONE
  return new Conflict(proposed, conflicting, { hasMore, viewer, free: await nearestFreeTime(proposed, context) })
}

/** The nearest free dark time; undefined if it is not known or not found within 2 s. */
export async function nearestFreeTime(proposed: Reservation, context: ServiceContext): Promise<FreeTime | undefined> {
  let isLate = false
  const timedOut = () => {
    isLate = true
    return new Failure('busy', 'Finding free time took too long.')
  }
  try {
    return await withTimeout(
      findFreeTime(proposed, context, () => isLate),
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
  context: ServiceContext,
  isLate: () => boolean,
): Promise<FreeTime | undefined> {
  const site = context.sites.get(proposed.site)
  if (!site) return undefined
  const length = durationOf(proposed)
  if (length > MAX_NIGHT) return {}
  const taken = await takenTime(proposed, searchedSpan(site, proposed, NIGHTS), context, isLate)
  if (!taken) return undefined
  // Offer past time only if past time was asked for.
  const earliest = proposed.end > context.now() ? context.now() : MIN_INSTANT
  const steps = stepsToFreeDark({ site, wanted: proposed, taken, length, earliest, nights: NIGHTS })
  for (;;) {
    const { done, value } = steps.next()
    if (done || isLate()) return value ?? undefined
    await yieldToEventLoop()
  }
}

/** The reserved time at the site of a proposed reservation, sorted. Sorting it again for each night is then fast. */
async function takenTime(
  { id, site }: Reservation,
  during: Interval,
  context: ServiceContext,
  isLate: () => boolean,
): Promise<Interval[] | undefined> {
  const merged: Interval[] = []
  for await (const chunk of context.store.outlines(outlineWindow(site, during, context))) {
    if (isLate()) return undefined
    const others = await sortedInTurns(
      chunk.filter((outline) => outline.id !== id),
      byStart,
    )
    for (const interval of mergeIntervals(others)) merged.push(interval)
  }
  return sortedInTurns(merged, byStart)
}

const byStart = (a: Interval, b: Interval) => a.start - b.start

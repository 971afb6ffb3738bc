import { Conflict, type FreeTime } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { MIN_INSTANT, type Interval, mergeIntervals, durationOf } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import { withTimeout, yieldToEventLoop, sortedInTurns } from '../concurrency.ts'
import { MAX_NIGHT, searchedSpan, stepsToFreeDark } from '../sky/free-time.ts'
import type { ServiceContext } from './context.ts'

/** How far to look for other time, in nights each way. */
const NIGHTS = 14
/** How long that may take, in milliseconds. */
const TIMEOUT_MS = 2000

/** Tells whoever is refused for a conflict where the nearest free dark time is; where that cannot be said, that it is refused. */
export async function suggestFreeTime<T>(context: ServiceContext, change: Promise<T>): Promise<T> {
  try {
    return await change
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    throw new Conflict(error.proposed, error.conflicting, { hasMore: error.hasMore, free: await freeTimeSoon(error.proposed, context) })
  }
}

async function freeTimeSoon(proposed: Reservation, context: ServiceContext): Promise<FreeTime | undefined> {
  let isLate = false
  const timedOut = () => {
    isLate = true
    return new Failure('busy', 'Other time is not found soon enough.')
  }
  try {
    return await withTimeout(findFreeTime(proposed, context, () => isLate), TIMEOUT_MS, timedOut)
  } catch (error) {
    // The time is taken all the same, and trying again would not change that.
    if (error instanceof Failure) return undefined
    throw error
  }
}

async function findFreeTime(proposed: Reservation, context: ServiceContext, isLate: () => boolean): Promise<FreeTime | undefined> {
  const site = context.sites.get(proposed.site)
  if (!site) return undefined
  const length = durationOf(proposed)
  if (length > MAX_NIGHT) return {}
  const apart: Interval[] = []
  for await (const chunk of context.store.outlines({ site: proposed.site, during: searchedSpan(site, proposed, NIGHTS) })) {
    if (isLate()) return undefined
    const others = await sortedInTurns(chunk.filter(({ id }) => id !== proposed.id), byStart)
    for (const one of mergeIntervals(others)) apart.push(one)
  }
  // What is in order already is quickly put in order again, night by night.
  const taken = await sortedInTurns(apart, byStart)
  // Time gone by is of no use to anyone, unless it is what was asked for.
  const earliest = proposed.end > context.now() ? context.now() : MIN_INSTANT
  const steps = stepsToFreeDark({ site, wanted: proposed, taken, length, earliest, nights: NIGHTS })
  for (;;) {
    const { done, value } = steps.next()
    if (done || isLate()) return value ?? undefined
    await yieldToEventLoop()
  }
}

const byStart = (a: Interval, b: Interval) => a.start - b.start

import type { FreeTime } from '../domain/conflict.ts'
import {
  HOUR,
  type Instant,
  type Interval,
  durationOf,
  intersectIntervals,
  mergeIntervals,
  overlapping,
  subtractIntervals,
} from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { darkness } from './sun.ts'
import { nextNight, nightAt, nightInterval, previousNight } from './zone.ts'

/** The length of the longest night in seconds: one in which the clocks go back. */
export const MAX_NIGHT = 25 * HOUR

/** A search for free dark time near a wanted time. */
export interface FreeTimeSearch {
  readonly site: Site
  readonly wanted: Interval
  /** Reserved intervals, in any order; they may overlap. Must include all within {@link searchedSpan}. */
  readonly taken: readonly Interval[]
  /** The minimal length of a result, in seconds. */
  readonly length: number
  /** No result starts before this. */
  readonly earliest: Instant
  /** Nights to search before and after the night in which the wanted time starts. */
  readonly nights: number
}

/**
 * The free dark intervals nearest to the wanted time: the last that starts before the wanted start, and the first that
 * starts at it or later. Each is a maximal part of one night's astronomical darkness, from `earliest` on, that overlaps
 * nothing taken. A side without a result is undefined.
 *
 * If something taken overlaps the wanted time, the results lie on either side of it. If the wanted time is free itself,
 * `before` may contain it.
 *
 * @throws RangeError if the site's time zone is unknown
 */
export function nearestFreeDark(search: FreeTimeSearch): FreeTime {
  const steps = stepsToFreeDark({ ...search, taken: mergeIntervals(search.taken) })
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/**
 * {@link nearestFreeDark} in steps of one night, so that the caller can yield to the event loop: a step may take 2 ms. What is
 * taken must be sorted and disjoint.
 */
export function* stepsToFreeDark(search: FreeTimeSearch): Generator<void, FreeTime, void> {
  const { site, wanted, earliest, nights } = search
  const home = nightAt(site, wanted.start)
  const isBefore = (free: Interval): boolean => free.start < wanted.start
  const isAfter = (free: Interval): boolean => !isBefore(free)
  // If no result may start before the wanted start, the earlier nights need no search.
  const earlier = earliest < wanted.start ? outward(home, previousNight, nights) : []
  const before = yield* first(earlier, (night) => freeDark(night, search).findLast(isBefore))
  const after = yield* first(outward(home, nextNight, nights), (night) => freeDark(night, search).find(isAfter))
  return { ...(before && { before }), ...(after && { after }) }
}

/** The interval of all nights that {@link nearestFreeDark} may search. */
export function searchedSpan(site: Site, wanted: Interval, nights: number): Interval {
  const home = nightAt(site, wanted.start)
  const earliest = [...outward(home, previousNight, nights)].at(-1) ?? home
  const latest = [...outward(home, nextNight, nights)].at(-1) ?? home
  return { start: nightInterval(earliest).start, end: nightInterval(latest).end }
}

function freeDark(night: Night, { taken, length, earliest }: FreeTimeSearch): Interval[] {
  const { start, end } = nightInterval(night)
  const isUseful = (free: Interval) => free.start < free.end && durationOf(free) >= length
  // Darkness is the most expensive to compute, so skip it for nights without a useful gap.
  const whole = { start: Math.max(start, earliest), end }
  const gaps = subtractIntervals(whole, overlapping(taken, whole)).filter(isUseful)
  return gaps.length > 0 ? intersectIntervals(gaps, darkness(night)).filter(isUseful) : []
}

/** `home` and the `nights` nights after it in the direction of `step`. */
function* outward(home: Night, step: (night: Night) => Night, nights: number): Generator<Night, void> {
  yield home
  for (let night = home, left = nights; left > 0; left--) yield (night = step(night))
}

/** The first defined result of `find`, yielding after each night. */
function* first<T>(
  nights: Iterable<Night>,
  find: (night: Night) => T | undefined,
): Generator<void, T | undefined, void> {
  for (const night of nights) {
    const found = find(night)
    if (found) return found
    yield
  }
  return undefined
}

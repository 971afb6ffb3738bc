import type { FreeTime } from '../domain/conflict.ts'
import { HOUR, type Instant, type Interval, durationOf, overlaps, subtractIntervals } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { darkness } from './sun.ts'
import { nextNight, nightAt, nightInterval, previousNight } from './zone.ts'

/** No night is longer, in seconds, not even one in which the clocks go back. */
export const MAX_NIGHT = 25 * HOUR

/** What is sought: free dark time near the wanted time. */
export interface FreeTimeSearch {
  readonly site: Site
  readonly wanted: Interval
  /** What is not free, in any order; overlaps and other times do no harm. Must hold all of {@link searchedSpan}. */
  readonly taken: readonly Interval[]
  /** The least length that is of use, seconds. */
  readonly length: number
  /** Nothing before it is offered. */
  readonly earliest: Instant
  /** How many nights to search before, and after, the one in which the wanted time starts. */
  readonly nights: number
}

/**
 * The free dark intervals nearest to the wanted time: the last long enough that starts before the wanted start, and
 * the first long enough that starts at it or later. Each is as long as it can be: a part of one night's
 * astronomical darkness, from `earliest` on, that nothing taken touches. A side without any is left out.
 *
 * When something taken is in the way of the wanted time, the two lie on either side of it. Where the wanted time is
 * free itself, `before` may hold it.
 *
 * @throws RangeError when the site's time zone is unknown.
 */
export function nearestFreeDark(search: FreeTimeSearch): FreeTime {
  const steps = stepsToFreeDark(search)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same in steps, a night in each: some may take a millisecond or two. */
export function* stepsToFreeDark(search: FreeTimeSearch): Generator<void, FreeTime, void> {
  const { site, wanted, earliest, nights } = search
  const home = nightAt(site, wanted.start)
  const isBefore = (free: Interval): boolean => free.start < wanted.start
  const isAfter = (free: Interval): boolean => !isBefore(free)
  // Where nothing may begin before the wanted start, there is no need to work out the nights before.
  const earlier = earliest < wanted.start ? outward(home, previousNight, nights) : []
  const before = yield* first(earlier, (night) => freeDark(night, search).findLast(isBefore))
  const after = yield* first(outward(home, nextNight, nights), (night) => freeDark(night, search).find(isAfter))
  return { ...(before && { before }), ...(after && { after }) }
}

/** The time whose reservations {@link nearestFreeDark} has to know: all of the nights it may search. */
export function searchedSpan(site: Site, wanted: Interval, nights: number): Interval {
  const home = nightAt(site, wanted.start)
  const earliest = [...outward(home, previousNight, nights)].at(-1) ?? home
  const latest = [...outward(home, nextNight, nights)].at(-1) ?? home
  return { start: nightInterval(earliest).start, end: nightInterval(latest).end }
}

function freeDark(night: Night, { taken, length, earliest }: FreeTimeSearch): Interval[] {
  const { start, end } = nightInterval(night)
  const isUseful = (free: Interval) => free.start < free.end && durationOf(free) >= length
  // Darkness takes longest to work out: not for a night that is too short or too full, dark or not.
  const gaps = freeOf({ start: Math.max(start, earliest), end }, taken).filter(isUseful)
  return gaps.length > 0 ? darkness(night).flatMap((dark) => gaps.map((gap) => common(gap, dark))).filter(isUseful) : []
}

const freeOf = (whole: Interval, taken: readonly Interval[]): Interval[] =>
  subtractIntervals(whole, taken.filter((one) => overlaps(one, whole)))

/** What two have in common; it ends before it starts where that is nothing. */
const common = (a: Interval, b: Interval): Interval => ({ start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) })

/** `home`, and then `nights` nights beyond it. */
function* outward(home: Night, step: (night: Night) => Night, nights: number): Generator<Night, void> {
  yield home
  for (let night = home, left = nights; left > 0; left--) yield (night = step(night))
}

/** What is found in the first of the nights that has any. */
function* first<T>(nights: Iterable<Night>, find: (night: Night) => T | undefined): Generator<void, T | undefined, void> {
  for (const night of nights) {
    const found = find(night)
    if (found) return found
    yield
  }
  return undefined
}

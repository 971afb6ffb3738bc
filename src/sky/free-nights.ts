import type { Reason } from '../domain/availability.ts'
import { type Interval, durationOf, intersectIntervals, overlapping } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { DarknessRule } from '../domain/rules.ts'
import { type Constraints, observability } from './observability.ts'
import { darkTime } from './sun.ts'
import { nightInterval } from './zone.ts'

/** What is asked of the nights of one site. */
export interface FreeTimeQuery {
  readonly during: Interval
  /** The least length of a result, in seconds. */
  readonly length: number
  /** Where a reservation of this length may lie by the rules; undefined if nowhere. */
  readonly bookable: Interval | undefined
  /** The darkness that the rules require. */
  readonly requiredDarkness: DarknessRule | undefined
  /** The time without closures, and the time without other reservations: sorted and disjoint. */
  readonly open: readonly Interval[]
  readonly untaken: readonly Interval[]
}

/** The free time of a night; without any, the reason, unless too little of the night was asked for. */
export interface FreeTimeOfNight {
  readonly free: readonly Interval[]
  readonly reason: Reason | undefined
}

/**
 * The parts of a night that are long enough, meet the constraints and are free: maximal, sorted and disjoint. If there is none,
 * the reason is the first that leaves too little, in this order: darkness, the target, the Moon, the rules, closures, other
 * reservations.
 */
export function freeTimeOf(night: Night, constraints: Constraints, query: FreeTimeQuery): FreeTimeOfNight {
  const isLong = (one: Interval) => durationOf(one) >= query.length
  const asked = intersectIntervals([nightInterval(night)], [query.during])
  let left: Interval[] = asked
  for (const [reason, time] of stagesOf(night, constraints, query)) {
    left = intersectIntervals(left, time)
    if (!left.some(isLong))
      return { free: [], reason: reason === 'not_dark' && !holdsNight(query.during, night) ? undefined : reason }
  }
  return { free: left.filter(isLong), reason: undefined }
}

/** The time that each reason leaves. */
function stagesOf(
  night: Night,
  constraints: Constraints,
  { bookable, requiredDarkness, open, untaken }: FreeTimeQuery,
): (readonly [Reason, readonly Interval[]])[] {
  const whole = nightInterval(night)
  return [
    ...observability(night, constraints).map(({ obstacle, left }) => [obstacle, left] as const),
    ['rules', intersectIntervals(bookable ? [bookable] : [], darkTime(night, requiredDarkness ?? 'none'))],
    ['closed', overlapping(open, whole)],
    ['taken', overlapping(untaken, whole)],
  ]
}

/** Whether an interval holds all of a night: a part of it may be bright alone. */
export function holdsNight({ start, end }: Interval, night: Night): boolean {
  const whole = nightInterval(night)
  return start <= whole.start && whole.end <= end
}

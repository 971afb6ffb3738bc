import type { Instant, Interval } from '../domain/interval.ts'

/** A quantity that changes with time, and how fast it can. */
export interface BoundedQuantity {
  readonly at: (instant: Instant) => number
  /** The most by which it changes in a second. */
  readonly maxRate: number
}

/** The shortest step of the search, in seconds. */
const SHORTEST = 4

/**
 * The parts of `during` in which a quantity is at least `limit`: sorted and disjoint, in whole seconds, each edge rounded
 * inward by at most four.
 *
 * A value `d` away from the limit takes at least `d / maxRate` seconds to reach it, so the search steps over them without a
 * look in between: it misses nothing but what begins and ends within four seconds.
 */
export function intervalsAtLeast(limit: number, quantity: BoundedQuantity, during: Interval): Interval[] {
  const found: Interval[] = []
  let start: Instant | undefined
  let before = during.start
  for (const { at, isMet } of samples(limit, quantity, during)) {
    if (isMet) start ??= at
    else if (start !== undefined) {
      if (start < before) found.push({ start, end: before })
      start = undefined
    }
    before = at
  }
  if (start !== undefined && start < during.end) found.push({ start, end: during.end })
  return found
}

/** Whether the limit is met at instants of `during`, its start and its end included, close to each other near the limit. */
function* samples(limit: number, { at: valueAt, maxRate }: BoundedQuantity, { start, end }: Interval) {
  for (let at = start; ;) {
    const margin = valueAt(at) - limit
    yield { at, isMet: margin >= 0 }
    if (at >= end) return
    at = Math.min(end, at + Math.max(SHORTEST, Math.floor(Math.abs(margin) / maxRate)))
  }
}

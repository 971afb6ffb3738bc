import { firstIndex } from './first-index.ts'

/** Whole seconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time). */
export type Instant = number

/** The half-open interval `[start, end)`: back-to-back reservations do not overlap. `start < end`. */
export interface Interval {
  readonly start: Instant
  readonly end: Instant
}

/** Durations in seconds. */
export const MINUTE = 60
export const HOUR = 3600
export const DAY = 86_400

/** The first instant that the calendar can hold: the start of the year 0000. */
export const MIN_INSTANT: Instant = -62_167_219_200
/** The end of the instants that the calendar can hold: the start of the year 10000. */
export const MAX_INSTANT: Instant = 253_402_300_800

/** Whether two intervals share any time. */
export const overlaps = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end

/** The length of an interval in seconds. */
export const durationOf = (interval: Interval): number => interval.end - interval.start

/** The interval of one second that starts at an instant. */
export const secondAt = (at: Instant): Interval => ({ start: at, end: at + 1 })

/** The union of intervals and of the gaps between them that are shorter than `gap`, as disjoint intervals sorted by time. */
export function mergeIntervals(intervals: readonly Interval[], gap = 0): Interval[] {
  const merged: { start: Instant; end: Instant }[] = []
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    if (last && (start <= last.end || start < last.end + gap)) last.end = Math.max(last.end, end)
    else merged.push({ start, end })
  }
  return merged
}

/** The parts of `whole` that no interval of `parts` covers, sorted by time. */
export function subtractIntervals(whole: Interval, parts: readonly Interval[]): Interval[] {
  const left: Interval[] = []
  let from = whole.start
  for (const part of parts.toSorted((a, b) => a.start - b.start)) {
    if (part.start >= whole.end) break
    if (part.start > from) left.push({ start: from, end: part.start })
    from = Math.max(from, part.end)
  }
  if (from < whole.end) left.push({ start: from, end: whole.end })
  return left
}

/** The times that are in an interval of both lists. Both must be sorted and disjoint, and so is the result. */
export function intersectIntervals(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const common: Interval[] = []
  for (let [i, j] = [0, 0]; i < a.length && j < b.length;) {
    const [one, other] = [a[i] as Interval, b[j] as Interval]
    const both = { start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) }
    if (both.start < both.end) common.push(both)
    if (one.end < other.end) i += 1
    else j += 1
  }
  return common
}

/** Those of sorted, disjoint intervals that overlap `during`, found without a look at the others. */
export function overlapping<T extends Interval>(sorted: readonly T[], during: Interval): T[] {
  const from = firstIndex(sorted.length, (n) => (sorted[n] as T).end > during.start)
  return sorted.slice(
    from,
    firstIndex(sorted.length, (n) => (sorted[n] as T).start >= during.end),
  )
}

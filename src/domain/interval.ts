/** Whole seconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time). */
export type Instant = number

/** Half-open `[start, end)`, so that back-to-back reservations never touch. `start < end`. */
export interface Interval {
  readonly start: Instant
  readonly end: Instant
}

export const MINUTE = 60
export const HOUR = 3600
export const DAY = 86_400

/** Before and after every instant the calendar can hold (years 0000 to 9999). */
export const MIN_INSTANT: Instant = -62_167_219_200
export const MAX_INSTANT: Instant = 253_402_300_800

export const overlaps = (a: Interval, b: Interval): boolean => a.start < b.end && b.start < a.end

/** Length in seconds. */
export const durationOf = (interval: Interval): number => interval.end - interval.start

/** The interval of one second that holds an instant. */
export const secondAt = (at: Instant): Interval => ({ start: at, end: at + 1 })

/** What intervals cover together, in order of time: as few as can be. */
export function mergeIntervals(intervals: readonly Interval[]): Interval[] {
  const apart: { start: Instant; end: Instant }[] = []
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else apart.push({ start, end })
  }
  return apart
}

/** What `whole` has and none of `parts` covers, in order of time. */
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

import {
  DAY,
  MAX_INSTANT,
  MIN_INSTANT,
  HOUR,
  type Instant,
  type Interval,
  durationOf,
} from '../../src/domain/interval.ts'
import { formatClock } from '../format/clock.ts'
import { formatCivil } from '../format/date.ts'
import { UTC } from '../own-zone.ts'

/* The axis in UTC that the lanes of all telescopes share: which instants it has, and which is at a position. */

/** How long before the hour of now the axis begins, in seconds. */
const PAST_SECONDS = HOUR

/** The range in which every night can be calculated. */
const FIRST = MIN_INSTANT + 2 * 366 * DAY
const LAST = MAX_INSTANT - 2 * 366 * DAY

/** The interval of the axis: `length` seconds from `from`, or else from the full hour before the last one. */
export function windowAt(from: Instant | undefined, now: Instant, length: number): Interval {
  const start = from === undefined ? now - (now % HOUR) - PAST_SECONDS : Math.min(Math.max(from, FIRST), LAST)
  return { start, end: start + length }
}

/** The instants in a window that are full hours in UTC. */
export function hoursIn({ start, end }: Interval): Instant[] {
  const first = Math.ceil(start / HOUR) * HOUR
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / HOUR)) }, (_, index) => first + index * HOUR)
}

/** The instant at a fraction of a lane's width, cut to the window. */
export const instantAt = (window: Interval, share: number): Instant =>
  window.start + Math.round(Math.min(Math.max(share, 0), 1) * durationOf(window))

/** The label of an hour: `20:00`, or `Sun 15 Mar` at midnight; none for every second hour. */
export function formatHour(at: Instant): string | undefined {
  if (at % DAY === 0) return formatCivil(UTC, at)
  return at % (2 * HOUR) === 0 ? formatClock(UTC, at) : undefined
}

/** `Sat 14 Mar`, and `Sat 14 Mar – Sun 15 Mar` over a midnight: the dates of a window in UTC. */
export function formatDates({ start, end }: Interval): string {
  const [from, to] = [formatCivil(UTC, start, start), formatCivil(UTC, end - 1, start)]
  return from === to ? from : `${from} – ${to}`
}

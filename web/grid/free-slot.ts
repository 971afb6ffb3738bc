import { type Instant, type Interval, MINUTE, subtractIntervals } from '../../src/domain/interval.ts'
import { stepAtOrAfter } from '../editor/steps.ts'

/** The usual length of a new reservation, and the steps on which it starts in the middle of free time, in seconds. */
const LENGTH = 30 * MINUTE
const START_STEP = 15 * MINUTE

/**
 * The times for a new reservation at a point of free time: from the beginning of the free time if that is near, else from
 * the last quarter of an hour, and not longer than the free time. Undefined if the time is taken.
 */
export function slotAt(at: Instant, within: Interval, taken: readonly Interval[]): Interval | undefined {
  const free = subtractIntervals(within, taken).find(({ start, end }) => start <= at && at < end)
  if (!free) return undefined
  const start = at - free.start < LENGTH ? free.start : Math.floor(at / START_STEP) * START_STEP
  const end = Math.min(start + LENGTH, free.end)
  return { start: Math.max(free.start, Math.min(start, end - LENGTH)), end }
}

/** The part of an interval that can still be reserved: from the first step of five minutes after `now` on. */
export const reservablePart = ({ start, end }: Interval, now: Instant): Interval => ({
  start: Math.max(start, stepAtOrAfter(now)),
  end,
})

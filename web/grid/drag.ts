import type { Instant, Interval } from '../../src/domain/interval.ts'
import { STEP, stepAtOrAfter, stepAtOrBefore } from '../editor/steps.ts'

/*
 * What a drag does to an interval of time, on whatever axis it is drawn. The pointer itself is read in pointer-drag.ts.
 */

/** What a drag holds: free time in which an interval is to begin, a whole interval, or one of its ends. */
export type Grip = 'new' | 'move' | 'start' | 'end'

/** A drag as it begins. */
export interface Grab {
  readonly grip: Grip
  /** The interval that is dragged; for `new`, the time within which it may lie. */
  readonly during: Interval
  /** The instant under the pointer. */
  readonly at: Instant
}

/**
 * The interval that a drag makes when the pointer is at `at`. Its dragged ends are on steps of five minutes, unless they
 * are where they were; it is a step long at least.
 */
export function draggedTo({ grip, during, at: from }: Grab, at: Instant): Interval {
  const { start, end } = during
  if (grip === 'new') return drawn(during, from, at)
  if (grip === 'start') return { start: Math.min(movedBy(start, at - from), lastStepBefore(end)), end }
  if (grip === 'end') return { start, end: Math.max(movedBy(end, at - from), firstStepAfter(start)) }
  const moved = movedBy(start, at - from)
  return { start: moved, end: moved + end - start }
}

/** The steps from one instant to another, both included, within a limit. */
function drawn(limit: Interval, from: Instant, at: Instant): Interval {
  const start = Math.max(stepAtOrBefore(Math.min(from, at)), limit.start)
  const end = Math.min(Math.max(stepAtOrAfter(Math.max(from, at)), start + STEP), limit.end)
  return { start, end }
}

/** An instant moved by some seconds, to the nearest step; where it was if that is nearer than half a step. */
const movedBy = (at: Instant, seconds: number): Instant =>
  Math.abs(seconds) < STEP / 2 ? at : Math.round((at + seconds) / STEP) * STEP

const firstStepAfter = (at: Instant): Instant => stepAtOrAfter(at + 1)
const lastStepBefore = (at: Instant): Instant => stepAtOrBefore(at - 1)

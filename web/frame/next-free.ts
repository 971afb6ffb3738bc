import { durationOf, type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { freeDark } from '../sky/night-sky.ts'

/** Free times begin and end at multiples of this, in seconds. */
const STEP = 5 * MINUTE
/** The shortest free time that is offered, in seconds. */
const SHORTEST = 15 * MINUTE

/** The free dark times of a night from `now` on that are worth a row or a button, in whole steps of five minutes. */
export const offeredTimes = (night: Night, taken: readonly Interval[], now: Instant): Interval[] =>
  freeDark(night, taken, now)
    .map(({ start, end }) => ({ start: Math.ceil(start / STEP) * STEP, end: Math.floor(end / STEP) * STEP }))
    .filter((one) => durationOf(one) >= SHORTEST)

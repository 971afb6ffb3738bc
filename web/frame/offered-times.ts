import { durationOf, type Instant, type Interval } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { onSteps, SHORTEST } from '../editor/steps.ts'
import { freeDark } from '../sky/night-sky.ts'

/** The free times that are worth a row or a button, in whole steps of five minutes. */
export const worthOffering = (free: readonly Interval[]): Interval[] =>
  free.map(onSteps).filter((one) => durationOf(one) >= SHORTEST)

/** The free dark times of a night from `now` on that are {@link worthOffering}. */
export const offeredTimes = (night: Night, taken: readonly Interval[], now: Instant): Interval[] =>
  worthOffering(freeDark(night, taken, now))

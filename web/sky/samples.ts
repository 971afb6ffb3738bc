import { type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'

/** How far apart the sky is drawn, in minutes. */
export const STEP_MINUTES = 8

/** The instants at which an interval is drawn: its start, then one every step, and its end. */
export function samplesOf({ start, end }: Interval, stepMinutes = STEP_MINUTES): Instant[] {
  const step = stepMinutes * MINUTE
  const steps = Math.ceil((end - start) / step)
  return [...Array.from({ length: steps }, (_, n) => start + n * step), end]
}

import { type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'

/** How far apart the sky is drawn, in seconds. */
const STEP = 8 * MINUTE

/** The instants at which an interval is drawn: its start, then one every eight minutes, and its end. */
export function samplesOf({ start, end }: Interval): Instant[] {
  const steps = Math.ceil((end - start) / STEP)
  return [...Array.from({ length: steps }, (_, n) => start + n * STEP), end]
}

import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Shown } from '../grid/shown-reservations.ts'
import { partOf, styleOf } from '../position.ts'

/** What a part of a lane shows. */
export interface LanePartProps {
  readonly site: Site
  /** Index of the lane. */
  readonly line: number
  readonly window: Interval
  readonly now: Instant
  /** What is reserved in the window. */
  readonly here: readonly Shown[]
}

/** The part of the lane that an interval takes, as a style. */
export const placeOf = (window: Interval, during: Interval) => styleOf(partOf(window, during) ?? { left: 0, width: 0 })

import type { Interval } from '../../src/domain/interval.ts'
import type { SiteCode } from '../../src/domain/site.ts'

/** Where a reservation is moved: another time, and perhaps another telescope. */
export interface Destination extends Interval {
  readonly site?: SiteCode
}

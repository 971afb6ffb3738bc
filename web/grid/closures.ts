import { type Interval, mergeIntervals } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site, SiteCode } from '../../src/domain/site.ts'
import { nextNight, nightAt, nightInterval } from '../../src/sky/zone.ts'
import { darkInterval } from '../sky/night-sky.ts'

/*
 * Maintenance that takes all of a night's dark time closes the telescope. It is drawn as a closure, and not as one
 * reservation among others.
 */

/** Whether a reservation is maintenance that takes all dark time of a night. */
export function isClosure(site: Site, { kind, start, end }: Reservation): boolean {
  if (kind !== 'maintenance') return false
  const first = nightAt(site, start)
  // Of several nights, the first and the last can be closed in part; the second is closed if there is a third.
  const second = nextNight(first)
  return [first, second].some((night) => covers({ start, end }, closableTime(night)))
}

/** The enclosure that a reservation at a telescope closes as a whole; undefined if it is of the telescope alone. */
export const closedEnclosure = ({ code }: Site, { site }: Reservation): SiteCode | undefined =>
  site === code ? undefined : site

/** Whether closures leave nothing of a night's dark time. */
export const isClosed = (night: Night, closures: readonly Interval[]): boolean =>
  mergeIntervals(closures).some((closed) => covers(closed, closableTime(night)))

/** The dark time of a night; in the white nights of high latitudes all of it. */
const closableTime = (night: Night): Interval => darkInterval(night) ?? nightInterval(night)

const covers = (outer: Interval, inner: Interval): boolean => outer.start <= inner.start && inner.end <= outer.end

import { SiderealTime } from 'astronomy-engine'
import type { Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { timeOf } from './ephemeris.ts'

/**
 * The local apparent sidereal time at a site, hours, from 0 up to 24: the right ascension that is on the meridian.
 * Greenwich's, nutation included, and an hour more for each 15 degrees to the east. Source: Explanatory Supplement to
 * the Astronomical Almanac, glossary, "sidereal time"; Meeus, Astronomical Algorithms, chapter 12.
 */
export function localSiderealTime(site: Site, at: Instant): number {
  const hours = SiderealTime(timeOf(at)) + site.longitude / 15
  return ((hours % 24) + 24) % 24
}

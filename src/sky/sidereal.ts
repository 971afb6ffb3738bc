import { SiderealTime } from 'astronomy-engine'
import type { Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { timeOf } from './time.ts'

/**
 * The local apparent sidereal time at a site in hours, from 0 up to 24: the right ascension on the meridian. That is
 * Greenwich's, nutation included, plus an hour for each 15 degrees of longitude to the east. Source: Explanatory Supplement to
 * the Astronomical Almanac, glossary, "sidereal time"; Meeus, Astronomical Algorithms, chapter 12.
 */
export function localSiderealTime(site: Site, at: Instant): number {
  const hours = SiderealTime(timeOf(at)) + site.longitude / 15
  return ((hours % 24) + 24) % 24
}

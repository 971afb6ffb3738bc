import { Body, EclipticGeoMoon, Illumination, KM_PER_AU, SearchHourAngle, SunPosition } from 'astronomy-engine'
import { HOUR, type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { observerAt, positionOver } from './ephemeris.ts'
import { memoizeByNight } from './memoize-by-night.ts'
import { type Height, intervalsWhere } from './band-intervals.ts'
import { instantOf, timeOf } from './time.ts'
import { nightInterval } from './zone.ts'

/** The Moon's appearance, the same from everywhere on Earth. */
export interface MoonPhase {
  /** The lit fraction of the Moon's disc, from 0 to 1. */
  readonly illumination: number
  /** How far the Moon is ahead of the Sun, degrees from 0 up to 360: 0 new, 90 first quarter, 180 full, 270 last quarter. */
  readonly phase: number
}

/** One time of the Moon above a site's horizon, from moonrise to moonset. */
export interface MoonPass {
  /** Moonrise; undefined if the Moon has been up for more than a day and a half before. */
  readonly rise: Instant | undefined
  /** When the Moon's centre crosses the meridian, at its highest; undefined if it does not during the pass. */
  readonly transit: Instant | undefined
  /** Moonset; undefined if the Moon stays up for more than a day and a half. */
  readonly set: Instant | undefined
  /** The altitude of the Moon's centre at its transit in degrees, as seen from the site, without refraction. */
  readonly altitude: number | undefined
}

/** The Moon of one night. */
export interface MoonNight extends MoonPhase {
  /** When the Moon is above the horizon, as {@link moonAbove} returns. */
  readonly above: readonly Interval[]
  /** The passes that overlap the night, as {@link moonPasses} returns: one for each interval of `above`. */
  readonly passes: readonly MoonPass[]
}

/** Refraction at the horizon in degrees: 34 minutes of arc. Source: see {@link moonAbove}. */
const REFRACTION = 34 / 60

/** The Moon's radius in km: 0.2725076 of the Earth's at the equator. Source: International Astronomical Union, 1982. */
const RADIUS = 1738.1

/** How far before and after an interval to search for moonrise and moonset, in seconds. */
const SEARCH_SPAN = 36 * HOUR

/**
 * The parts of `during` in which the Moon is above the horizon, sorted and disjoint, from moonrise to moonset as almanacs
 * define them: the upper limb, raised by 34 minutes of arc of refraction, is at the level horizon, as seen from the site
 * with its parallax. Ignores mountains and the height of the site. Whole seconds, rounded inward.
 * Source: U.S. Naval Observatory, "Rise, Set, and Twilight Definitions"; Explanatory Supplement to the Astronomical
 * Almanac, glossary, "moonrise, moonset".
 *
 * Correct at every latitude: where the Moon stays up or down for days, and at the poles.
 */
export function moonAbove(site: Site, during: Interval): Interval[] {
  return intervalsWhere(false, 0, upperLimbAltitude(site), during)
}

/**
 * The Moon's passes over a site that overlap `during`, sorted, one for each interval of {@link moonAbove}. Rise, transit and
 * set may lie up to a day and a half outside of `during`. A long pass with several transits has the one nearest to the
 * middle of that interval.
 */
export function moonPasses(site: Site, during: Interval): MoonPass[] {
  return passesOf(site, during, moonAbove(site, during))
}

/**
 * The Moon's illumination and phase, as seen from the Earth's centre. The phase is the difference of the apparent
 * ecliptic longitudes of Moon and Sun, by which almanacs define the quarters. Source: Meeus, Astronomical Algorithms,
 * chapters 48 and 49.
 */
export function moonAt(at: Instant): MoonPhase {
  const time = timeOf(at)
  // The MoonPhase of astronomy-engine ignores the Sun's aberration, and so is 40 seconds late.
  const ahead = EclipticGeoMoon(time).lon - SunPosition(time).elon
  return { illumination: Illumination(Body.Moon, time).phase_fraction, phase: ((ahead % 360) + 360) % 360 }
}

/**
 * The Moon of a night: its phase at the middle of the night, and its passes. Cached: returns the same object for the same
 * night.
 *
 * @throws RangeError if there is no such night, see {@link nightInterval}
 */
export const moonNight: (night: Night) => MoonNight = memoizeByNight((night) => {
  const interval = nightInterval(night)
  const above = moonAbove(night.site, interval)
  const passes = passesOf(night.site, interval, above)
  return Object.freeze({ ...moonAt(midpoint(interval)), above: Object.freeze(above), passes: Object.freeze(passes) })
})

/**
 * The altitude of the Moon's upper limb over a site in degrees, refraction at the horizon included. It turns about every
 * twelve hours. Two turns within an hour occur only within about a degree of a pole, where the altitude changes by a few
 * arc seconds in between.
 */
function upperLimbAltitude(site: Site): Height {
  const position = positionOver(site, Body.Moon)
  return (at) => {
    const { altitude, distance } = position(at)
    return altitude + (Math.asin(RADIUS / (distance * KM_PER_AU)) * 180) / Math.PI + REFRACTION
  }
}

function passesOf(site: Site, during: Interval, above: readonly Interval[]): MoonPass[] {
  return above.map((part) => {
    const rise = part.start > during.start ? part.start : riseBefore(site, part.start)
    const set = part.end < during.end ? part.end : setAfter(site, part.end)
    return { rise, ...transitBetween(rise ?? -Infinity, set ?? Infinity, site, midpoint(part)), set }
  })
}

/** The last moonrise before an instant at which the Moon is up. */
function riseBefore(site: Site, at: Instant): Instant | undefined {
  const before = { start: at - SEARCH_SPAN, end: at }
  const up = moonAbove(site, before).at(-1)
  if (up?.end !== before.end) return at
  return up.start > before.start ? up.start : undefined
}

/** The next moonset after an instant at which the Moon is up. */
function setAfter(site: Site, at: Instant): Instant | undefined {
  const after = { start: at, end: at + SEARCH_SPAN }
  const [up] = moonAbove(site, after)
  if (up?.start !== after.start) return at
  return up.end < after.end ? up.end : undefined
}

/** The transit between moonrise and moonset that is nearest to an instant. The poles have no meridian, and so no transit. */
function transitBetween(
  rise: Instant,
  set: Instant,
  site: Site,
  near: Instant,
): Pick<MoonPass, 'transit' | 'altitude'> {
  if (Math.abs(site.latitude) === 90) return { transit: undefined, altitude: undefined }
  const [transit] = [-1, 1]
    .map((direction) => instantOf(SearchHourAngle(Body.Moon, observerAt(site), 0, timeOf(near), direction).time))
    .filter((at) => rise <= at && at <= set)
    .toSorted((a, b) => Math.abs(a - near) - Math.abs(b - near))
  return { transit, altitude: transit === undefined ? undefined : positionOver(site, Body.Moon)(transit).altitude }
}

const midpoint = ({ start, end }: Interval): Instant => Math.floor((start + end) / 2)

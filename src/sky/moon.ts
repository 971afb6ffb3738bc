import { Body, EclipticGeoMoon, Illumination, KM_PER_AU, SearchHourAngle, SunPosition } from 'astronomy-engine'
import { HOUR, type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { instantOf, observerAt, positionOver, timeOf } from './ephemeris.ts'
import { memoizeByNight } from './remembered.ts'
import { type Height, intervalsWhere } from './band-intervals.ts'
import { nightInterval } from './zone.ts'

/** How the Moon looks, from anywhere on Earth. */
export interface MoonPhase {
  /** The lit fraction of the disc, from 0 to 1. */
  readonly illumination: number
  /** How far the Moon is ahead of the Sun, degrees from 0 up to 360: 0 new, 90 first quarter, 180 full, 270 last quarter. */
  readonly phase: number
}

/** One time of the Moon above a site's horizon. */
export interface MoonPass {
  /** Undefined where the Moon has been up for more than a day and a half before. */
  readonly rise: Instant | undefined
  /** When the Moon's centre crosses the meridian, at its highest. Undefined where it does not while it is up. */
  readonly transit: Instant | undefined
  /** Undefined where the Moon stays up for more than a day and a half. */
  readonly set: Instant | undefined
  /** Of the Moon's centre at its transit, degrees, as seen from the site, without refraction. Undefined as the transit is. */
  readonly altitude: number | undefined
}

/** The Moon of one night. */
export interface MoonNight extends MoonPhase {
  /** When it is above the horizon, as {@link moonAbove} says. */
  readonly above: readonly Interval[]
  /** The passes that lie in the night, or touch it, as {@link moonPasses} says: one for each of `above`. */
  readonly passes: readonly MoonPass[]
}

/** Degrees by which the air lifts what is seen at the horizon: 34 minutes of arc. Source: see {@link moonAbove}. */
const REFRACTION = 34 / 60

/** The Moon's radius, km: 0.2725076 of the Earth's at the equator. Source: International Astronomical Union, 1982. */
const RADIUS = 1738.1

/** How far beyond a time its moonrise and moonset are looked for. */
const BEYOND = 36 * HOUR

/**
 * The parts of `during` in which the Moon is above the horizon, in order and apart, from moonrise to moonset as
 * almanacs define them: the upper limb, lifted by 34 minutes of arc of refraction, is at the level horizon, as seen from
 * the site with its parallax. Mountains, and the view from one, are left out of it. Whole seconds, rounded inward.
 * Source: U.S. Naval Observatory, "Rise, Set, and Twilight Definitions"; Explanatory Supplement to the Astronomical
 * Almanac, glossary, "moonrise, moonset".
 *
 * Right wherever a site is: where the Moon stays up or down for days, and at the poles.
 */
export function moonAbove(site: Site, during: Interval): Interval[] {
  return intervalsWhere(false, 0, upperLimbAltitude(site), during)
}

/**
 * The Moon's passes over a site that lie in `during` or reach into it, in order, one for each part that
 * {@link moonAbove} gives. Rise, transit and set may lie outside of it, by up to a day and a half. Of several transits
 * in one long pass, the one nearest to the middle of that part.
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
  // astronomy-engine's own MoonPhase leaves out the Sun's aberration, and so is 40 seconds late.
  const ahead = EclipticGeoMoon(time).lon - SunPosition(time).elon
  return { illumination: Illumination(Body.Moon, time).phase_fraction, phase: ((ahead % 360) + 360) % 360 }
}

/**
 * The Moon of a night: its look at the middle of it, and its passes. The same object each time, for as long as it is
 * remembered.
 *
 * @throws RangeError when there is no such night, as `nightInterval` does.
 */
export const moonNight: (night: Night) => MoonNight = memoizeByNight((night) => {
  const whole = nightInterval(night)
  const above = moonAbove(night.site, whole)
  const passes = passesOf(night.site, whole, above)
  return Object.freeze({ ...moonAt(midpoint(whole)), above: Object.freeze(above), passes: Object.freeze(passes) })
})

/**
 * The altitude of the Moon's upper limb over a site, degrees, refraction at the horizon included. It turns every
 * twelve hours or so; a turn and its return within the hour are found only within about a degree of a pole, and there
 * the altitude changes by a few arc seconds meanwhile.
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

/** When the Moon, which is up, rose: at the latest at this very second. */
function riseBefore(site: Site, at: Instant): Instant | undefined {
  const before = { start: at - BEYOND, end: at }
  const up = moonAbove(site, before).at(-1)
  if (up?.end !== before.end) return at
  return up.start > before.start ? up.start : undefined
}

/** When the Moon, which is up, will set: at the earliest at this very second. */
function setAfter(site: Site, at: Instant): Instant | undefined {
  const after = { start: at, end: at + BEYOND }
  const [up] = moonAbove(site, after)
  if (up?.start !== after.start) return at
  return up.end < after.end ? up.end : undefined
}

/** The transit between moonrise and moonset that is nearest to an instant between them. A pole has no meridian. */
function transitBetween(rise: Instant, set: Instant, site: Site, near: Instant): Pick<MoonPass, 'transit' | 'altitude'> {
  if (Math.abs(site.latitude) === 90) return { transit: undefined, altitude: undefined }
  const [transit] = [-1, 1]
    .map((direction) => instantOf(SearchHourAngle(Body.Moon, observerAt(site), 0, timeOf(near), direction).time))
    .filter((at) => rise <= at && at <= set)
    .toSorted((a, b) => Math.abs(a - near) - Math.abs(b - near))
  return { transit, altitude: transit === undefined ? undefined : positionOver(site, Body.Moon)(transit).altitude }
}

const midpoint = ({ start, end }: Interval): Instant => Math.floor((start + end) / 2)

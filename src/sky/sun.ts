import { Body } from 'astronomy-engine'
import { type Interval, mergeIntervals } from '../domain/interval.ts'
import type { Darkness, Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { positionOver } from './ephemeris.ts'
import { memoizeByNight } from './memoize-by-night.ts'
import { type Height, intervalsWhere, bandIntervals } from './band-intervals.ts'
import { nightInterval } from './zone.ts'

/*
 * The altitudes of the Sun's centre at which each twilight ends in the evening, in degrees, geometric: without
 * refraction. Source: U.S. Naval Observatory, "Rise, Set, and Twilight Definitions"; Explanatory
 * Supplement to the Astronomical Almanac, glossary, "twilight".
 */

/** End of astronomical twilight, degrees. Below it the Sun does not brighten the sky: the dark that faint objects need. */
export const ASTRONOMICAL = -18

/** End of nautical twilight, degrees. Below it the horizon at sea is invisible. */
export const NAUTICAL = -12

/** End of civil twilight, degrees. Below it one needs a lamp outdoors, and the brightest stars are visible. */
export const CIVIL = -6

/**
 * Sunset, degrees: below it the Sun's upper limb is invisible, after 34 minutes of arc of refraction at the horizon and 16
 * of the Sun's radius. Source: the same.
 */
export const SUNSET = -50 / 60

/** The brightness of the sky: day, the three twilights, dark. */
export type Light = 'day' | 'civil' | 'nautical' | 'astronomical' | 'dark'

/** An interval of one {@link Light}. */
export interface Band extends Interval {
  readonly light: Light
}

/**
 * The parts of `during` in which the Sun's centre is below `altitude` (degrees), sorted and disjoint. The altitude is
 * geometric, as twilight is defined: without refraction, as seen from the site. Whole seconds, rounded inward by less than
 * two seconds at either end.
 *
 * Correct at every latitude: where the Sun never sets or never rises, where it only touches `altitude`, and at the poles.
 * Takes about half a millisecond for each day of `during`.
 */
export function sunBelow(site: Site, altitude: number, during: Interval): Interval[] {
  return intervalsWhere(true, altitude, sunOver(site), during)
}

/**
 * A night split by light into sorted, adjacent bands that cover all of it: usually from day through the twilights to dark
 * and back, at high latitudes as few as one. A band begins with the first whole second of its light. Cached: returns the
 * same array for the same night.
 *
 * @throws RangeError if there is no such night, see {@link nightInterval}
 */
export const twilight = (night: Night): readonly Band[] => lightsOf(night).bands

/**
 * The parts of a night after the end of one twilight in the evening and before its begin in the morning, sorted: while the
 * Sun is below {@link CIVIL}, {@link NAUTICAL} or {@link ASTRONOMICAL}; usually one interval, none in the white nights of high
 * latitudes, the whole night in polar night. Bands of {@link twilight}, rounded inward as by {@link sunBelow}. Cached: returns
 * the same array for the same night.
 *
 * @throws RangeError if there is no such night, see {@link nightInterval}
 */
export const darkTime = (night: Night, darkness: Darkness): readonly Interval[] => lightsOf(night).dark[darkness]

/** The astronomical darkness of a night: {@link darkTime}. */
export const darkness = (night: Night): readonly Interval[] => darkTime(night, 'astronomical')

/** Indexed by the number of limits that are at or below the Sun's altitude. */
const LIGHTS: readonly Light[] = ['dark', 'astronomical', 'nautical', 'civil', 'day']
const LIMITS = [ASTRONOMICAL, NAUTICAL, CIVIL, SUNSET]

const lightsOf = memoizeByNight((night) => {
  const interval = nightInterval(night)
  const bands: Band[] = bandIntervals(interval, sunOver(night.site), LIMITS).map(({ start, end, band }) => ({
    start,
    end,
    light: LIGHTS[band] as Light,
  }))
  const dark = {
    none: Object.freeze([interval]),
    civil: timeOfLights(['dark', 'astronomical', 'nautical'], bands, interval),
    nautical: timeOfLights(['dark', 'astronomical'], bands, interval),
    astronomical: timeOfLights(['dark'], bands, interval),
  }
  return { bands: Object.freeze(bands), dark }
})

/** The time of several bands, each end before the night's rounded inward. */
const timeOfLights = (lights: readonly Light[], bands: readonly Band[], night: Interval): readonly Interval[] =>
  Object.freeze(
    mergeIntervals(bands.filter(({ light }) => lights.includes(light)))
      .map(({ start, end }) => ({ start, end: end < night.end ? end - 1 : end }))
      .filter(({ start, end }) => start < end),
  )

/**
 * The Sun's altitude over a site in degrees, geometric. It turns about every twelve hours. Two turns within an hour occur
 * only within a tenth of a degree of a pole, where the altitude changes by less than an arc second in between.
 */
export function sunOver(site: Site): Height {
  const position = positionOver(site, Body.Sun)
  return (at) => position(at).altitude
}

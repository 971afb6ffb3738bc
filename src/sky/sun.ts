import { Body } from 'astronomy-engine'
import type { Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { positionOver } from './ephemeris.ts'
import { memoizeByNight } from './remembered.ts'
import { type Height, intervalsWhere, bandIntervals } from './band-intervals.ts'
import { nightInterval } from './zone.ts'

/*
 * The altitudes, in degrees, of the Sun's centre at which each twilight passes into the next darker one, geometric:
 * without refraction. Source: U.S. Naval Observatory, "Rise, Set, and Twilight Definitions"; Explanatory
 * Supplement to the Astronomical Almanac, glossary, "twilight".
 */

/** Below it (degrees) the Sun adds nothing to the sky's brightness: the dark that faint objects need. */
export const ASTRONOMICAL = -18

/** Below it (degrees) the sea's horizon is no longer seen. */
export const NAUTICAL = -12

/** Below it (degrees) one needs a lamp outdoors, and the brightest stars are out. */
export const CIVIL = -6

/**
 * Below it (degrees) the Sun has set: 34 minutes of arc of refraction at the horizon, and the 16 of the Sun's radius,
 * keep its upper limb in sight until then. Source: the same.
 */
export const SUNSET = -50 / 60

/** How light the sky is: by day, in the three twilights, in the dark. */
export type Light = 'day' | 'civil' | 'nautical' | 'astronomical' | 'dark'

/** A time of one light. */
export interface Band extends Interval {
  readonly light: Light
}

/**
 * The parts of `during` in which the Sun's centre is below `altitude` (degrees), in order and apart. The altitude is
 * geometric, as twilight is defined: without refraction, as seen from the site. Whole seconds, rounded inward: at
 * every instant from `start` to `end` the Sun is below, and less than two seconds are lost at either end.
 *
 * Right wherever a site is: where the Sun never sets or never rises, where it only touches `altitude`, and at the
 * poles. Costs about half a millisecond for each day of `during`.
 */
export function sunBelow(site: Site, altitude: number, during: Interval): Interval[] {
  return intervalsWhere(true, altitude, sunOver(site), during)
}

/**
 * A night cut into its lights, in order, touching, covering it all: usually from day through the twilights to dark and
 * back, at high latitudes as few as one. A band begins with the first whole second of its light. The same array each
 * time, for as long as it is remembered.
 *
 * @throws RangeError when there is no such night, as `nightInterval` does.
 */
export const twilight = (night: Night): readonly Band[] => lightsOf(night).bands

/**
 * The astronomical darkness of a night, in order: usually one interval, none in the white nights of high latitudes,
 * the whole night in the polar ones. The dark bands of {@link twilight}, rounded inward as {@link sunBelow} does.
 * The same array each time, for as long as it is remembered.
 *
 * @throws RangeError when there is no such night, as `nightInterval` does.
 */
export const darkness = (night: Night): readonly Interval[] => lightsOf(night).dark

/** The lights by how many of the limits the Sun is above. */
const LIGHTS: readonly Light[] = ['dark', 'astronomical', 'nautical', 'civil', 'day']
const LIMITS = [ASTRONOMICAL, NAUTICAL, CIVIL, SUNSET]

const lightsOf = memoizeByNight((night) => {
  const whole = nightInterval(night)
  const bands: Band[] = bandIntervals(whole, sunOver(night.site), LIMITS)
    .map(({ start, end, band }) => ({ start, end, light: LIGHTS[band] as Light }))
  const dark: Interval[] = bands
    .filter(({ light }) => light === 'dark')
    .map(({ start, end }) => ({ start, end: end < whole.end ? end - 1 : end }))
    .filter(({ start, end }) => start < end)
  return { bands: Object.freeze(bands), dark: Object.freeze(dark) }
})

/**
 * The Sun's altitude over a site, degrees, geometric. It turns every twelve hours or so; a turn and its return within
 * the hour are found only within a tenth of a degree of a pole, and there the altitude changes by less than an arc
 * second meanwhile.
 */
function sunOver(site: Site): Height {
  const position = positionOver(site, Body.Sun)
  return (at) => position(at).altitude
}

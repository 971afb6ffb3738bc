import { Body } from 'astronomy-engine'
import { HOUR, type Instant, type Interval, mergeIntervals, subtractIntervals } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { type BoundedQuantity, intervalsAtLeast } from './bounded-search.ts'
import { topocentric } from './ephemeris.ts'
import { geocentric } from './geocentric.ts'
import { memoizeByNight } from './memoize-by-night.ts'
import { moonAbove } from './moon.ts'
import { FASTEST } from './moving-track.ts'
import type { Track } from './target.ts'
import { type Vector, angleBetween, cos } from './vector.ts'
import { nightInterval } from './zone.ts'

/** A function for the angle between a target and the Moon as seen from a site, degrees between their centres. */
export function moonSeparation(site: Site, track: Track): (at: Instant) => number {
  const moonAt = topocentric(site, Body.Moon)
  return (at) => angleBetween(moonAt(at), track.directionAt(at))
}

const [moonOf, sunOf] = [geocentric(Body.Moon), geocentric(Body.Sun)]

/**
 * The lit fraction of the Moon's disc, from 0 to 1, as seen from the Earth's centre: (1 + cos i) / 2, with the angle i at the
 * Moon between Sun and Earth. Source: Meeus, Astronomical Algorithms, chapter 48.
 */
export function moonIllumination(at: Instant): number {
  const [moon, sun] = [moonOf(at), sunOf(at)]
  const toEarth = moon.map((part) => -part) as unknown as Vector
  const toSun = sun.map((part, axis) => part - (moon[axis] as number)) as unknown as Vector
  return (1 + cos(angleBetween(toEarth, toSun))) / 2
}

/**
 * The parts of a night in which the Moon is at least `degrees` from a target, or below the horizon: sorted and disjoint, each
 * edge rounded inward by at most four seconds. Misses nothing longer than those: see {@link intervalsAtLeast}.
 */
export function moonAway(degrees: number, track: Track, night: Night): Interval[] {
  // Both may move, but only one of them can be the Moon.
  return whereHarmless(degrees, { at: moonSeparation(night.site, track), maxRate: 1.1 * FASTEST }, night)
}

/** The parts of a night in which the Moon's illumination is at most `fraction`, or it is below the horizon: as {@link moonAway}. */
export function moonDim(fraction: number, night: Night): Interval[] {
  // Near a full Moon the search would step slowly along a limit that is never passed.
  if (fraction >= 1) return [nightInterval(night)]
  // The angle i turns by at most 0.7 degrees an hour, and sin i / 2 is at most a half.
  return whereHarmless(-fraction, { at: (at) => -moonIllumination(at), maxRate: 0.0062 / HOUR }, night)
}

/** When the Moon is above the horizon in a night, as {@link moonAbove} returns. Cached. */
export const moonUp = memoizeByNight((night): readonly Interval[] =>
  Object.freeze(moonAbove(night.site, nightInterval(night))),
)

function whereHarmless(limit: number, quantity: BoundedQuantity, night: Night): Interval[] {
  const up = moonUp(night)
  const down = subtractIntervals(nightInterval(night), up)
  return mergeIntervals([...down, ...up.flatMap((part) => intervalsAtLeast(limit, quantity, part))])
}

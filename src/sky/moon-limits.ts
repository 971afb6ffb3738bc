import { Body } from 'astronomy-engine'
import { HOUR, type Instant, type Interval, mergeIntervals, subtractIntervals } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { type BoundedQuantity, intervalsAtLeast } from './bounded-search.ts'
import { topocentric } from './ephemeris.ts'
import { interpolated } from './interpolated.ts'
import { memoizeByNight } from './memoize-by-night.ts'
import { moonAbove, moonAt } from './moon.ts'
import { FASTEST } from './moving-track.ts'
import type { Track } from './target.ts'
import { angleBetween } from './vector.ts'
import { nightInterval } from './zone.ts'

/** A function for the angle between a target and the Moon as seen from a site, degrees between their centres. */
export function moonSeparation(site: Site, track: Track): (at: Instant) => number {
  const vectorAt = topocentric(site, Body.Moon)
  return (at) => angleBetween(vectorAt(at), track.directionAt(at))
}

/** The lit fraction of the Moon's disc, from 0 to 1: that of {@link moonAt} to a millionth, interpolated. */
export const moonIllumination = (at: Instant): number => illumination(at)[0]

const illumination = interpolated((at): [number] => [moonAt(at).illumination])

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

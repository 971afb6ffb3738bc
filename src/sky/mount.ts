import { type Interval, intersectIntervals, subtractIntervals } from '../domain/interval.ts'
import type { MountLimits } from '../domain/site.ts'
import { hourAngleBetween } from './hour-angle.ts'
import type { Track } from './target.ts'

/** Seconds by which a track rounds a pass inward, at most: so much of the blind spot it may leave out. */
const ROUNDING = 4

/** Degrees in an hour of hour angle. */
const HOUR_ANGLE = 15

/**
 * The parts of an interval in which a target is at or above an altitude (degrees) and within the limits of a mount: sorted and
 * disjoint, whole seconds.
 */
export function withinMount(limits: MountLimits, altitude: number, track: Track, during: Interval): Interval[] {
  const above = track.above(Math.max(altitude, limits.horizon ?? 0), during)
  return intersectIntervals(outsideBlindSpot(limits, above, track, during), hourAngles(limits, track, during))
}

function outsideBlindSpot({ zenithBlindSpot = 0 }: MountLimits, above: Interval[], track: Track, during: Interval) {
  if (zenithBlindSpot === 0) return above
  const blind = track
    .above(90 - zenithBlindSpot, during)
    .map(({ start, end }) => ({ start: start - ROUNDING, end: end + ROUNDING }))
  return above.flatMap((part) => subtractIntervals(part, blind))
}

const hourAngles = ({ haLimitNeg = -12, haLimitPos = 12 }: MountLimits, track: Track, during: Interval): Interval[] =>
  hourAngleBetween(haLimitNeg * HOUR_ANGLE, haLimitPos * HOUR_ANGLE, track, during)

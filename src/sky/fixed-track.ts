import { type Instant, type Interval, intersectIntervals } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { greenwichSiderealTime, ofDate } from './geocentric.ts'
import { STAR_RATE, whenHourAngleIs } from './hour-angle.ts'
import type { FixedTarget, Track } from './target.ts'
import { acos, asin, coordinatesOf, cos, directionTo, halfCircle, sin } from './vector.ts'

/**
 * The track of what stands still, by closed forms. Precession and nutation are those of the day of `about`, right to 0.2 arc
 * seconds within a day of it. Leaves out aberration (20 arc seconds at most) and proper motion.
 */
export function fixedTrack(site: Site, { ra, dec }: FixedTarget, about: Instant): Track {
  const direction = ofDate(directionTo(ra, dec), about)
  const place = coordinatesOf(direction)
  const [mean, swing] = [sin(site.latitude) * sin(place.dec), cos(site.latitude) * cos(place.dec)]
  const hourAngleAt = (at: Instant): number => halfCircle(greenwichSiderealTime(at) + site.longitude - place.ra)
  const altitudeAt = (at: Instant): number => asin(mean + swing * cos(hourAngleAt(at)))
  const track: Track = {
    directionAt: () => direction,
    altitudeAt,
    hourAngleAt,
    above: (limit, during) => aroundTransits(semiArc(site.latitude, place.dec, limit), track, during),
  }
  return track
}

/**
 * The hour angle in degrees at which a declination sinks below an altitude: 0 if it never reaches that, 180 if it never sinks
 * below. cos H = (sin h - sin φ sin δ) / (cos φ cos δ). Source: Meeus, Astronomical Algorithms, chapter 15.
 */
function semiArc(latitude: number, declination: number, altitude: number): number {
  const lacking = sin(altitude) - sin(latitude) * sin(declination)
  const swing = cos(latitude) * cos(declination)
  // At a pole, or for a target there, the altitude stands still, and there is nothing to divide by.
  if (lacking > swing) return 0
  return lacking <= -swing ? 180 : acos(lacking / swing)
}

/** The times within an hour angle of a transit. */
function aroundTransits(hourAngle: number, track: Track, during: Interval): Interval[] {
  if (hourAngle === 0) return []
  if (hourAngle === 180) return [during]
  const seconds = hourAngle / STAR_RATE
  const transits = whenHourAngleIs(0, track, { start: during.start - seconds, end: during.end + seconds })
  const around = transits.map((at) => ({ start: Math.ceil(at - seconds), end: Math.floor(at + seconds) }))
  return intersectIntervals(around, [during])
}

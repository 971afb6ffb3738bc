import { HOUR, type Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { intervalsAtLeast } from './bounded-search.ts'
import { positionOver, topocentric } from './ephemeris.ts'
import { greenwichSiderealTime } from './geocentric.ts'
import type { MovingTarget, Track } from './target.ts'
import { coordinatesOf, cos, halfCircle } from './vector.ts'

/** The fastest of what moves, as seen from a place on Earth, in degrees a second: the Moon, its parallax included. */
export const FASTEST = 1 / HOUR

/** The Earth's turn, in degrees a second. */
const TURN = 15.05 / HOUR

/**
 * The track of a body of the solar system as seen from a site: apparent place, with its parallax, as astronomy-engine computes
 * it (to a minute of arc), right to 0.01 arc seconds of that.
 */
export function movingTrack(site: Site, { body }: MovingTarget): Track {
  const position = positionOver(site, body)
  const directionAt = topocentric(site, body)
  const altitudeAt = (at: Instant): number => position(at).altitude
  const maxRate = TURN * cos(site.latitude) + FASTEST
  return {
    directionAt,
    altitudeAt,
    hourAngleAt: (at) => halfCircle(greenwichSiderealTime(at) + site.longitude - coordinatesOf(directionAt(at)).ra),
    above: (limit, during) => intervalsAtLeast(limit, { at: altitudeAt, maxRate }, during),
  }
}

import { DAY, type Instant, type Interval, intersectIntervals, mergeIntervals } from '../domain/interval.ts'
import type { Track } from './target.ts'
import { halfCircle } from './vector.ts'

/** Sidereal seconds in a second. Sources: the Astronomical Almanac, section B; Meeus, Astronomical Algorithms, chapter 12. */
export const SIDEREAL_RATE = 1.002_737_909_35

/** Degrees by which the hour angle of a star grows in a second. */
export const STAR_RATE: number = (360 / DAY) * SIDEREAL_RATE

/** The longest time between two transits, of the Moon: 25 hours and some. */
const LONGEST_DAY = 1.1 * DAY

/**
 * When a target has an hour angle (degrees, 0 at transit), in an interval, its ends included: not rounded. Exact for what
 * stands still. What moves is iterated until it is right to a tenth of a second: a step leaves a tenth of the error at most,
 * since no body's hour angle grows slower than a star's by more than that.
 */
export function whenHourAngleIs(degrees: number, track: Track, during: Interval): Instant[] {
  const found: Instant[] = []
  // From the last one before `during`, or the first within.
  let at = solve(degrees, track, during.start)
  while (at > during.start) at = solve(degrees, track, at - 360 / STAR_RATE)
  for (; at <= during.end; at = solve(degrees, track, at + 360 / STAR_RATE)) if (at >= during.start) found.push(at)
  return found
}

/** The parts of an interval in which an hour angle is between two limits, degrees: `from` in [-180, 0], `to` in [0, 180]. */
export function hourAngleBetween(from: number, to: number, track: Track, during: Interval): Interval[] {
  if (to - from >= 360) return [during]
  const around = { start: during.start - LONGEST_DAY, end: during.end + LONGEST_DAY }
  const ends = whenHourAngleIs(to, track, around)
  const between = whenHourAngleIs(from, track, around).map((start) => ({
    start: Math.ceil(start),
    end: Math.floor(ends.find((end) => end >= start) ?? around.end),
  }))
  return intersectIntervals(mergeIntervals(between), [during])
}

/** The instant nearest to a first guess at which the hour angle is as wanted. */
function solve(degrees: number, { hourAngleAt }: Track, guess: Instant): number {
  let at: number = guess
  for (let step = 0; step < 8; step++) {
    const seconds = halfCircle(degrees - hourAngleAt(at)) / STAR_RATE
    at += seconds
    if (Math.abs(seconds) < 0.01) break
  }
  return at
}

import { Body } from 'astronomy-engine'
import { type Instant, type Interval, durationOf } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import { airmassAt } from './airmass.ts'
import { positionOver } from './ephemeris.ts'
import { whenHourAngleIs } from './hour-angle.ts'
import { moonIllumination, moonSeparation } from './moon-limits.ts'
import type { Track } from './target.ts'
import { cos, sin } from './vector.ts'

/** How good a part of a night is to observe a target in it, or anything. */
export interface Quality {
  /** The best part of the wanted length: as near to the target's highest as it can be; without a target, the middle. */
  readonly best: Interval
  /** The mean airmass of the target in it; undefined without a target. */
  readonly airmass: number | undefined
  /** The airmass at both ends of the interval, and the least; undefined without a target. */
  readonly airmasses: { readonly start: number; readonly end: number; readonly least: number } | undefined
  /** The Moon in the middle of the best part. */
  readonly moon: MoonInSky
  /** Lower is better: see {@link scoreOf}. */
  readonly score: number
}

/** The Moon at one instant, as seen from a site. */
export interface MoonInSky {
  /** The lit fraction of its disc, from 0 to 1. */
  readonly illumination: number
  /** Of its centre, without refraction, degrees. */
  readonly altitude: number
  /** From the target, degrees; undefined without a target. */
  readonly separation: number | undefined
}

/** The quality of an interval of one night. @param length of the best part in seconds, at most that of the interval */
export function qualityOf(during: Interval, length: number, night: Night, track: Track | undefined): Quality {
  const best = bestPart(during, length, track)
  const middle = (best.start + best.end) / 2
  const airmass = track && meanAirmass(best, track)
  const moon = {
    illumination: moonIllumination(middle),
    altitude: positionOver(night.site, Body.Moon)(middle).altitude,
    separation: track && moonSeparation(night.site, track)(middle),
  }
  return { best, airmass, airmasses: track && airmassesOf(during, track), moon, score: scoreOf(airmass, moon) }
}

const airmassesOf = (during: Interval, track: Track) => ({
  start: airmassOver(track.altitudeAt(during.start)),
  end: airmassOver(track.altitudeAt(during.end)),
  least: airmassOver(track.altitudeAt(highestIn(during, track))),
})

/** At the horizon too, where rounding may bring an altitude below it. */
const airmassOver = (altitude: number) => airmassAt(Math.max(0, altitude)) ?? Infinity

/**
 * What an interval is ordered by: the mean airmass (1 without a target), and in addition what the Moon brightens: its
 * illumination × sin(altitude) × (1 + cos(separation)), and nothing while it is below the horizon. Without a target the
 * separation is taken as 90 degrees. A full Moon at the zenith, 90 degrees from the target, counts as much as one airmass.
 */
export const scoreOf = (airmass = 1, { illumination, altitude, separation = 90 }: MoonInSky): number =>
  airmass + illumination * Math.max(0, sin(altitude)) * (1 + cos(separation))

function bestPart(during: Interval, length: number, track: Track | undefined): Interval {
  const centre = track ? highestIn(during, track) : (during.start + during.end) / 2
  const start = Math.min(during.end - length, Math.max(during.start, Math.round(centre - length / 2)))
  return { start, end: start + length }
}

/** When a target is at its highest in an interval in which it is above the horizon: at a transit or at an end. */
function highestIn(during: Interval, track: Track): Instant {
  const candidates = [during.start, during.end, ...whenHourAngleIs(0, track, during)]
  return candidates.reduce((one, other) => (track.altitudeAt(other) > track.altitudeAt(one) ? other : one))
}

/** By Simpson's rule: right to 0.01 for the hours in which a target is above airmass 3. */
function meanAirmass({ start, end }: Interval, { altitudeAt }: Track): number {
  const parts = 2 * Math.ceil(durationOf({ start, end }) / 7200)
  const at = (n: number) => airmassOver(altitudeAt(start + ((end - start) * n) / parts))
  let sum = at(0) + at(parts)
  for (let n = 1; n < parts; n++) sum += at(n) * (n % 2 === 1 ? 4 : 2)
  return sum / (3 * parts)
}

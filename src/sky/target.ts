import { Body } from 'astronomy-engine'
import type { Instant, Interval } from '../domain/interval.ts'
import type { Vector } from './vector.ts'

/** What stands still among the stars: a place in degrees of ICRS, J2000. */
export interface FixedTarget {
  readonly ra: number
  readonly dec: number
}

/** The bodies of the solar system that can be targets. */
export const MOVING_BODIES = [
  Body.Moon,
  Body.Mercury,
  Body.Venus,
  Body.Mars,
  Body.Jupiter,
  Body.Saturn,
  Body.Uranus,
  Body.Neptune,
] as const

/** A target that moves among the stars. */
export interface MovingTarget {
  readonly body: (typeof MOVING_BODIES)[number]
}

/** The Moon as a target. */
export const MOON: MovingTarget = { body: Body.Moon }

export type Target = FixedTarget | MovingTarget

/** Where a target goes in the sky of one site, in the days around one instant. Angles in degrees. */
export interface Track {
  /** From the site to the target, in the frame of the true equator and equinox of date. */
  readonly directionAt: (at: Instant) => Vector
  /** Geometric altitude, without refraction. */
  readonly altitudeAt: (at: Instant) => number
  /** From -180, 0 on the meridian, positive to the west. */
  readonly hourAngleAt: (at: Instant) => number
  /** The parts of an interval in which the altitude is at least a limit: sorted, disjoint, whole seconds, rounded inward. */
  readonly above: (limit: number, during: Interval) => Interval[]
}

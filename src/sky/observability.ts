import { type Interval, intersectIntervals } from '../domain/interval.ts'
import type { Darkness, Night } from '../domain/night.ts'
import { altitudeOfAirmass } from './airmass.ts'
import { moonAway, moonDim } from './moon-limits.ts'
import { withinMount } from './mount.ts'
import { darkTime } from './sun.ts'
import type { Track } from './target.ts'
import { nightInterval } from './zone.ts'

/** What an observer asks of the sky. */
export interface Constraints {
  readonly darkness: Darkness
  /** The target's way over the site: {@link trackOf} for the middle of the night. The limits of the mount hold for it. */
  readonly track?: Track | undefined
  /** The greatest airmass of the target, from 1. */
  readonly maxAirmass: number
  /** The least angle between the target and a Moon above the horizon, degrees. */
  readonly minLunarDistance?: number | undefined
  /** The greatest lit fraction of a Moon above the horizon, from 0 to 1. */
  readonly maxLunarPhase?: number | undefined
}

/** Which constraint takes time away, in the order in which they are applied. */
export type Obstacle = 'not_dark' | 'target_low' | 'moon'

/** The time that is left after a constraint and those before it: sorted and disjoint. */
export interface RemainingTime {
  readonly obstacle: Obstacle
  readonly left: readonly Interval[]
}

/**
 * The parts of a night that are left by darkness, then by the target's altitude and the mount, then by the Moon. The last
 * stage has what meets all of them. Whole seconds, rounded inward: by at most two for the Sun, one for a fixed target, four
 * for the Moon and planets.
 *
 * @throws RangeError if there is no such night, see {@link nightInterval}
 */
export function observability(
  night: Night,
  constraints: Constraints,
): readonly [RemainingTime, RemainingTime, RemainingTime] {
  const { track, maxAirmass, minLunarDistance, maxLunarPhase } = constraints
  const dark = darkTime(night, constraints.darkness)
  const high =
    track && dark.length > 0
      ? intersectIntervals(dark, withinMount(night.site, altitudeOfAirmass(maxAirmass), track, nightInterval(night)))
      : dark
  let moonless = high
  if (track && minLunarDistance !== undefined && moonless.length > 0)
    moonless = intersectIntervals(moonless, moonAway(minLunarDistance, track, night))
  if (maxLunarPhase !== undefined && moonless.length > 0)
    moonless = intersectIntervals(moonless, moonDim(maxLunarPhase, night))
  return [
    { obstacle: 'not_dark', left: dark },
    { obstacle: 'target_low', left: high },
    { obstacle: 'moon', left: moonless },
  ]
}

/** The first constraint after which nothing is left that is enough; undefined if there is enough in the end. */
export const obstacleOf = (
  remaining: readonly RemainingTime[],
  isEnough: (left: readonly Interval[]) => boolean,
): Obstacle | undefined => remaining.find(({ left }) => !isEnough(left))?.obstacle

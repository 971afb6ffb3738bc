import {
  HOUR,
  type Instant,
  type Interval,
  durationOf,
  intersectIntervals,
  subtractIntervals,
} from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { MountLimits } from '../../src/domain/site.ts'
import { memoize } from '../../src/sky/memoize.ts'
import { memoizeByNight } from '../../src/sky/memoize-by-night.ts'
import { observability } from '../../src/sky/observability.ts'
import { darkness } from '../../src/sky/sun.ts'
import type { Target } from '../../src/sky/target.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { bodyKey } from './curve.ts'

/** The greatest airmass at which a target counts as observable. */
const MAX_AIRMASS = 2

/** From the first dark of a night to the last; undefined in the white nights of high latitudes. */
export function darkInterval(night: Night): Interval | undefined {
  const [first, last] = [darkness(night)[0], darkness(night).at(-1)]
  return first && last && { start: first.start, end: last.end }
}

/** The hours of a night that are dark. */
export const darkHours = (night: Night): number => hoursOf(darkness(night))

/** Whether the Sun stays below the limit of darkness from noon to noon. */
export const isDarkAllDay = (night: Night): boolean => darkHours(night) * HOUR >= durationOf(nightInterval(night))

/** The dark parts of a night from `now` on in which nothing is reserved, sorted. */
export function freeDark(night: Night, taken: readonly Interval[], now: Instant): Interval[] {
  const { start, end } = nightInterval(night)
  if (end <= now) return []
  return intersectIntervals(darkness(night), subtractIntervals({ start: Math.max(start, now), end }, taken))
}

/** The hours of a night that are dark and free from `now` on. */
export const freeDarkHours = (night: Night, taken: readonly Interval[], now: Instant): number =>
  hoursOf(freeDark(night, taken, now))

/**
 * The parts of a night in which it is dark and a target is above airmass 2 and within the limits of the mount: sorted, usually
 * one. Cached: returns the same array for the same night and target.
 */
export const targetTimes = (night: Night, target: Target): readonly Interval[] => timesOf(target, night.site)(night)

/** Until when a target can be observed in a night: the end of the last of its {@link targetTimes}; undefined if there is none. */
export const targetUntil = (night: Night, target: Target): Instant | undefined => targetTimes(night, target).at(-1)?.end

/** The function of the nights for each of the 16 targets used last, and for each kind of mount. */
const timesOf = memoize(
  16,
  (target: Target, { horizon, haLimitNeg, haLimitPos, zenithBlindSpot }: MountLimits) =>
    [bodyKey(target), horizon, haLimitNeg, haLimitPos, zenithBlindSpot].join(' '),
  (target) =>
    memoizeByNight((night): readonly Interval[] => {
      const { start, end } = nightInterval(night)
      const track = trackOf(night.site, target, (start + end) / 2)
      const [, high] = observability(night, { darkness: 'astronomical', track, maxAirmass: MAX_AIRMASS })
      return Object.freeze([...high.left])
    }),
)

const hoursOf = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, one) => sum + durationOf(one), 0) / HOUR

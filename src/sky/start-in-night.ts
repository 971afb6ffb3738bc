import { HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { EVENING_MOMENTS, type EveningMoment, type StartRule } from '../domain/start-rule.ts'
import { SIDEREAL_RATE } from './hour-angle.ts'
import { localSiderealTime } from './sidereal.ts'
import { type Light, twilight } from './sun.ts'
import { clockInNight, nightInterval } from './zone.ts'

/**
 * When a rule says that a reservation starts in a night: the first such instant. Those after the Sun or the stars are rounded up
 * to a full minute. Undefined if the night has no such instant: the Sun does not set in polar day and polar night, and a night
 * of 23 hours lacks an hour of sidereal time.
 *
 * @throws RangeError if there is no such night, see {@link nightInterval}
 */
export function startInNight(night: Night, rule: StartRule): Instant | undefined {
  const { start, end } = nightInterval(night)
  const at = 'clock' in rule ? clockInNight(night, rule.clock) : roundUp(skyStart(night, rule))
  return at !== undefined && start <= at && at < end ? at : undefined
}

const roundUp = (at: Instant | undefined) => at && Math.ceil(at / MINUTE) * MINUTE

const skyStart = (night: Night, rule: Exclude<StartRule, { clock: string }>) =>
  'sidereal' in rule ? siderealStart(night, rule.sidereal) : eveningStart(night, rule)

function eveningStart(night: Night, { after, minutes }: { after: EveningMoment; minutes: number }) {
  const moment = momentOf(night, after)
  return moment && moment + minutes * MINUTE
}

/** From the lightest. Each moment of {@link EVENING_MOMENTS} is the step to the next. */
const LIGHTS: readonly Light[] = ['day', 'civil', 'nautical', 'astronomical', 'dark']

/** When a moment comes in the evening of a night; undefined if the Sun does not cross its limit downwards. */
function momentOf(night: Night, moment: EveningMoment): Instant | undefined {
  const limit = EVENING_MOMENTS.indexOf(moment)
  const bands = twilight(night).map(({ start, light }) => ({ start, isBelow: LIGHTS.indexOf(light) > limit }))
  return bands.find(({ isBelow }, index) => isBelow && bands[index - 1]?.isBelow === false)?.start
}

/** The first instant of a night at which a right ascension in hours crosses the meridian, unrounded. */
function siderealStart(night: Night, hours: number): number {
  const { site } = night
  const { start } = nightInterval(night)
  const guess = start + secondsTo((hours - localSiderealTime(site, start) + 24) % 24)
  // Nutation changes by less than a millisecond of time in a night; the correction is for rounding alone.
  return Math.max(start, guess + secondsTo(hoursOff(site, guess, hours)))
}

const secondsTo = (siderealHours: number) => (siderealHours * HOUR) / SIDEREAL_RATE

/** How many hours the sidereal time at an instant is behind another, from -12 up to 12. */
const hoursOff = (site: Site, at: number, hours: number) => ((hours - localSiderealTime(site, at) + 36) % 24) - 12

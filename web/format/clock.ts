import { type Instant, type Interval, HOUR, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { localSiderealTime } from '../../src/sky/sidereal.ts'
import { clockAt, offsetAt } from '../../src/sky/zone.ts'
import { type Zone, zoneName } from '../own-zone.ts'

/* Times of the clocks of a site, of UTC, or of the reader, with 12 or 24 hours. */

let isTwelveHours = false

/**
 * Formats clocks from here on as is usual in a language: `9:05 pm` or `21:05`. They have 24 hours before, and in UTC always.
 *
 * @returns whether they have 12 hours, and so need more room
 */
export function followHabitOf(language: string | undefined): boolean {
  const { hourCycle } = new Intl.DateTimeFormat(language, { hour: 'numeric' }).resolvedOptions()
  isTwelveHours = hourCycle === 'h11' || hourCycle === 'h12'
  return isTwelveHours
}

/** Site time: `21:05`, with seconds if they are not zero, and with the offset if clocks show it twice: `01:30 (UTC−6)`. */
export function formatClock(zone: Zone, at: Instant): string {
  const { timeZone } = zone
  const { time, offset } = clockAt(timeZone, at)
  const text = inHabit(time.endsWith(':00') ? time.slice(0, 5) : time, zone)
  return isShownTwice(timeZone, at) ? `${text} (${formatOffset(offset)})` : text
}

/** `21:05` even if clocks show it twice or it has seconds: where the axis or the night says which it is. */
export const formatMark = (zone: Zone, at: Instant): string =>
  inHabit(clockAt(zone.timeZone, at).time.slice(0, 5), zone)

/** `18:00`, or `6 pm` where there is little room. */
export const formatHourMark = (zone: Zone, at: Instant): string => formatMark(zone, at).replace(':00 ', ' ')

/** How a clock is typed. */
export const exampleClock = (): string => inHabit('23:15')

/** A time of Sun, Moon or a target: `18:21`, the nearest minute, as all shown limits are. */
export const formatMinute = (zone: Zone, at: Instant): string => formatMark(zone, nearestMinute(at))

/** `18:21–05:21`, as {@link formatMinute}. */
export const formatMinutes = (zone: Zone, { start, end }: Interval): string =>
  `${formatMinute(zone, start)}–${formatMinute(zone, end)}`

/** `9:05 pm` for `21:05` where that is usual. UTC has 24 hours everywhere. */
function inHabit(time: string, zone?: Zone): string {
  if (!isTwelveHours || (zone && zoneName(zone) === 'UTC')) return time
  const hour = Number(time.slice(0, 2))
  return `${hour % 12 === 0 ? 12 : hour % 12}${time.slice(2)} ${hour < 12 ? 'am' : 'pm'}`
}

/** `UTC−6` or `UTC+10:30`, for an offset in seconds east of UTC. */
function formatOffset(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE)
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return `UTC${offset < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest}`
}

/** `02:03`, the local sidereal time of an instant. */
export function formatSidereal(site: Site, at: Instant): string {
  const minutes = Math.floor(localSiderealTime(site, at) * 60)
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

/** The full minute before an instant: clocks change with it. */
export const minuteBefore = (at: Instant): Instant => at - (at % MINUTE)

/** The nearest full minute: how times of Sun, Moon and targets are shown. Times offered to reserve are rounded inward instead. */
export const nearestMinute = (at: Instant): Instant => Math.round(at / MINUTE) * MINUTE

/** The most that clocks go back by, in seconds. */
const MAX_SET_BACK = 3 * HOUR

/** Whether clocks show the time of an instant twice, because they go back between the two. */
function isShownTwice(timeZone: string, at: Instant): boolean {
  const offset = offsetAt(timeZone, at)
  return [at - MAX_SET_BACK, at + MAX_SET_BACK]
    .map((near) => offsetAt(timeZone, near))
    .some((other) => other !== offset && offsetAt(timeZone, at + offset - other) === other)
}

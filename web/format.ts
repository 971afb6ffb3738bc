import { DAY, HOUR, type Instant, type Interval, durationOf, MINUTE } from '../src/domain/interval.ts'
import type { Kind, Priority } from '../src/domain/reservation.ts'
import type { Site } from '../src/domain/site.ts'
import { type Place, ownPlace, placeName } from './own-zone.ts'
import { localSiderealTime } from '../src/sky/sidereal.ts'
import { clockAt, nightAt, offsetAt, weekdayOf } from '../src/sky/zone.ts'

/* Formats times and kinds for the page, in a site's time zone, in UTC, or in the reader's own. */

const KINDS: Readonly<Record<Kind, string>> = {
  realtime: 'real-time session',
  project: 'project session',
  maintenance: 'maintenance',
}

/** A kind within a sentence: `project session`. */
export const formatKind = (kind: Kind): string => KINDS[kind]

const PRIORITIES: Readonly<Record<Priority, string>> = {
  standard: 'Standard',
  low_priority: 'Low priority',
  background: 'Background',
  time_critical: 'Time critical',
}

/** A priority as a choice: `Low priority`. */
export const formatPriority = (priority: Priority): string => PRIORITIES[priority]

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** `Fri` for `2026-03-06`. */
export const shortWeekday = (date: string): string => (WEEKDAYS[weekdayOf(date)] ?? '').slice(0, 3)

/** `Mar` for 3. */
export const shortMonth = (month: number): string => (MONTHS[month - 1] ?? '').slice(0, 3)

/** `Friday 6 March 2026` for `2026-03-06`. @throws RangeError if there is no such date */
export function formatNight(date: string): string {
  const [year = '', month, day] = date.split('-')
  return `${WEEKDAYS[weekdayOf(date)]} ${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`
}

/** `1 h 30 min` for 5400 seconds; parts that are zero are left out. */
export function formatLength(seconds: number): string {
  const days = Math.floor(seconds / DAY)
  const parts: [number, string][] = [
    [days, days === 1 ? 'day' : 'days'],
    [Math.floor((seconds % DAY) / HOUR), 'h'],
    [Math.floor((seconds % HOUR) / MINUTE), 'min'],
    [seconds % MINUTE, 's'],
  ]
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`)
  return text.join(' ') || '0 min'
}

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
export function formatClock(place: Place, at: Instant): string {
  const { timeZone } = place
  const { time, offset } = clockAt(timeZone, at)
  const text = inHabit(time.endsWith(':00') ? time.slice(0, 5) : time, place)
  return isShownTwice(timeZone, at) ? `${text} (${formatOffset(offset)})` : text
}

/** `21:05` even if clocks show it twice or it has seconds: where the axis or the night says which it is. */
export const formatMark = (place: Place, at: Instant): string =>
  inHabit(clockAt(place.timeZone, at).time.slice(0, 5), place)

/** `18:00`, or `6 pm` where there is little room. */
export const formatHourMark = (place: Place, at: Instant): string => formatMark(place, at).replace(':00 ', ' ')

/** How a clock is typed. */
export const exampleClock = (): string => inHabit('23:15')

/** A time of Sun, Moon or a target: `18:21`, the nearest minute, as all shown limits are. */
export const formatMinute = (place: Place, at: Instant): string => formatMark(place, nearestMinute(at))

/** `18:21–05:21`, as {@link formatMinute}. */
export const formatMinutes = (place: Place, { start, end }: Interval): string =>
  `${formatMinute(place, start)}–${formatMinute(place, end)}`

/** `9:05 pm` for `21:05` where that is usual. UTC has 24 hours everywhere. */
function inHabit(time: string, place?: Place): string {
  if (!isTwelveHours || (place && placeName(place) === 'UTC')) return time
  const hour = Number(time.slice(0, 2))
  return `${hour % 12 === 0 ? 12 : hour % 12}${time.slice(2)} ${hour < 12 ? 'am' : 'pm'}`
}

/** `Fri` */
export const formatWeekday = ({ timeZone }: Place, at: Instant): string => shortWeekday(clockAt(timeZone, at).date)

/** Farther from the present, a date needs its year. */
const YEARLESS = 183 * DAY

/** The civil date of an instant, `Fri 27 Nov`; with its year if that is more than half a year from `now`. */
export function formatCivil({ timeZone }: Place, at: Instant, now = at): string {
  const { date } = clockAt(timeZone, at)
  const [, month, day] = date.split('-')
  const year = Math.abs(at - now) > YEARLESS ? ` ${date.slice(0, 4)}` : ''
  return `${shortWeekday(date)} ${Number(day)} ${shortMonth(Number(month))}${year}`
}

/** `Fri 27 Nov 02:15`, with the year as {@link formatCivil} has it. */
export const formatMoment = (place: Place, at: Instant, now = at): string =>
  `${formatCivil(place, at, now)} ${formatClock(place, at)}`

/** `Thu 26 Nov 22:30–23:15`, or `Thu 26 Nov 23:15 – Fri 27 Nov 01:15` over a midnight; years as {@link formatCivil} has them. */
export function formatSpan(place: Place, { start, end }: Interval, now = start): string {
  const isOneDay = clockAt(place.timeZone, start).date === clockAt(place.timeZone, end).date
  const from = formatMoment(place, start, now)
  return isOneDay ? `${from}–${formatClock(place, end)}` : `${from} – ${formatMoment(place, end, now)}`
}

/** `Fri 06:30`, on the reader's clocks. */
export const formatOwn = (at: Instant): string => `${formatWeekday(ownPlace(), at)} ${formatClock(ownPlace(), at)}`

/** `Fri 27 Nov 06:30–07:15`, on the reader's clocks. */
export const formatOwnSpan = (during: Interval, now?: Instant): string => formatSpan(ownPlace(), during, now)

/** How long until an instant or since it, in words: `in 1 h 33 min`, `in 3 days`, `5 min ago`. */
export function formatDistance(at: Instant, now: Instant): string {
  const seconds = Math.abs(at - now)
  if (seconds < MINUTE) return 'now'
  const unit = seconds >= 2 * DAY ? DAY : seconds >= DAY ? HOUR : MINUTE
  const length = formatLength(Math.round(seconds / unit) * unit)
  return at > now ? `in ${length}` : `${length} ago`
}

/** `UTC−6` or `UTC+10:30`, for an offset in seconds east of UTC. */
function formatOffset(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE)
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return `UTC${offset < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest}`
}

/** The longest interval whose end the clock alone tells, in seconds. */
export const CLOCK_ALONE = 20 * HOUR

/** `20:15–22:30`, or `Thu 12:00 – Fri 12:00` if it is longer than {@link CLOCK_ALONE}. */
export function formatRange(place: Place, during: Interval): string {
  const [start, end] = [formatClock(place, during.start), formatClock(place, during.end)]
  if (durationOf(during) <= CLOCK_ALONE) return `${start}–${end}`
  return `${formatWeekday(place, during.start)} ${start} – ${formatWeekday(place, during.end)} ${end}`
}

/** `02:03`, the local sidereal time of an instant. */
export function formatSidereal(site: Site, at: Instant): string {
  const minutes = Math.floor(localSiderealTime(site, at) * 60)
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

/** The full minute before an instant: clocks change with it. */
export const minuteBefore = (at: Instant): Instant => at - (at % MINUTE)

/** The nearest full minute: so the times of Sun, Moon and targets are told. What is offered to reserve keeps within them. */
export const nearestMinute = (at: Instant): Instant => Math.round(at / MINUTE) * MINUTE

/** The dates of the nights in which an interval begins and ends. One that ends at noon does not touch the next night. */
export const nightsOf = (site: Site, during: Interval): { first: string; last: string } => ({
  first: nightAt(site, during.start).date,
  last: nightAt(site, durationOf(during) > 0 ? during.end - 1 : during.start).date,
})

/** The most that clocks go back by, in seconds. */
const MAX_SET_BACK = 3 * HOUR

/** Whether clocks show the time of an instant twice, because they go back between the two. */
function isShownTwice(timeZone: string, at: Instant): boolean {
  const offset = offsetAt(timeZone, at)
  return [at - MAX_SET_BACK, at + MAX_SET_BACK]
    .map((near) => offsetAt(timeZone, near))
    .some((other) => other !== offset && offsetAt(timeZone, at + offset - other) === other)
}

import { DAY, HOUR, type Instant, type Interval, durationOf, MINUTE } from '../src/domain/interval.ts'
import type { Kind, Priority } from '../src/domain/reservation.ts'
import type { Site } from '../src/domain/site.ts'
import { clockAt, nightAt, offsetAt, weekdayOf } from '../src/sky/zone.ts'

/* Formats times and kinds for the page, in the site's time zone or UTC, never in the browser's. */

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

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
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

/** Site time: `21:05`, with seconds if they are not zero, and with the offset if clocks show it twice: `01:30 (UTC−6)`. */
export function formatClock({ timeZone }: Pick<Site, 'timeZone'>, at: Instant): string {
  const { time, offset } = clockAt(timeZone, at)
  const text = time.endsWith(':00') ? time.slice(0, 5) : time
  return isShownTwice(timeZone, at) ? `${text} (${formatOffset(offset)})` : text
}

/** `UTC−6` or `UTC+10:30`, for an offset in seconds east of UTC. */
export function formatOffset(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE)
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return `UTC${offset < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest}`
}

/** `21:00 to 00:30`, site time. */
export const formatTimes = (site: Pick<Site, 'timeZone'>, { start, end }: Interval): string =>
  `${formatClock(site, start)} to ${formatClock(site, end)}`

/** `21:00 to 00:30, night of 2026-03-06`; with both nights if it ends in a later one. */
export function formatSpan(site: Site, during: Interval): string {
  const { first, last } = nightsOf(site, during)
  if (first === last) return `${formatTimes(site, during)}, night of ${first}`
  return `${formatClock(site, during.start)}, night of ${first}, to ${formatClock(site, during.end)}, night of ${last}`
}

/** `Night of Friday 6 March 2026`; with both nights if it ends in a later one. */
export function formatNights(site: Site, during: Interval): string {
  const { first, last } = nightsOf(site, during)
  return first === last
    ? `Night of ${formatNight(first)}`
    : `Night of ${formatNight(first)} to night of ${formatNight(last)}`
}

/** `2026-03-07 04:00 to 07:30 UTC`, with the date of the end if it is another. */
export function formatUtc({ start, end }: Interval): string {
  const [from, to] = [start, end].map((at) => clockAt('UTC', at).date)
  const until = formatClock(UTC, end)
  return `${from} ${formatClock(UTC, start)} to ${from === to ? until : `${to} ${until}`} UTC`
}

const UTC = { timeZone: 'UTC' }

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

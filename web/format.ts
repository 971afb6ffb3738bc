import { DAY, HOUR, type Instant, type Interval, durationOf, MINUTE } from '../src/domain/interval.ts'
import type { Kind, Priority } from '../src/domain/reservation.ts'
import type { Site } from '../src/domain/site.ts'
import { clockAt, nightAt, offsetAt, weekdayOf } from '../src/sky/zone.ts'

/*
 * How the page says times and kinds. Every clock is the site's own; nothing here looks at the browser's.
 */

const KINDS: Readonly<Record<Kind, string>> = { realtime: 'real-time session', project: 'project session', maintenance: 'maintenance' }

/** As within a sentence: `project session`. */
export const formatKind = (kind: Kind): string => KINDS[kind]

const PRIORITIES: Readonly<Record<Priority, string>> = {
  standard: 'Standard', low_priority: 'Low priority', background: 'Background', time_critical: 'Time critical',
}

/** As a choice: `Low priority`. */
export const formatPriority = (priority: Priority): string => PRIORITIES[priority]

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
]

/** `Friday 6 March 2026` of `2026-03-06`. @throws RangeError when the calendar has no such date */
export function formatNight(date: string): string {
  const [year = '', month, day] = date.split('-')
  return `${WEEKDAYS[weekdayOf(date)]} ${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`
}

/** `1 h 30 min` of 5400 seconds; days where there are any, seconds only where they are needed. */
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

/** What a zone's clock shows: `21:05`, with seconds only where there are any, and marked where it shows it twice: `01:30 (UTC−6)`. */
export function formatClock({ timeZone }: Pick<Site, 'timeZone'>, at: Instant): string {
  const { time, offset } = clockAt(timeZone, at)
  const text = time.endsWith(':00') ? time.slice(0, 5) : time
  return isShownTwice(timeZone, at) ? `${text} (${formatOffset(offset)})` : text
}

/** `UTC−6`, `UTC+10:30` of seconds east. */
export function formatOffset(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE)
  const rest = minutes % 60 === 0 ? '' : `:${String(minutes % 60).padStart(2, '0')}`
  return `UTC${offset < 0 ? '−' : '+'}${Math.floor(minutes / 60)}${rest}`
}

/** `21:00 to 00:30` */
export const formatTimes = (site: Pick<Site, 'timeZone'>, { start, end }: Interval): string =>
  `${formatClock(site, start)} to ${formatClock(site, end)}`

/** `21:00 to 00:30, night of 2026-03-06`; what ends in a later night names both. */
export function formatSpan(site: Site, during: Interval): string {
  const { first, last } = nightsOf(site, during)
  if (first === last) return `${formatTimes(site, during)}, night of ${first}`
  return `${formatClock(site, during.start)}, night of ${first}, to ${formatClock(site, during.end)}, night of ${last}`
}

/** `Night of Friday 6 March 2026`; what ends in a later night names both. */
export function formatNights(site: Site, during: Interval): string {
  const { first, last } = nightsOf(site, during)
  return first === last ? `Night of ${formatNight(first)}` : `Night of ${formatNight(first)} to night of ${formatNight(last)}`
}

/** `2026-03-07 04:00 to 07:30 UTC`, with the second date where it is another. */
export function formatUtc({ start, end }: Interval): string {
  const [from, to] = [start, end].map((at) => clockAt('UTC', at).date)
  const until = formatClock(UTC, end)
  return `${from} ${formatClock(UTC, start)} to ${from === to ? until : `${to} ${until}`} UTC`
}

const UTC = { timeZone: 'UTC' }

/** The dates of the nights in which a time begins and ends: one that ends at noon has not begun the next night. */
export const nightsOf = (site: Site, during: Interval): { first: string; last: string } => ({
  first: nightAt(site, during.start).date,
  last: nightAt(site, durationOf(during) > 0 ? during.end - 1 : during.start).date,
})

/** Clocks go back by this at most, seconds. */
const FARTHEST_BACK = 3 * HOUR

/** Whether a zone's clock shows the same at another instant, since it went back between the two. */
function isShownTwice(timeZone: string, at: Instant): boolean {
  const offset = offsetAt(timeZone, at)
  return [at - FARTHEST_BACK, at + FARTHEST_BACK]
    .map((near) => offsetAt(timeZone, near))
    .some((other) => other !== offset && offsetAt(timeZone, at + offset - other) === other)
}

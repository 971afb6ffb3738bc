import { type Instant, DAY } from '../../src/domain/interval.ts'
import { clockAt, weekdayOf } from '../../src/sky/zone.ts'
import type { Zone } from '../own-zone.ts'

/* Civil dates in words, in a site's time zone, in UTC, or in the reader's own. */

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

/** `Fri` */
export const formatWeekday = ({ timeZone }: Zone, at: Instant): string => shortWeekday(clockAt(timeZone, at).date)

/** Farther from the present, a date needs its year. */
const YEARLESS = 183 * DAY

/** The civil date of an instant, `Fri 27 Nov`; with its year if that is more than half a year from `now`. */
export function formatCivil({ timeZone }: Zone, at: Instant, now = at): string {
  const { date } = clockAt(timeZone, at)
  const [, month, day] = date.split('-')
  const year = Math.abs(at - now) > YEARLESS ? ` ${date.slice(0, 4)}` : ''
  return `${shortWeekday(date)} ${Number(day)} ${shortMonth(Number(month))}${year}`
}

import { type Instant, type Interval, HOUR, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { clockAt, nightAt } from '../../src/sky/zone.ts'
import { type Place, ownPlace } from '../own-zone.ts'
import { formatWeekday, formatCivil } from './date.ts'
import { formatClock } from './clock.ts'

/* Instants and intervals with their civil dates. */

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

/** The longest interval whose end the clock alone tells, in seconds. */
export const CLOCK_ALONE = 20 * HOUR

/** `20:15–22:30`, or `Thu 12:00 – Fri 12:00` if it is longer than {@link CLOCK_ALONE}. */
export function formatRange(place: Place, during: Interval): string {
  const [start, end] = [formatClock(place, during.start), formatClock(place, during.end)]
  if (durationOf(during) <= CLOCK_ALONE) return `${start}–${end}`
  return `${formatWeekday(place, during.start)} ${start} – ${formatWeekday(place, during.end)} ${end}`
}

/** The dates of the nights in which an interval begins and ends. One that ends at noon does not touch the next night. */
export const nightsOf = (site: Site, during: Interval): { first: string; last: string } => ({
  first: nightAt(site, during.start).date,
  last: nightAt(site, durationOf(during) > 0 ? during.end - 1 : during.start).date,
})

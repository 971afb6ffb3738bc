import { type Instant, type Interval, HOUR, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { clockAt, nightAt } from '../../src/sky/zone.ts'
import { type Zone, ownZone } from '../own-zone.ts'
import { formatWeekday, formatCivil } from './date.ts'
import { formatClock } from './clock.ts'

/* Instants and intervals with their civil dates. */

/** `Fri 27 Nov 02:15`, with the year as {@link formatCivil} has it. */
export const formatMoment = (zone: Zone, at: Instant, now = at): string =>
  `${formatCivil(zone, at, now)} ${formatClock(zone, at)}`

/** `Thu 26 Nov 22:30–23:15`, or `Thu 26 Nov 23:15 – Fri 27 Nov 01:15` over a midnight; years as {@link formatCivil} has them. */
export function formatSpan(zone: Zone, { start, end }: Interval, now = start): string {
  const isOneDay = clockAt(zone.timeZone, start).date === clockAt(zone.timeZone, end).date
  const from = formatMoment(zone, start, now)
  return isOneDay ? `${from}–${formatClock(zone, end)}` : `${from} – ${formatMoment(zone, end, now)}`
}

/** `Fri 06:30`, on the reader's clocks. */
export const formatOwn = (at: Instant): string => `${formatWeekday(ownZone(), at)} ${formatClock(ownZone(), at)}`

/** `Fri 27 Nov 06:30–07:15`, on the reader's clocks. */
export const formatOwnSpan = (during: Interval, now?: Instant): string => formatSpan(ownZone(), during, now)

/** The longest interval whose end the clock alone tells, in seconds. */
export const CLOCK_ALONE = 20 * HOUR

/** `20:15–22:30`, or `Thu 12:00 – Fri 12:00` if it is longer than {@link CLOCK_ALONE}. */
export function formatRange(zone: Zone, during: Interval): string {
  const [start, end] = [formatClock(zone, during.start), formatClock(zone, during.end)]
  if (durationOf(during) <= CLOCK_ALONE) return `${start}–${end}`
  return `${formatWeekday(zone, during.start)} ${start} – ${formatWeekday(zone, during.end)} ${end}`
}

/** The dates of the nights in which an interval begins and ends. One that ends at noon does not touch the next night. */
export const nightsOf = (site: Site, during: Interval): { first: string; last: string } => ({
  first: nightAt(site, during.start).date,
  last: nightAt(site, durationOf(during) > 0 ? during.end - 1 : during.start).date,
})

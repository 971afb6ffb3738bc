import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { clockAt, clockInNight, dateAfter } from '../../src/sky/zone.ts'
import { nightOfDate } from './steps.ts'

/** `23:15` for a time as people type it: `23:15`, `2315`, `9.05`, `11:15 pm`, `9pm`; undefined for anything else. */
export function parseClock(text: string): string | undefined {
  const [, hours, minutes = '00', half] =
    /^(\d{1,2})(?:\s*[:.h]?\s*(\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?$/i.exec(text.trim()) ?? []
  if (hours === undefined) return undefined
  const hour = half === undefined ? Number(hours) : hourOfHalf(Number(hours), half)
  if (!(hour >= 0 && hour < 24) || Number(minutes) > 59) return undefined
  return `${String(hour).padStart(2, '0')}:${minutes}`
}

const hourOfHalf = (hour: number, half: string) =>
  hour < 1 || hour > 12 ? Number.NaN : (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0)

/** What the clocks of a site show: `23:15`. */
export const clockOf = (site: Pick<Site, 'timeZone'>, at: Instant): string =>
  clockAt(site.timeZone, at).time.slice(0, 5)

/** The civil date at a site: `2026-11-27`. */
export const dateOf = (site: Pick<Site, 'timeZone'>, at: Instant): string => clockAt(site.timeZone, at).date

/**
 * When the clocks of a site show a time on a civil date: the first time if twice, and after the gap if they skip it. Undefined if
 * the date is none, or the site's time zone skipped it.
 */
export function instantOnDate(site: Site, date: string, clock: string): Instant | undefined {
  if (!nightOfDate(site, date)) return undefined
  return clockInNight({ site, date: clock < '12:00' ? dateAfter(date, -1) : date }, clock)
}

/** The first instant after another at which the clocks of a site show a time. */
export function nextAtClock(site: Site, after: Instant, clock: string): Instant | undefined {
  const today = dateOf(site, after)
  return [0, 1, 2]
    .map((days) => instantOnDate(site, dateAfter(today, days), clock))
    .find((at) => at !== undefined && at > after)
}

/** The other instant at which clocks that are set back show the same time; undefined if they show it once. */
export function otherReading({ timeZone }: Pick<Site, 'timeZone'>, at: Instant): Instant | undefined {
  const shown = clockAt(timeZone, at)
  return [-7200, -3600, -1800, 1800, 3600, 7200]
    .map((seconds) => at + seconds)
    .find((other) => {
      const { date, time } = clockAt(timeZone, other)
      return date === shown.date && time === shown.time
    })
}

import { LRUCache } from 'lru-cache'
import { Temporal } from 'temporal-polyfill'
import { DAY, type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'

/** Noons already worked out, in seconds since the epoch: two years of nights at ten sites. */
const noons = new LRUCache<string, Instant>({ max: 8192 })

/**
 * The night that holds an instant: what is before local noon belongs to the evening before.
 * `nightInterval(nightAt(site, at))` holds `at`, whatever the zone's clocks did.
 *
 * @throws RangeError when the site's time zone is unknown, see {@link isTimeZone}.
 */
export function nightAt(site: Site, at: Instant): Night {
  const local = Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(site.timeZone)
  const today = { site, date: local.toPlainDate().toString() }
  // A clock that was set across noon or midnight may name the wrong side, so the noons themselves decide.
  if (at < noonOf(today)) return previousNight(today)
  return at < noonOf(tomorrow(today)) ? today : nextNight(today)
}

/**
 * From local noon of the night's date to the next local noon: 24 hours, but 23 or 25 where the clocks change.
 *
 * @throws RangeError when there is no such date, in the calendar or at the site (in Samoa 2011-12-30 was
 * skipped), or when the site's time zone is unknown.
 */
export function nightInterval(night: Night): Interval {
  const interval = { start: noonOf(night), end: noonOf(tomorrow(night)) }
  if (interval.start >= interval.end) throw new RangeError(`${night.site.timeZone} never had the date ${night.date}`)
  return interval
}

/** The night that begins when this one ends. @throws RangeError as {@link nightInterval} does. */
export function nextNight(night: Night): Night {
  const next = tomorrow(night)
  return happened(next) ? next : nextNight(next)
}

/** The night that ends when this one begins. @throws RangeError as {@link nightInterval} does. */
export function previousNight(night: Night): Night {
  const previous = dayAfter(night, -1)
  return happened(previous) ? previous : previousNight(previous)
}

/** So many nights on, negative: back. Dates a zone never had do not count. @throws RangeError as {@link nightInterval} does. */
export function nightAfter(night: Night, count: number): Night {
  const step = count < 0 ? previousNight : nextNight
  let there = night
  for (let left = Math.abs(count); left > 0; left--) there = step(there)
  return there
}

/** Seconds east of UTC that are in force in a zone at an instant. @throws RangeError when the zone is unknown. */
export const offsetAt = (timeZone: string, at: Instant): number => spanAt(timeZone, at).offset

/** What the clocks of a zone show. */
export interface ClockReading {
  /** `YYYY-MM-DD` */
  readonly date: string
  /** `HH:MM:SS` */
  readonly time: string
  /** Seconds east of UTC. */
  readonly offset: number
}

/** What the clocks of a zone show at an instant of the years 0 to 9999. @throws RangeError when the zone is unknown. */
export function clockAt(timeZone: string, at: Instant): ClockReading {
  const offset = offsetAt(timeZone, at)
  const text = new Date((at + offset) * 1000).toISOString()
  return { date: text.slice(0, 10), time: text.slice(11, 19), offset }
}

/** Seconds east of UTC that are in force when a night begins. @throws RangeError as {@link nightInterval} does. */
export const noonOffset = (night: Night): number => offsetAt(night.site.timeZone, nightInterval(night).start)

/** A change of the clocks. */
export interface ClockChange {
  /** The first instant of the new time. */
  readonly at: Instant
  /** Seconds by which the clocks go forward; negative: back. */
  readonly by: number
}

/** The change of the clocks after a night's noon and before the next, if any. @throws RangeError as {@link nightInterval} does. */
export function clockChange(night: Night): ClockChange | undefined {
  const { timeZone } = night.site
  const { start, end } = nightInterval(night)
  const { end: at, offset } = spanAt(timeZone, start)
  return at < end ? { at, by: offsetAt(timeZone, at) - offset } : undefined
}

/** Whether a text is a date that the calendar has, `YYYY-MM-DD` of the years 0001 to 9998. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001' || text > '9999') return false
  try {
    return Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
}

/** The day of the week of a date, from 0 for Sunday to 6. @throws RangeError when the calendar has no such date. */
export const weekdayOf = (date: string): number => Temporal.PlainDate.from(date).dayOfWeek % 7

/** Whether a name is one of the IANA time zone database, as `Europe/Paris`; a bare offset as `+02:00` is not. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false
  try {
    return new Temporal.ZonedDateTime(0n, name).epochMilliseconds === 0
  } catch {
    return false
  }
}

/** A time through which a zone's offset is the same, seconds east of UTC. */
interface Span extends Interval {
  readonly offset: number
}

/** The spans of each zone that were asked for last. */
const spans = new LRUCache<string, readonly Span[]>({ max: 512 })

/** The span that holds an instant, from one change of the clocks to the next. */
function spanAt(timeZone: string, at: Instant): Span {
  const remembered = spans.get(timeZone) ?? []
  const known = remembered.find(({ start, end }) => start <= at && at < end)
  if (known) return known
  const local = Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(timeZone)
  const span = {
    // A change at this very second has been made.
    start: secondsOf(local.add({ seconds: 1 }).getTimeZoneTransition('previous')) ?? -Infinity,
    end: secondsOf(local.getTimeZoneTransition('next')) ?? Infinity,
    offset: Math.round(local.offsetNanoseconds / 1e9),
  }
  spans.set(timeZone, [span, ...remembered].slice(0, 16))
  return span
}

const secondsOf = (local: Temporal.ZonedDateTime | null): Instant | undefined =>
  local ? Math.floor(local.epochMilliseconds / 1000) : undefined

/** A zone that crosses the date line skips a date: its noon is the next date's noon. */
const happened = (night: Night): boolean => noonOf(night) < noonOf(tomorrow(night))

const tomorrow = (night: Night): Night => dayAfter(night, 1)

const dayAfter = ({ site, date }: Night, days: number): Night =>
  ({ site, date: new Date(Date.parse(date) + days * DAY * 1000).toISOString().slice(0, -14) })

function noonOf({ site: { timeZone }, date }: Night): Instant {
  const name = `${timeZone} ${date}`
  const known = noons.get(name)
  if (known !== undefined) return known
  const local = Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime: '12:00' })
  const noon = Math.floor(local.epochMilliseconds / 1000)
  noons.set(name, noon)
  return noon
}

import { LRUCache } from 'lru-cache'
import { Temporal } from 'temporal-polyfill'
import { DAY, type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'

/** Cached noons: enough for two years of nights at ten sites. */
const noons = new LRUCache<string, Instant>({ max: 8192 })

/**
 * The night that contains an instant: instants before local noon belong to the evening before.
 * `nightInterval(nightAt(site, at))` contains `at`, whatever clock changes the zone had.
 *
 * @throws RangeError if the site's time zone is unknown, see {@link isTimeZone}
 */
export function nightAt(site: Site, at: Instant): Night {
  const today = { site, date: new Date((at + offsetAt(site.timeZone, at)) * 1000).toISOString().slice(0, -14) }
  // A clock change across noon or midnight may yield the wrong date, so compare with the noons themselves.
  if (at < noonOf(today)) return previousNight(today)
  return at < noonOf(tomorrow(today)) ? today : nextNight(today)
}

/**
 * From local noon of the night's date to the next local noon: 24 hours, or 23 or 25 if the clocks change.
 *
 * @throws RangeError if the calendar or the site has no such date (Samoa skipped 2011-12-30), or if the site's time zone is
 *   unknown
 */
export function nightInterval(night: Night): Interval {
  const interval = { start: noonOf(night), end: noonOf(tomorrow(night)) }
  if (!isNight(night)) throw new RangeError(`${night.site.timeZone} never had the date ${night.date}`)
  return interval
}

/**
 * Whether a site ever had a night. A zone that crosses the date line skips a date, whose noon is then the next date's.
 *
 * @throws RangeError if the site's time zone is unknown
 */
export const isNight = (night: Night): boolean => noonOf(night) < noonOf(tomorrow(night))

/** The following night. @throws RangeError as {@link nightInterval} */
export function nextNight(night: Night): Night {
  const next = tomorrow(night)
  return isNight(next) ? next : nextNight(next)
}

/** The preceding night. @throws RangeError as {@link nightInterval} */
export function previousNight(night: Night): Night {
  const previous = dayAfter(night, -1)
  return isNight(previous) ? previous : previousNight(previous)
}

/** The night `count` nights later, or earlier if negative. Skips dates that the zone never had. @throws RangeError as {@link nightInterval} */
export function nightAfter(night: Night, count: number): Night {
  const step = count < 0 ? previousNight : nextNight
  let result = night
  for (let left = Math.abs(count); left > 0; left--) result = step(result)
  return result
}

/** The UTC offset of a zone at an instant, in seconds, positive to the east. @throws RangeError if the zone is unknown */
export const offsetAt = (timeZone: string, at: Instant): number => spanAt(timeZone, at).offset

/** Date and time on the clocks of a zone. */
export interface ClockReading {
  /** `YYYY-MM-DD` */
  readonly date: string
  /** `HH:MM:SS` */
  readonly time: string
  /** UTC offset in seconds, positive to the east. */
  readonly offset: number
}

/** Local date and time of a zone at an instant of the years 0 to 9999. @throws RangeError if the zone is unknown */
export function clockAt(timeZone: string, at: Instant): ClockReading {
  const offset = offsetAt(timeZone, at)
  const text = new Date((at + offset) * 1000).toISOString()
  return { date: text.slice(0, 10), time: text.slice(11, 19), offset }
}

/** The UTC offset at the noon that begins a night, in seconds, positive to the east. @throws RangeError as {@link nightInterval} */
export const noonOffset = (night: Night): number => offsetAt(night.site.timeZone, nightInterval(night).start)

/**
 * When the site's clocks show a time `HH:MM` in a night: on its date from 12:00 on, on the next date before. Where the clocks go
 * back and show it twice, that is the first time. Where they go forward and skip it, it is read as before the change: for 02:30
 * that is when they show 03:30. So RFC 5545, section 3.3.5, has it.
 *
 * @throws RangeError as {@link nightInterval}
 */
export const clockInNight = (night: Night, time: string): Instant =>
  instantOfClock(night.site.timeZone, time < '12:00' ? tomorrow(night).date : night.date, time)

/** The date a number of days later. @throws RangeError if it is not a date */
export const dateAfter = (date: string, days: number): string => Temporal.PlainDate.from(date).add({ days }).toString()

/** A clock change, as for daylight saving time. */
export interface ClockChange {
  /** The first instant of the new time. */
  readonly at: Instant
  /** Seconds by which the clocks go forward; negative if they go back. */
  readonly by: number
}

/** The clock change during a night, if any. @throws RangeError as {@link nightInterval} */
export function clockChange(night: Night): ClockChange | undefined {
  const { timeZone } = night.site
  const { start, end } = nightInterval(night)
  const { end: at, offset } = spanAt(timeZone, start)
  return at < end ? { at, by: offsetAt(timeZone, at) - offset } : undefined
}

/** Whether a text is a valid date `YYYY-MM-DD` of the years 0001 to 9998. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001' || text > '9999') return false
  try {
    return Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
}

/** The day of the week of a date, from 0 for Sunday to 6. @throws RangeError if there is no such date */
export const weekdayOf = (date: string): number => Temporal.PlainDate.from(date).dayOfWeek % 7

/** Whether a name is in the IANA time zone database, like `Europe/Paris`; offsets like `+02:00` are not. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false
  try {
    return new Temporal.ZonedDateTime(0n, name).epochMilliseconds === 0
  } catch {
    return false
  }
}

/** An interval of one UTC offset, in seconds, positive to the east. */
interface Span extends Interval {
  readonly offset: number
}

/** The spans used last, by zone. */
const spans = new LRUCache<string, readonly Span[]>({ max: 512 })

/** The span that contains an instant, from one clock change to the next. */
function spanAt(timeZone: string, at: Instant): Span {
  const cached = spans.get(timeZone) ?? []
  const known = cached.find(({ start, end }) => start <= at && at < end)
  if (known) return known
  const local = Temporal.Instant.fromEpochMilliseconds(at * 1000).toZonedDateTimeISO(timeZone)
  const span = {
    // A clock change at this very second belongs to the span.
    start: secondsOf(local.add({ seconds: 1 }).getTimeZoneTransition('previous')) ?? -Infinity,
    end: secondsOf(local.getTimeZoneTransition('next')) ?? Infinity,
    offset: Math.round(local.offsetNanoseconds / 1e9),
  }
  spans.set(timeZone, [span, ...cached].slice(0, 16))
  return span
}

const secondsOf = (local: Temporal.ZonedDateTime | null): Instant | undefined =>
  local ? Math.floor(local.epochMilliseconds / 1000) : undefined

const tomorrow = (night: Night): Night => dayAfter(night, 1)

const dayAfter = ({ site, date }: Night, days: number): Night => ({
  site,
  date: new Date(Date.parse(date) + days * DAY * 1000).toISOString().slice(0, -14),
})

function noonOf({ site: { timeZone }, date }: Night): Instant {
  const key = `${timeZone} ${date}`
  const known = noons.get(key)
  if (known !== undefined) return known
  const noon = instantOfClock(timeZone, date, '12:00')
  noons.set(key, noon)
  return noon
}

/** When the clocks of a zone show a time `HH:MM` on a date; as RFC 5545 says where they skip it or show it twice. */
function instantOfClock(timeZone: string, date: string, plainTime: string): Instant {
  const local = Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime })
  return Math.floor(local.epochMilliseconds / 1000)
}

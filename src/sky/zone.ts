import { LRUCache } from 'lru-cache'
import { Temporal } from 'temporal-polyfill'
import type { Instant, Interval } from '../domain/interval.ts'
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

/** Whether a name is one of the IANA time zone database, as `Europe/Paris`; a bare offset as `+02:00` is not. */
export function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false
  try {
    return new Temporal.ZonedDateTime(0n, name).epochMilliseconds === 0
  } catch {
    return false
  }
}

/** A zone that crosses the date line skips a date: its noon is the next date's noon. */
const happened = (night: Night): boolean => noonOf(night) < noonOf(tomorrow(night))

const tomorrow = (night: Night): Night => dayAfter(night, 1)

const dayAfter = ({ site, date }: Night, days: number): Night =>
  ({ site, date: Temporal.PlainDate.from(date).add({ days }).toString() })

function noonOf({ site: { timeZone }, date }: Night): Instant {
  const name = `${timeZone} ${date}`
  const known = noons.get(name)
  if (known !== undefined) return known
  const local = Temporal.PlainDate.from(date).toZonedDateTime({ timeZone, plainTime: '12:00' })
  const noon = Math.floor(local.epochMilliseconds / 1000)
  noons.set(name, noon)
  return noon
}

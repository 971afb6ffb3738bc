import { type Instant, type Interval, MINUTE } from '../domain/interval.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { clockAt, clockInNight, dateAfter, isDate } from '../sky/zone.ts'
import { parseTime } from '../wire/time.ts'
import { CliError } from './cli-error.ts'

/** `19:12` at the clock of a site, or in UTC. */
export const clockTime = (at: Instant, { timeZone }: Pick<Site, 'timeZone'>): string =>
  clockAt(timeZone, at).time.slice(0, 5)

export const UTC = { timeZone: 'UTC' }

/** `19:12-23:40`, in whole minutes that lie within the interval. */
export const clockTimes = ({ start, end }: Interval, site: Pick<Site, 'timeZone'>): string =>
  `${clockTime(Math.ceil(start / MINUTE) * MINUTE, site)}-${clockTime(Math.floor(end / MINUTE) * MINUTE, site)}`

/** `2030-06-19 22:15-23:00` at the clock of a site, or in UTC; with seconds and the date of the end where they differ. */
export function datedTimes({ start, end }: Interval, { timeZone }: Pick<Site, 'timeZone'>): string {
  const [from, to] = [clockAt(timeZone, start), clockAt(timeZone, end)]
  return `${from.date} ${short(from.time)}-${to.date === from.date ? '' : `${to.date} `}${short(to.time)}`
}

const short = (time: string) => time.replace(/:00$/, '')

/** `2030-06-19 22:15-23:00 there, 2030-06-20 04:15-05:00 UTC`; only UTC if the clock of the site is not known. */
export const bothTimes = (interval: Interval, site: Pick<Site, 'timeZone'> | undefined): string =>
  [...(site ? [`${datedTimes(interval, site)} there`] : []), `${datedTimes(interval, UTC)} UTC`].join(', ')

/** The site with a code, or a telescope of the enclosure with it: they share a clock. */
export const siteOf = (code: SiteCode, sites: readonly Site[]): Site | undefined =>
  sites.find((site) => site.code === code) ?? sites.find(({ wema }) => wema === code)

/**
 * The instant of `2030-06-20T04:15Z`, or of `2030-06-19 22:15` at the clock of a site.
 * @param problem the end of the sentence about a text that is neither
 * @throws CliError `usage`, also if the clock skips that time or shows it twice
 */
export function instantFrom(text: string, site: Site | undefined, problem = NO_TIME): Instant {
  const at = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? parseTime(text) : undefined
  if (at !== undefined) return at
  const [, date = '', time = ''] = /^(\d{4}-\d\d-\d\d) (([01]\d|2[0-3]):[0-5]\d)$/.exec(text) ?? []
  if (!isDate(date)) throw new CliError('usage', `${text} ${problem}`)
  if (!site) throw new CliError('usage', 'The clock of this site is not known: write the time as 2030-06-20T04:15Z.')
  return instantAtClock(site, date, time)
}

const NO_TIME = 'is not a time: write 2030-06-20T04:15Z, or "2030-06-19 22:15" for the clock of the site.'

function instantAtClock(site: Site, date: string, time: string): Instant {
  const at = clockInNight({ site, date: time < '12:00' ? dateAfter(date, -1) : date }, time)
  const shows = (instant: Instant) => {
    const clock = clockAt(site.timeZone, instant)
    return clock.date === date && clock.time.startsWith(time)
  }
  const count = [at, at + 30 * MINUTE, at + 60 * MINUTE].filter(shows).length
  if (count === 1) return at
  const problem = count === 0 ? 'skip' : 'show twice'
  throw new CliError(
    'usage',
    `${date} ${time} is a time that the clocks there ${problem}: write one with a zone, as 2030-06-20T04:15Z.`,
  )
}

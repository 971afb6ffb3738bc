import { DAY, type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nearestFreeDark, searchedSpan } from '../../src/sky/free-time.ts'
import { clockAt, nextNight, nightAt } from '../../src/sky/zone.ts'
import { formatClock, formatNight } from '../format.ts'

/** How many nights ahead are searched. */
export const NIGHTS = 14
/** The shortest free time that is of use, in seconds. */
const MIN_DURATION = 30 * MINUTE

const wantedFrom = (now: Instant): Interval => ({ start: now, end: now + MIN_DURATION })

/** The interval from `start` on whose reservations the search at the sites needs, in whole UTC days, so that it seldom changes. */
export function searchWindow(sites: readonly Site[], start: Instant, now: Instant): Interval {
  const ends = sites.map((site) => searchedSpan(site, wantedFrom(now), NIGHTS).end)
  return { start: start - (start % DAY), end: Math.ceil(Math.max(...ends) / DAY) * DAY }
}

/** The next free dark time of 30 minutes or more at a site, in whole minutes unless it begins now; undefined if there is none. */
export function nextFreeDark(site: Site, taken: readonly Interval[], now: Instant): Interval | undefined {
  const search = { site, taken, wanted: wantedFrom(now), length: MIN_DURATION, earliest: now, nights: NIGHTS }
  const { after } = nearestFreeDark(search)
  if (!after) return undefined
  const start = after.start === now ? now : Math.ceil(after.start / MINUTE) * MINUTE
  return { start, end: after.end - (after.end % MINUTE) }
}

/** `tonight 20:14–23:15`, `now until 23:15`, `tomorrow 20:15–23:00`, `Friday 20 March 20:16–23:00`, site time. */
export function formatFree(site: Site, free: Interval, now: Instant): string {
  if (free.start <= now) return `now until ${formatClock(site, free.end)}`
  return `${formatEvening(site, free.start, now)} ${formatClock(site, free.start)}–${formatClock(site, free.end)}`
}

/** Before noon, both the night that is ending and the next one are tonight. */
function formatEvening(site: Site, at: Instant, now: Instant): string {
  const evening = nightAt(site, at).date
  const today = clockAt(site.timeZone, now).date
  if (evening === nightAt(site, now).date || evening === today) return 'tonight'
  return evening === nextNight({ site, date: today }).date ? 'tomorrow' : formatNight(evening).replace(/ \d+$/, '')
}

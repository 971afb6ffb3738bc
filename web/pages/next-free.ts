import { DAY, type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nearestFreeDark, searchedSpan } from '../../src/sky/free-time.ts'
import { clockAt, nextNight, nightAt } from '../../src/sky/zone.ts'
import { formatClock, formatNight } from '../format.ts'

/** How many nights ahead are searched, and the shortest time that is of use. */
export const NIGHTS = 14
const MIN_DURATION = 30 * MINUTE

const wantedFrom = (now: Instant): Interval => ({ start: now, end: now + MIN_DURATION })

/** What has to be known to search at all of these sites, in whole days so that it seldom changes, from `start` on. */
export function searchedAt(sites: readonly Site[], start: Instant, now: Instant): Interval {
  const ends = sites.map((site) => searchedSpan(site, wantedFrom(now), NIGHTS).end)
  return { start: start - (start % DAY), end: Math.ceil(Math.max(...ends) / DAY) * DAY }
}

/** The next free dark time at a site that is of use, in whole minutes where it does not begin now. */
export function nextFreeDark(site: Site, taken: readonly Interval[], now: Instant): Interval | undefined {
  const search = { site, taken, wanted: wantedFrom(now), length: MIN_DURATION, earliest: now, nights: NIGHTS }
  const { after } = nearestFreeDark(search)
  if (!after) return undefined
  const start = after.start === now ? now : Math.ceil(after.start / MINUTE) * MINUTE
  return { start, end: after.end - (after.end % MINUTE) }
}

/** `tonight 20:14–23:15`, `now until 23:15`, `tomorrow 20:15–23:00`, `Friday 20 March 20:16–23:00`, by the site's clock. */
export function formatFree(site: Site, free: Interval, now: Instant): string {
  if (free.start <= now) return `now until ${formatClock(site, free.end)}`
  return `${formatEvening(site, free.start, now)} ${formatClock(site, free.start)}–${formatClock(site, free.end)}`
}

/** Before noon both the night that is ending and the one that comes are tonight: the time tells which. */
function formatEvening(site: Site, at: Instant, now: Instant): string {
  const evening = nightAt(site, at).date
  const today = clockAt(site.timeZone, now).date
  if (evening === nightAt(site, now).date || evening === today) return 'tonight'
  return evening === nextNight({ site, date: today }).date ? 'tomorrow' : formatNight(evening).replace(/ \d+$/, '')
}

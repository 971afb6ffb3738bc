import { type Instant, type Interval, MINUTE } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { clockAt } from '../sky/zone.ts'

/** `19:12` at the clock of a site, or in UTC. */
export const clockTime = (at: Instant, { timeZone }: Pick<Site, 'timeZone'>): string =>
  clockAt(timeZone, at).time.slice(0, 5)

export const UTC = { timeZone: 'UTC' }

/** `19:12-23:40`, in whole minutes that lie within the interval. */
export const clockTimes = ({ start, end }: Interval, site: Pick<Site, 'timeZone'>): string =>
  `${clockTime(Math.ceil(start / MINUTE) * MINUTE, site)}-${clockTime(Math.floor(end / MINUTE) * MINUTE, site)}`

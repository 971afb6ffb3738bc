import type { Instant } from '../src/domain/interval.ts'
import type { Site } from '../src/domain/site.ts'
import { isTimeZone, offsetAt } from '../src/sky/zone.ts'

/** A time zone: that of a site, or `{ timeZone }`. */
export type Zone = Pick<Site, 'timeZone'>

export const UTC: Zone = { timeZone: 'UTC' }

/** The time zone of the browser; UTC if there is no data for it. */
export function ownZone(): Zone {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return { timeZone: isTimeZone(timeZone) ? timeZone : 'UTC' }
}

/** `Apache Ridge 0m45` for `Apache Ridge Observatory 0m45`: where there is little room. */
export const shortName = ({ name }: Pick<Site, 'name'>): string => name.replace(/ (Camp )?Observator(y|ies)\b/, '')

/** Whether the reader's clocks show something else than a site's. */
export const differsFromOwn = ({ timeZone }: Zone, at: Instant): boolean =>
  offsetAt(timeZone, at) !== offsetAt(ownZone().timeZone, at)

/** The place that names a zone: `Denver` for `America/Denver`, `UTC` for `Etc/UTC`. */
export function zoneName({ timeZone }: Zone): string {
  const name = timeZone.slice(timeZone.lastIndexOf('/') + 1).replaceAll('_', ' ')
  return /^(GMT|UTC|UCT|Zulu|Universal|Greenwich)/.test(name) ? 'UTC' : name
}

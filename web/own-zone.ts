import type { Instant } from '../src/domain/interval.ts'
import type { Site } from '../src/domain/site.ts'
import { isTimeZone, offsetAt } from '../src/sky/zone.ts'

/** A place whose clocks show a time: a site, or `{ timeZone }`. */
export type Place = Pick<Site, 'timeZone'>

/** Where clocks show UTC. */
export const UTC: Place = { timeZone: 'UTC' }

/** Where the reader is, as far as the browser says; UTC if its time zone has no data. */
export function ownPlace(): Place {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  return { timeZone: isTimeZone(timeZone) ? timeZone : 'UTC' }
}

/** `Apache Ridge 0m45` for `Apache Ridge Observatory 0m45`: where there is little room. */
export const shortName = ({ name }: Pick<Site, 'name'>): string => name.replace(/ (Camp )?Observator(y|ies)\b/, '')

/** Whether the reader's clocks show something else than a site's. */
export const differsFromOwn = ({ timeZone }: Place, at: Instant): boolean =>
  offsetAt(timeZone, at) !== offsetAt(ownPlace().timeZone, at)

/** The place that names a zone: `Denver` for `America/Denver`, `UTC` for `Etc/UTC`. */
export function placeName({ timeZone }: Place): string {
  const name = timeZone.slice(timeZone.lastIndexOf('/') + 1).replaceAll('_', ' ')
  return /^(GMT|UTC|UCT|Zulu|Universal|Greenwich)/.test(name) ? 'UTC' : name
}

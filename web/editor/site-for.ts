import { telescopesIn } from '../../src/domain/enclosure.ts'
import type { Site, SiteCode } from '../../src/domain/site.ts'

/** The site of a code, or an enclosure, which is where its telescopes are. For any other code a placeholder in UTC without a sky. */
export function siteFor(sites: ReadonlyMap<SiteCode, Site>, code: SiteCode): { site: Site; hasSky: boolean } {
  const site = sites.get(code)
  if (site) return { site, hasSky: true }
  const telescopes = telescopesIn(code, sites)
  const first = telescopes[0] === undefined ? undefined : sites.get(telescopes[0])
  if (first) return { site: { ...first, code, name: `enclosure of ${telescopes.join(', ')}` }, hasSky: true }
  return {
    site: { code, name: code, latitude: 0, longitude: 0, elevation: 0, timeZone: 'UTC', enclosure: '' },
    hasSky: false,
  }
}

/** The notice for a site that is not listed. */
export const NO_TIME_ZONE = 'The clock of this telescope is not known: times are UTC.'

import type { Site, SiteCode } from '../../src/domain/site.ts'

/** A site, or what can be said of a code that is not listed: its clock is taken to show UTC, and it has no sky. */
export function siteFor(sites: ReadonlyMap<SiteCode, Site>, code: SiteCode): { site: Site; hasSky: boolean } {
  const site = sites.get(code)
  if (site) return { site, hasSky: true }
  return { site: { code, name: code, latitude: 0, longitude: 0, elevation: 0, timeZone: 'UTC', enclosure: '' }, hasSky: false }
}

/** Said where the site is not listed. */
export const NO_TIME_ZONE = 'The clock of this telescope is not known: times are UTC.'

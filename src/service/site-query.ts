import { wemaOf, wemasOf } from '../domain/enclosure.ts'
import type { Interval } from '../domain/interval.ts'
import type { SiteCode } from '../domain/site.ts'
import type { OutlineWindow, SiteQuery } from '../store/port.ts'
import type { ServiceContext } from './context.ts'

/**
 * The list of some sites, with the closures of their enclosures. In the list of a single telescope these have its code as
 * their resource, since clients look for that.
 */
export function siteQuery(
  sites: readonly SiteCode[],
  during: Interval,
  { sites: telescopes }: Pick<ServiceContext, 'sites'>,
): SiteQuery {
  const wemas = wemasOf(sites, telescopes)
  if (wemas.length === 0) return { sites, during }
  const [first] = sites
  return { sites, during, wemas, ...(sites.every((site) => site === first) && { resource: first }) }
}

/** What decides who has a telescope in an interval: its reservations, and the closures of its enclosure. */
export const outlineWindow = (
  site: SiteCode,
  during: Interval,
  { sites: telescopes }: Pick<ServiceContext, 'sites'>,
): OutlineWindow => ({ site, during, wema: wemaOf(site, telescopes) })

import type { Kind, Reservation } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Codec, OutlineWindow, Query, SiteQuery } from './port.ts'

/** The codes at which a list has reservations: its sites, and the enclosures. */
export function codesOf({ sites, wemas = [] }: SiteQuery): readonly SiteCode[] {
  const distinct = sites.length === 1 ? sites : [...new Set(sites)]
  return wemas.length === 0 ? distinct : [...distinct, ...wemas]
}

/** Whether a row at one of the codes of a list is listed: of an enclosure only maintenance is. An observer's list has all. */
export const isListed = (query: Query, { site, kind }: { readonly site: SiteCode; readonly kind?: Kind }): boolean =>
  kind === 'maintenance' || !wemasOf(query)?.includes(site)

/** The `resource` that a list gives the rows at a code in place of the stored one; undefined if it is shown as it is stored. */
export const shownResource = (query: Query, site: SiteCode): SiteCode | undefined =>
  'sites' in query && query.wemas?.includes(site) ? query.resource : undefined

/** A row with its reservation as a list shows it. */
export function asListed<R extends { readonly reservation: Reservation }>(query: Query, row: R): R {
  const resource = shownResource(query, row.reservation.site)
  return resource === undefined ? row : { ...row, reservation: { ...row.reservation, resource } }
}

/** The encoded reservation with another resource. */
export const withResource = (text: string, resource: string, codec: Codec): string =>
  codec.encode({ ...codec.decode(text), resource })

/** The query that lists a window. */
export const queryOf = ({ site, during, wema }: OutlineWindow): SiteQuery => ({
  sites: [site],
  during,
  ...(wema !== undefined && { wemas: [wema] }),
})

const wemasOf = (query: Query) => ('sites' in query ? query.wemas : undefined)

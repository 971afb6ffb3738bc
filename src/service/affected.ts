import { assertTrusted } from '../domain/access.ts'
import { takenCodes, wemasOf } from '../domain/enclosure.ts'
import { DAY, type Interval } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import { MAX_MAINTENANCE_DURATION } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { SiteQuery } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { assertWindow } from './queries.ts'

/**
 * The list of the reservations, closures included, that a closure of a telescope or an enclosure would conflict with, as they are
 * stored.
 * @throws Failure `unauthenticated`; `forbidden` for observers; `malformed` if maintenance cannot last so long
 */
export function affectedBy(
  site: SiteCode,
  during: Interval,
  actor: Actor,
  { sites: telescopes }: Pick<ServiceContext, 'sites'>,
): SiteQuery {
  assertTrusted(actor)
  assertWindow(during, MAX_MAINTENANCE_DURATION / DAY)
  const sites = takenCodes({ site, kind: 'maintenance' }, telescopes)
  return { sites, during, wemas: wemasOf(sites, telescopes) }
}

import type { Viewer } from '../domain/access.ts'
import { conflicts } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { DAY, type Instant, type Interval, durationOf, secondAt } from '../domain/interval.ts'
import type { ObserverId } from '../domain/observer.ts'
import { requireRow, type Reference, type Stored } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Outline } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { outlineWindow, siteQuery } from './site-query.ts'

/** The row that a reference matches. @throws Failure `not_found`; `malformed` if it matches duplicate rows */
export const get = async (reference: Reference, { store }: ServiceContext): Promise<Stored> =>
  requireRow(reference, await store.find(reference.id))

/** The reservations in effect at a site at an instant, as the bytes of a JSON array. @throws Failure as `Store.listBytes` */
export const bytesAtInstant = (
  site: SiteCode,
  at: Instant,
  viewer: Viewer,
  context: Pick<ServiceContext, 'store' | 'sites'>,
): Promise<Uint8Array<ArrayBuffer>> =>
  context.store.listBytes({ ...siteQuery([site], secondAt(at), context), inEffect: true }, viewer)

/** Whether an observer has a site at an instant: by a reservation, or during maintenance only by that. */
export async function isScheduled(
  observer: ObserverId,
  site: SiteCode,
  at: Instant,
  context: Pick<ServiceContext, 'store' | 'sites'>,
): Promise<boolean> {
  const own: Outline[] = []
  let isClosed = false
  for await (const chunk of context.store.outlines(outlineWindow(site, secondAt(at), context))) {
    isClosed ||= chunk.some(isClosure)
    // One reservation and one maintenance of the observer are enough.
    own.push(...[chunk.find(isOf(observer)), chunk.filter(isClosure).find(isOf(observer))].flatMap((one) => one ?? []))
  }
  return own.some((one) => !isClosed || isClosure(one))
}

const isOf = (observer: ObserverId) => (one: Outline) => one.observer === observer
const isClosure = ({ kind }: Outline) => kind === 'maintenance'

/** Whether a reservation of another observer, or maintenance, overlaps an interval at a site. */
export async function isTaken(
  observer: ObserverId,
  site: SiteCode,
  during: Interval,
  context: ServiceContext,
): Promise<boolean> {
  const proposed = { ...during, site, observer, kind: 'realtime' } as const
  for await (const chunk of context.store.outlines(outlineWindow(site, during, context)))
    if (chunk.some((one) => conflicts(proposed, one, context.sites))) return true
  return false
}

/**
 * Checks that a window is not empty and not longer than `days`.
 * @throws Failure `malformed`
 */
export function assertWindow(during: Interval, days: number): void {
  if (during.end <= during.start) throw invalidWindow('start must come before end')
  if (durationOf(during) > days * DAY) throw invalidWindow(`a window may span at most ${days} days`)
}

const invalidWindow = (message: string) => new Failure('malformed', `Error: ${message}`, [{ field: 'end', message }])

import { conflicts, inForce } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { DAY, type Instant, type Interval, lengthOf, momentOf } from '../domain/interval.ts'
import type { ObserverId } from '../domain/observer.ts'
import { pick, type Reference, type Reservation, type Stored } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Outline } from '../store/store.ts'
import type { World } from './world.ts'

/** @throws Failure `not_found` */
export const get = async (reference: Reference, { store }: World): Promise<Stored> => pick(reference, await store.find(reference.id))

/** What is made of what counts at a site at an instant. @throws Failure as `Store.list` does */
export async function atInstant<T>(site: SiteCode, at: Instant, { store }: World, valueOf: (reservation: Reservation) => T): Promise<T[]> {
  const standing = await store.list({ sites: [site], during: momentOf(at) }, ({ reservation }) => ({
    reservation: { kind: reservation.kind },
    value: valueOf(reservation),
  }))
  return inForce(standing).map(({ value }) => value)
}

/** Whether an observer has a site at an instant. */
export async function isScheduled(observer: ObserverId, site: SiteCode, at: Instant, { store }: World): Promise<boolean> {
  const theirs: Outline[] = []
  let isClosed = false
  for await (const piece of store.outlines({ site, during: momentOf(at) })) {
    isClosed ||= piece.some(isClosure)
    // One of each is enough.
    theirs.push(...[piece.find(isOf(observer)), piece.filter(isClosure).find(isOf(observer))].flatMap((one) => one ?? []))
  }
  return theirs.some((one) => !isClosed || isClosure(one))
}

const isOf = (observer: ObserverId) => (one: Outline) => one.observer === observer
const isClosure = ({ kind }: Outline) => kind === 'maintenance'

/** Whether something keeps an observer from having a site for an interval: someone else's reservation, or maintenance. */
export async function isTaken(observer: ObserverId, site: SiteCode, during: Interval, { store }: World): Promise<boolean> {
  const wanted = { ...during, site, observer, kind: 'realtime' } as const
  for await (const piece of store.outlines({ site, during })) if (piece.some((one) => conflicts(wanted, one))) return true
  return false
}

/**
 * Refuses a window that runs backwards or is longer than `days`.
 * @throws Failure `malformed`
 */
export function assertWindow(during: Interval, days: number): void {
  if (during.end <= during.start) throw wrongWindow('start must come before end')
  if (lengthOf(during) > days * DAY) throw wrongWindow(`a window may span at most ${days} days`)
}

const wrongWindow = (message: string) => new Failure('malformed', `Error: ${message}`, [{ field: 'end', message }])

import { Failure } from './failure.ts'
import { type Actor, NAMELESS, nameOf, type ObserverId } from './observer.ts'
import type { Instant } from './interval.ts'
import { masked, unlessMasked } from './masking.ts'
import { givesWay, type Reservation } from './reservation.ts'

type SignedIn = Exclude<Actor, { role: 'anonymous' }>

/** @throws Failure `unauthenticated` */
export function assertSignedIn(by: Actor): asserts by is SignedIn {
  if (by.role === 'anonymous') throw new Failure('unauthenticated', 'You must sign in to do this.')
}

/** Admins and services act for anyone. */
export const isTrusted = (by: Actor): boolean => by.role === 'admin' || by.role === 'service'

const owns = (by: Actor, whose: ObserverId): boolean => by.role !== 'anonymous' && by.id === whose

/** @throws Failure `unauthenticated`, or `forbidden` when it would be someone else's or of a kind kept for admins and services */
export function assertMayCreate(by: Actor, wish: Reservation): void {
  assertSignedIn(by)
  if (!isTrusted(by) && !owns(by, wish.observer)) throw new Failure('forbidden', 'You may only create events of your own.')
  assertMayChoose(by, wish)
}

/**
 * The name that a new reservation bears. Of an observer it is their own, so that nobody passes for somebody else; what is
 * said counts where they have none, and from who may reserve for others. A client that copies a reservation may send the
 * name as strangers see it.
 */
export function creatorFor(by: SignedIn, said: string | undefined, whose: ObserverId): string {
  const own = by.role === 'observer' && by.untold ? NAMELESS : by.name
  if (own === undefined) return said ?? nameOf(by)
  if (by.role === 'observer' || said === undefined) return own
  return owns(by, whose) ? unlessMasked(said, own) : said
}

/** @throws Failure `unauthenticated` or `forbidden` */
export function assertMayAmend(by: Actor, before: Reservation, after: Reservation): void {
  assertMayTouch(by, before)
  assertMayChoose(by, after, before)
}

/** One's own, or anybody's that gives way. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayCancel(by: Actor, reservation: Reservation): void {
  assertSignedIn(by)
  if (!givesWay(reservation)) assertMayTouch(by, reservation)
}

/** @throws Failure `unauthenticated` or `forbidden` */
export function assertMayTouch(by: Actor, reservation: Reservation): void {
  assertSignedIn(by)
  if (!mayTouch(by, reservation)) throw new Failure('forbidden', 'You may only modify your own events.')
}

/** Whether it is one's own, or one acts for anyone. */
export const mayTouch = (by: Actor, reservation: Reservation): boolean => isTrusted(by) || owns(by, reservation.observer)

/** An observer's projects are for themselves, admins and services. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayReadProjects(by: Actor, whose: ObserverId): void {
  assertSignedIn(by)
  if (!isTrusted(by) && !owns(by, whose)) throw new Failure('forbidden', 'You may only read your own projects.')
}

/** @throws Failure `forbidden` when an observer asks to pass over a conflict */
export function assertMayOverride(by: Actor, override: boolean): void {
  if (override && !isTrusted(by)) throw new Failure('forbidden', 'Only an admin or a service may override a conflict.')
}

function assertMayChoose(by: Actor, after: Reservation, before?: Reservation): void {
  if (isTrusted(by)) return
  if (after.kind === 'maintenance' && before?.kind !== 'maintenance') {
    throw new Failure('forbidden', 'Only an admin or a service may reserve time for maintenance.')
  }
  if (after.origin === 'lco' && before?.origin !== 'lco') {
    throw new Failure('forbidden', 'Only an admin or a service may create events of origin lco.')
  }
}

/** Whether projects may be attached and schedules expired without signing in (`guarded`), or never (`strict`). */
export type WriteGuard = 'guarded' | 'strict'

/** @throws Failure `unauthenticated` */
export function assertMayTidy(by: Actor, guard: WriteGuard): void {
  if (guard === 'strict') assertSignedIn(by)
}

/** What has ended is history: only an admin or a service may still change it without being asked who they are. */
export const mayTidy = (by: Actor, { end }: Pick<Reservation, 'end'>, now: Instant): boolean => isTrusted(by) || end > now

/** Which reservations somebody sees whole; the others they see masked. */
export type Eyes = { readonly sees: 'everything' } | { readonly sees: 'own'; readonly observer: ObserverId | undefined }

export function eyesOf(by: Actor): Eyes {
  if (isTrusted(by)) return { sees: 'everything' }
  return { sees: 'own', observer: by.role === 'observer' ? by.id : undefined }
}

export const seesWhole = (eyes: Eyes, reservation: Reservation): boolean =>
  eyes.sees === 'everything' || reservation.observer === eyes.observer

/** `reservation` as `eyes` see it. */
export const seenBy = (eyes: Eyes, reservation: Reservation): Reservation =>
  seesWhole(eyes, reservation) ? reservation : masked(reservation)

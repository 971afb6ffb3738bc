import { Failure } from './failure.ts'
import { type Actor, NAMELESS, nameOf, type ObserverId } from './observer.ts'
import type { Instant } from './interval.ts'
import { masked, unmaskedIfSame } from './masking.ts'
import { isPreemptible, type Reservation } from './reservation.ts'

type SignedIn = Exclude<Actor, { role: 'anonymous' }>

/** @throws Failure `unauthenticated` */
export function assertSignedIn(actor: Actor): asserts actor is SignedIn {
  if (actor.role === 'anonymous') throw new Failure('unauthenticated', 'You must sign in to do this.')
}

/** Admins and services act for anyone. */
export const isTrusted = (actor: Actor): boolean => actor.role === 'admin' || actor.role === 'service'

const owns = (actor: Actor, observer: ObserverId): boolean => actor.role !== 'anonymous' && actor.id === observer

/** @throws Failure `unauthenticated`, or `forbidden` when it would be someone else's or of a kind kept for admins and services */
export function assertMayCreate(actor: Actor, proposed: Reservation): void {
  assertSignedIn(actor)
  if (!isTrusted(actor) && !owns(actor, proposed.observer)) throw new Failure('forbidden', 'You may only create events of your own.')
  assertMaySetFields(actor, proposed)
}

/**
 * The name that a new reservation bears. Of an observer it is their own, so that nobody passes for somebody else; what is
 * said counts where they have none, and from who may reserve for others. A client that copies a reservation may send the
 * name as anonymous callers see it.
 */
export function creatorNameFor(actor: SignedIn, requested: string | undefined, observer: ObserverId): string {
  const ownName = actor.role === 'observer' && actor.untold ? NAMELESS : actor.name
  if (ownName === undefined) return requested ?? nameOf(actor)
  if (actor.role === 'observer' || requested === undefined) return ownName
  return owns(actor, observer) ? unmaskedIfSame(requested, ownName) : requested
}

/** @throws Failure `unauthenticated` or `forbidden` */
export function assertMayAmend(actor: Actor, before: Reservation, after: Reservation): void {
  assertMayModify(actor, before)
  assertMaySetFields(actor, after, before)
}

/** One's own, or anybody's that gives way. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayCancel(actor: Actor, reservation: Reservation): void {
  assertSignedIn(actor)
  if (!isPreemptible(reservation)) assertMayModify(actor, reservation)
}

/** @throws Failure `unauthenticated` or `forbidden` */
export function assertMayModify(actor: Actor, reservation: Pick<Reservation, 'observer'>): void {
  assertSignedIn(actor)
  if (!mayModify(actor, reservation)) throw new Failure('forbidden', 'You may only modify your own events.')
}

/** Whether it is one's own, or one acts for anyone. */
export const mayModify = (actor: Actor, { observer }: Pick<Reservation, 'observer'>): boolean => isTrusted(actor) || owns(actor, observer)

/** An observer's projects are for themselves, admins and services. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayReadProjects(actor: Actor, observer: ObserverId): void {
  assertSignedIn(actor)
  if (!isTrusted(actor) && !owns(actor, observer)) throw new Failure('forbidden', 'You may only read your own projects.')
}

/** @throws Failure `forbidden` when an observer asks to pass over a conflict */
export function assertMayOverride(actor: Actor, override: boolean): void {
  if (override && !isTrusted(actor)) throw new Failure('forbidden', 'Only an admin or a service may override a conflict.')
}

function assertMaySetFields(actor: Actor, after: Reservation, before?: Reservation): void {
  if (isTrusted(actor)) return
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
export function assertMayModifyUnauthenticated(actor: Actor, guard: WriteGuard): void {
  if (guard === 'strict') assertSignedIn(actor)
}

/** What has ended is history: only an admin or a service may still change it without being asked who they are. */
export const mayModifyUnauthenticated = (actor: Actor, { end }: Pick<Reservation, 'end'>, now: Instant): boolean => isTrusted(actor) || end > now

/** Which reservations somebody sees whole; the others they see masked. */
export type Viewer = { readonly sees: 'everything' } | { readonly sees: 'own'; readonly observer: ObserverId | undefined }

export function viewerOf(actor: Actor): Viewer {
  if (isTrusted(actor)) return { sees: 'everything' }
  return { sees: 'own', observer: actor.role === 'observer' ? actor.id : undefined }
}

export const seesUnmasked = (eyes: Viewer, reservation: Reservation): boolean =>
  eyes.sees === 'everything' || reservation.observer === eyes.observer

/** `reservation` as `viewer` see it. */
export const visibleTo = (eyes: Viewer, reservation: Reservation): Reservation =>
  seesUnmasked(eyes, reservation) ? reservation : masked(reservation)

import { Failure } from './failure.ts'
import { type Actor, NAMELESS, nameOf, type ObserverId } from './observer.ts'
import type { Instant } from './interval.ts'
import { masked, unmaskedIfSame } from './masking.ts'
import { isPreemptible, type Reservation } from './reservation.ts'

type SignedIn = Exclude<Actor, { role: 'anonymous' }>

/** Requires a signed-in actor. @throws Failure `unauthenticated` */
export function assertSignedIn(actor: Actor): asserts actor is SignedIn {
  if (actor.role === 'anonymous') throw new Failure('unauthenticated', 'You must sign in to do this.')
}

/** Whether an actor may act for all observers: admins and services. */
export const isTrusted = (actor: Actor): boolean => actor.role === 'admin' || actor.role === 'service'

/** Requires an actor who may act for all observers. @throws Failure `unauthenticated` or `forbidden` */
export function assertTrusted(actor: Actor): void {
  assertSignedIn(actor)
  if (!isTrusted(actor)) throw new Failure('forbidden', 'Only an admin or a service may do this.')
}

const owns = (actor: Actor, observer: ObserverId): boolean => actor.role !== 'anonymous' && actor.id === observer

/** @throws Failure `unauthenticated`; `forbidden` for another observer's reservation, or a kind or origin that only admins and services may set */
export function assertMayCreate(actor: Actor, proposed: Reservation): void {
  assertSignedIn(actor)
  if (!isTrusted(actor) && !owns(actor, proposed.observer))
    throw new Failure('forbidden', 'You may only create events of your own.')
  assertMaySetFields(actor, proposed)
}

/**
 * The `creator` of a new reservation. Observers get their own name, so that nobody can pretend to be another; the requested
 * name counts only if they have none. Admins and services may choose it. A client that copies a reservation may send the
 * masked name.
 */
export function creatorNameFor(actor: SignedIn, requested: string | undefined, observer: ObserverId): string {
  const ownName = actor.role === 'observer' && actor.isNameUnavailable ? NAMELESS : actor.name
  if (ownName === undefined) return requested ?? nameOf(actor)
  if (actor.role === 'observer' || requested === undefined) return ownName
  return owns(actor, observer) ? unmaskedIfSame(requested, ownName) : requested
}

/** Checks an amendment from `before` to `after`. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayAmend(actor: Actor, before: Reservation, after: Reservation): void {
  assertMayModify(actor, before)
  assertMaySetFields(actor, after, before)
}

/** Observers may cancel their own and all preemptible reservations. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayCancel(actor: Actor, reservation: Reservation): void {
  assertSignedIn(actor)
  if (!isPreemptible(reservation)) assertMayModify(actor, reservation)
}

/** Requires {@link mayModify}. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayModify(actor: Actor, reservation: Pick<Reservation, 'observer'>): void {
  assertSignedIn(actor)
  if (!mayModify(actor, reservation)) throw new Failure('forbidden', 'You may only modify your own events.')
}

/** Whether an actor may modify a reservation: its observer, admins and services. */
export const mayModify = (actor: Actor, { observer }: Pick<Reservation, 'observer'>): boolean =>
  isTrusted(actor) || owns(actor, observer)

/** Observers may read their own projects; admins and services all. @throws Failure `unauthenticated` or `forbidden` */
export function assertMayReadProjects(actor: Actor, observer: ObserverId): void {
  assertSignedIn(actor)
  if (!isTrusted(actor) && !owns(actor, observer))
    throw new Failure('forbidden', 'You may only read your own projects.')
}

/** Only admins and services may override a conflict. @throws Failure `forbidden` */
export function assertMayOverride(actor: Actor, override: boolean): void {
  if (override && !isTrusted(actor))
    throw new Failure('forbidden', 'Only an admin or a service may override a conflict.')
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

/** Whether projects may be attached and LCO schedules expired without signing in (`guarded`), or not (`strict`). */
export type WriteGuard = 'guarded' | 'strict'

/** Requires a signed-in actor under the write guard `strict`. @throws Failure `unauthenticated` */
export function assertMayModifyUnauthenticated(actor: Actor, guard: WriteGuard): void {
  if (guard === 'strict') assertSignedIn(actor)
}

/** Whether an endpoint without sign-in may change a reservation. Ended ones may be changed by admins and services only. */
export const mayModifyUnauthenticated = (actor: Actor, { end }: Pick<Reservation, 'end'>, now: Instant): boolean =>
  isTrusted(actor) || end > now

/** Which reservations a caller sees unmasked. */
export type Viewer =
  | { readonly sees: 'everything' }
  | { readonly sees: 'own'; readonly observer: ObserverId | undefined }

/** The viewer for an actor. */
export function viewerOf(actor: Actor): Viewer {
  if (isTrusted(actor)) return { sees: 'everything' }
  return { sees: 'own', observer: actor.role === 'observer' ? actor.id : undefined }
}

/** Whether a viewer sees a reservation unmasked. */
export const seesUnmasked = (viewer: Viewer, { observer }: Pick<Reservation, 'observer'>): boolean =>
  viewer.sees === 'everything' || observer === viewer.observer

/** The reservation as a viewer sees it: masked or not. */
export const visibleTo = (viewer: Viewer, reservation: Reservation): Reservation =>
  seesUnmasked(viewer, reservation) ? reservation : masked(reservation)

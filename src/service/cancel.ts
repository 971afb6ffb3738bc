import { assertMayCancel, assertMayOverride, assertSignedIn } from '../domain/access.ts'
import type { Actor } from '../domain/observer.ts'
import { requireRow, type Reference, type Reservation } from '../domain/reservation.ts'
import type { Decision, Scope, Snapshot } from '../store/port.ts'
import { assertDeletable } from './assert-allowed.ts'
import { assertExpected, changeOf } from './commit.ts'
import type { ServiceContext } from './context.ts'

/** A requested deletion. */
interface Cancellation {
  readonly reference: Reference
  /** The revisions that the reservation may have now; any by default. */
  readonly expected?: readonly number[] | undefined
  /** Whether broken rules are overridden. */
  readonly override?: boolean
}

/**
 * Deletes a reservation. Its history stays, so `restore` can bring it back.
 * @returns the deleted reservation
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`, `rules`
 */
export async function cancel(cancellation: Cancellation, actor: Actor, context: ServiceContext): Promise<Reservation> {
  assertSignedIn(actor)
  assertMayOverride(actor, cancellation.override ?? false)
  return context.store.change(cancelScope(cancellation), (snapshot) =>
    decideCancel(cancellation, actor, snapshot, context),
  )
}

/** What {@link decideCancel} has to see. */
export const cancelScope = ({ reference }: Cancellation): Scope => ({ ids: [reference.id] })

/**
 * Decides on a deletion by an actor who may override. Pure.
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`, `rules`
 */
export function decideCancel(
  { reference, expected, override = false }: Cancellation,
  actor: Actor,
  snapshot: Snapshot,
  context: ServiceContext,
): Decision<Reservation> {
  const before = requireRow(reference, snapshot.rows(reference.id))
  assertMayCancel(actor, before.reservation)
  assertExpected(before, expected)
  const overridden = assertDeletable(before.reservation, { actor, override }, context)
  return {
    changes: [changeOf({ before }, { by: actor, via: 'cancel', overridden }, snapshot, context)],
    answer: before.reservation,
  }
}

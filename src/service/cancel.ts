import { assertMayCancel, assertSignedIn } from '../domain/access.ts'
import type { Actor } from '../domain/observer.ts'
import { requireRow, type Reference, type Reservation } from '../domain/reservation.ts'
import { assertExpected, changeOf } from './commit.ts'
import type { ServiceContext } from './context.ts'

/**
 * Deletes a reservation. Its history stays, so `restore` can bring it back.
 * @returns the deleted reservation
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`
 */
export async function cancel(
  { reference, expected }: { reference: Reference; expected?: readonly number[] | undefined },
  actor: Actor,
  context: ServiceContext,
): Promise<Reservation> {
  assertSignedIn(actor)
  return context.store.change({ ids: [reference.id] }, (snapshot) => {
    const before = requireRow(reference, snapshot.rows(reference.id))
    assertMayCancel(actor, before.reservation)
    assertExpected(before, expected)
    return {
      changes: [changeOf({ before }, { by: actor, via: 'cancel' }, snapshot, context)],
      answer: before.reservation,
    }
  })
}

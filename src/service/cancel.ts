import { assertMayCancel, assertSignedIn } from '../domain/access.ts'
import type { Actor } from '../domain/observer.ts'
import { pick, type Reference, type Reservation } from '../domain/reservation.ts'
import { assertExpected, changeOf } from './change.ts'
import type { World } from './world.ts'

/**
 * Deletes a reservation; its history stays, and `restore` brings it back.
 * @returns what was deleted
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`
 */
export async function cancel(
  { reference, expected }: { reference: Reference; expected?: readonly number[] | undefined },
  by: Actor,
  world: World,
): Promise<Reservation> {
  assertSignedIn(by)
  return world.store.change({ named: [reference.id] }, (standing) => {
    const before = pick(reference, standing.named(reference.id))
    assertMayCancel(by, before.reservation)
    assertExpected(before, expected)
    return { changes: [changeOf({ before }, { by, via: 'cancel' }, standing, world)], answer: before.reservation }
  })
}

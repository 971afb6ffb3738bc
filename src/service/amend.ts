import { assertMayAmend, assertMayOverride, assertSignedIn, mayTouch } from '../domain/access.ts'
import { newlyClaimed } from '../domain/conflict.ts'
import type { Actor } from '../domain/observer.ts'
import { lengthOf } from '../domain/interval.ts'
import { assertLawful, LONGEST_MAINTENANCE, namedBy, pick, type Reference, type Reservation } from '../domain/reservation.ts'
import type { Scope } from '../store/store.ts'
import { assertExpected, assertFree, assertNotOnTwin, changeOf, placeOf, seeing } from './change.ts'
import type { Made } from './reserve.ts'
import { suggesting } from './suggest.ts'
import type { World } from './world.ts'

export interface Amendment {
  readonly reference: Reference
  /** What becomes of the reservation. Pure; keeps its id and whose it is. */
  readonly change: (before: Reservation) => Reservation
  readonly override: boolean
  /** The revisions the caller may have decided on; any, if not said. */
  readonly expected?: readonly number[] | undefined
}

/**
 * Changes a reservation, in one step: refused, it stays as it was.
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`, `malformed`, `too_large`, `conflict`
 */
export async function amend({ reference, change, override, expected }: Amendment, by: Actor, world: World): Promise<Made> {
  assertSignedIn(by)
  assertMayOverride(by, override)
  return suggesting(
    world,
    world.store.change({ ...around(reference, change, by), ...seeing(override, world) }, (standing) => {
      const twins = standing.named(reference.id)
      const before = pick(reference, twins)
      const after = change(before.reservation)
      assertMayAmend(by, before.reservation, after)
      assertExpected(before, expected)
      assertLawful(after, before.reservation)
      assertNotOnTwin(after, before, twins)
      const across = assertFree(after, standing, { before: before.reservation, override, policy: world.conflicts })
      const revision = standing.nextRevision(reference.id)
      const changes = [changeOf({ before, after }, { by, via: 'amend', across }, standing, world)]
      return { changes, answer: { reservation: after, revision, across } }
    }),
  )
}

/** Where an amendment goes is known once the row is: worked out again at each try. Nothing is looked at for who may not amend it. */
const around = (reference: Reference, change: Amendment['change'], by: Actor): Scope => ({
  named: [reference.id],
  around: (named) =>
    namedBy(reference, named(reference.id)).flatMap(({ reservation: before }) => {
      const after = change(before)
      return mayTouch(by, before) && isSought(after, before) ? newlyClaimed(after, before).map((during) => placeOf(after, during)) : []
    }),
})

/** Nothing is looked for in a time that is going to be refused for its length. */
const isSought = (after: Reservation, before: Reservation) =>
  (after.start === before.start && after.end === before.end) || (lengthOf(after) > 0 && lengthOf(after) <= LONGEST_MAINTENANCE)

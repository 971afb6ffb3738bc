import { assertMayCreate, assertMayOverride, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { type Actor, NAMELESS, signatureOf } from '../domain/observer.ts'
import { assertLawful, type Reservation, sameContent, type Stored } from '../domain/reservation.ts'
import type { Standing } from '../store/store.ts'
import { assertFree, changeOf, placeOf, seeing } from './change.ts'
import { suggesting } from './suggest.ts'
import type { World } from './world.ts'

/** A reservation that now stands, and what it was laid across (nothing, unless that was allowed). */
export interface Made extends Stored {
  readonly across: readonly Stored[]
}

/**
 * Makes a reservation. The same wish again from the same caller is a retry and is answered as the first was.
 * @throws Failure `malformed`, `too_large`, `unauthenticated`, `forbidden`; `conflict` when the time or the id is taken
 */
export async function reserve(wish: Reservation, by: Actor, options: { override: boolean }, world: World): Promise<Made> {
  // Before anything is read for it.
  assertSignedIn(by)
  assertLawful(wish)
  assertMayCreate(by, wish)
  assertMayOverride(by, options.override)
  return suggesting(
    world,
    world.store.change({ named: [wish.id], around: () => [placeOf(wish)], ...seeing(options.override, world) }, (standing) => {
      const revision = standing.nextRevision(wish.id)
      if (revision > 1 || standing.named(wish.id).length > 0) return { changes: [], answer: retryOf(wish, by, standing) }
      const across = assertFree(wish, standing, { ...options, policy: world.conflicts })
      const change = changeOf({ after: wish }, { by, via: 'reserve', across }, standing, world)
      return { changes: [change], answer: { reservation: wish, revision, across } }
    }),
  )
}

/** @throws Failure `conflict`: nothing is ever overwritten, and the id of a deleted event is not used again */
function retryOf(wish: Reservation, by: Actor, standing: Standing): Made {
  const [known] = standing.named(wish.id)
  if (!known) throw new Failure('conflict', 'An event with this event_id was deleted; restore-event brings it back.')
  const [first] = standing.history(wish.id, { most: 1 })
  if (first?.by !== signatureOf(by) || !isSameWish(known.reservation, wish, by)) {
    throw new Failure('conflict', 'There is already an event with this event_id.')
  }
  return { ...known, across: [] }
}

/**
 * The same in all that was said. In their name an observer has no say, and the issuer may have told it at one time and
 * not at the other; a title follows it where none was said.
 */
function isSameWish(a: Reservation, b: Reservation, by: Actor): boolean {
  const isSaid = by.role !== 'observer' && a.creator !== NAMELESS && b.creator !== NAMELESS
  return isSaid ? sameContent(a, b) : sameContent(nameless(a), nameless(b))
}

const nameless = (one: Reservation): Reservation => ({ ...one, creator: NAMELESS, title: one.title === one.creator ? NAMELESS : one.title })

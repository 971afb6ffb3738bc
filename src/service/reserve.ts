import { assertMayCreate, assertMayOverride, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { type Actor, NAMELESS, actorIdOf } from '../domain/observer.ts'
import { assertValid, type Reservation, sameContent, type Stored } from '../domain/reservation.ts'
import type { Snapshot } from '../store/port.ts'
import { assertFree, changeOf, windowOf, overlapLimit } from './commit.ts'
import { suggestFreeTime } from './suggest-free-time.ts'
import type { ServiceContext } from './context.ts'

/** A reservation that now stands, and what it was laid across (nothing, unless that was allowed). */
export interface WriteResult extends Stored {
  readonly overlapping: readonly Stored[]
}

/**
 * Makes a reservation. The same proposed reservation again from the same caller is a retry and is answered as the first was.
 * @throws Failure `malformed`, `too_large`, `unauthenticated`, `forbidden`; `conflict` when the time or the id is taken
 */
export async function reserve(proposed: Reservation, actor: Actor, options: { override: boolean }, context: ServiceContext): Promise<WriteResult> {
  // Before anything is read for it.
  assertSignedIn(actor)
  assertValid(proposed)
  assertMayCreate(actor, proposed)
  assertMayOverride(actor, options.override)
  return suggestFreeTime(
    context,
    context.store.change({ ids: [proposed.id], windows: () => [windowOf(proposed)], ...overlapLimit(options.override, context) }, (snapshot) => {
      const revision = snapshot.nextRevision(proposed.id)
      if (revision > 1 || snapshot.rows(proposed.id).length > 0) return { changes: [], answer: answerRetry(proposed, actor, snapshot) }
      const overlapping = assertFree(proposed, snapshot, { ...options, policy: context.conflictPolicy })
      const change = changeOf({ after: proposed }, { by: actor, via: 'reserve', overlapping }, snapshot, context)
      return { changes: [change], answer: { reservation: proposed, revision, overlapping } }
    }),
  )
}

/** @throws Failure `conflict`: nothing is ever overwritten, and the id of a deleted event is not used again */
function answerRetry(proposed: Reservation, actor: Actor, snapshot: Snapshot): WriteResult {
  const [known] = snapshot.rows(proposed.id)
  if (!known) throw new Failure('conflict', 'An event with this event_id was deleted; restore-event brings it back.')
  const [first] = snapshot.history(proposed.id, { limit: 1 })
  if (first?.by !== actorIdOf(actor) || !isSameWish(known.reservation, proposed, actor)) {
    throw new Failure('conflict', 'There is already an event with this event_id.')
  }
  return { ...known, overlapping: [] }
}

/**
 * The same in all that was said. In their name an observer has no say, and the issuer may have told it at one time and
 * not at the other; a title follows it where none was said.
 */
function isSameWish(a: Reservation, b: Reservation, actor: Actor): boolean {
  const isSaid = actor.role !== 'observer' && a.creator !== NAMELESS && b.creator !== NAMELESS
  return isSaid ? sameContent(a, b) : sameContent(nameless(a), nameless(b))
}

const nameless = (one: Reservation): Reservation => ({ ...one, creator: NAMELESS, title: one.title === one.creator ? NAMELESS : one.title })

import { assertMayCreate, assertMayOverride, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { type Actor, NAMELESS, actorIdOf } from '../domain/observer.ts'
import { assertValid, type Reservation, sameContent, type Stored } from '../domain/reservation.ts'
import type { Decision, Scope, Snapshot } from '../store/port.ts'
import { assertAllowed } from './assert-allowed.ts'
import { changeOf, windowsOf, overlapLimit } from './commit.ts'
import { observersOf } from './rules.ts'
import { suggestFreeTime } from './suggest-free-time.ts'
import type { ServiceContext } from './context.ts'

/** The reservation that was written, with its revision and the conflicts that were allowed. */
export interface WriteResult extends Stored {
  readonly overlapping: readonly Stored[]
}

/**
 * Creates a reservation. The same proposed reservation of the same caller is a retry, and gets the same answer.
 * @throws Failure `malformed`, `too_large`, `unauthenticated`, `forbidden`; `conflict` if the time or the id is taken; `rules`
 */
export async function reserve(
  proposed: Reservation,
  actor: Actor,
  options: ReserveOptions,
  context: ServiceContext,
): Promise<WriteResult> {
  assertMayReserve(proposed, actor, options)
  return suggestFreeTime(
    context,
    actor,
    context.store.change(reserveScope(proposed, actor, options, context), (snapshot) =>
      decideReserve(proposed, actor, options, snapshot, context),
    ),
  )
}

interface ReserveOptions {
  readonly override: boolean
}

/**
 * What can be checked before anything is read from the store.
 * @throws Failure `malformed`, `unauthenticated`, `forbidden`
 */
export function assertMayReserve(proposed: Reservation, actor: Actor, { override }: ReserveOptions): void {
  assertSignedIn(actor)
  assertValid(proposed)
  assertMayCreate(actor, proposed)
  assertMayOverride(actor, override)
}

/** What {@link decideReserve} has to see; of a retry nothing but the reservation itself. */
export const reserveScope = (
  proposed: Reservation,
  actor: Actor,
  { override }: ReserveOptions,
  context: ServiceContext,
): Scope => ({
  ids: [proposed.id],
  windows: (rows) => (rows(proposed.id).length > 0 ? [] : windowsOf(proposed, context.sites)),
  observers: (rows) => (rows(proposed.id).length > 0 ? [] : observersOf({ after: proposed }, actor, context)),
  ...overlapLimit(override, context),
})

/** Decides on a proposed reservation. Pure. @throws Failure `too_large`; `conflict` if the time or the id is taken; `rules` */
export function decideReserve(
  proposed: Reservation,
  actor: Actor,
  options: ReserveOptions,
  snapshot: Snapshot,
  context: ServiceContext,
): Decision<WriteResult> {
  const revision = snapshot.nextRevision(proposed.id)
  if (revision > 1 || snapshot.rows(proposed.id).length > 0)
    return { changes: [], answer: answerRetry(proposed, actor, snapshot) }
  const allowed = assertAllowed(proposed, snapshot, { ...options, actor }, context)
  const change = changeOf({ after: proposed }, { by: actor, via: 'reserve', ...allowed }, snapshot, context)
  return { changes: [change], answer: { reservation: proposed, revision, overlapping: allowed.overlapping } }
}

/** The answer to a retry. @throws Failure `conflict` if the id is taken, or was used by a deleted reservation */
function answerRetry(proposed: Reservation, actor: Actor, snapshot: Snapshot): WriteResult {
  const [known] = snapshot.rows(proposed.id)
  if (!known) throw new Failure('conflict', 'An event with this event_id was deleted; restore-event brings it back.')
  const [first] = snapshot.history(proposed.id, { limit: 1 })
  if (first?.by !== actorIdOf(actor) || !isRetry(known.reservation, proposed, actor)) {
    throw new Failure('conflict', 'There is already an event with this event_id.')
  }
  return { ...known, overlapping: [] }
}

/**
 * Whether two reservations are equal in what the caller can choose. Observers cannot choose their name; the issuer may have
 * answered it for one request only. The title equals the name by default.
 */
function isRetry(a: Reservation, b: Reservation, actor: Actor): boolean {
  const isNameChosen = actor.role !== 'observer' && a.creator !== NAMELESS && b.creator !== NAMELESS
  return isNameChosen ? sameContent(a, b) : sameContent(withoutName(a), withoutName(b))
}

const withoutName = (one: Reservation): Reservation => ({
  ...one,
  creator: NAMELESS,
  title: one.title === one.creator ? NAMELESS : one.title,
})

import { assertMayAmend, assertMayOverride, assertSignedIn, mayModify } from '../domain/access.ts'
import { acknowledgeMove } from '../domain/moved-from.ts'
import type { Actor } from '../domain/observer.ts'
import { durationOf } from '../domain/interval.ts'
import {
  assertValid,
  MAX_MAINTENANCE_DURATION,
  matchingRows,
  requireRow,
  type Reference,
  type Reservation,
  type Stored,
} from '../domain/reservation.ts'
import type { Decision, Scope, Snapshot } from '../store/port.ts'
import { assertAllowed } from './assert-allowed.ts'
import { assertExpected, assertNoDuplicateRow, changeOf, windowsOf, overlapLimit } from './commit.ts'
import type { WriteResult } from './reserve.ts'
import { observersOf } from './rules.ts'
import { suggestFreeTime } from './suggest-free-time.ts'
import type { ServiceContext } from './context.ts'

/** A requested change of one reservation. */
export interface Amendment {
  readonly reference: Reference
  /** Returns the amended reservation. Pure; keeps `id` and `observer`. */
  readonly change: (before: Reservation) => Reservation
  readonly override: boolean
  /** The revisions that the reservation may have now; any by default. */
  readonly expected?: readonly number[] | undefined
}

/**
 * Changes a reservation in one step. If that fails, the reservation is unchanged.
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`, `malformed`, `too_large`, `conflict`, `rules`
 */
export async function amend(amendment: Amendment, actor: Actor, context: ServiceContext): Promise<WriteResult> {
  assertSignedIn(actor)
  assertMayOverride(actor, amendment.override)
  return suggestFreeTime(
    context,
    actor,
    context.store.change(amendScope(amendment, actor, context), (snapshot) =>
      decideAmend(amendment, actor, snapshot, context),
    ),
  )
}

/**
 * Decides on an amendment by a signed-in actor who may override. Pure.
 * @throws Failure `not_found`, `forbidden`, `stale`, `malformed`, `too_large`, `conflict`, `rules`
 */
export function decideAmend(
  { reference, change, override, expected }: Amendment,
  actor: Actor,
  snapshot: Snapshot,
  context: ServiceContext,
): Decision<WriteResult> {
  const rows = snapshot.rows(reference.id)
  const before = requireRow(reference, rows)
  const after = acknowledgeMove(actor, change(before.reservation))
  assertMayAmend(actor, before.reservation, after)
  assertExpected(before, expected)
  assertValid(after, before.reservation)
  assertNoDuplicateRow(after, before, rows)
  const allowed = assertAllowed(after, snapshot, { before: before.reservation, actor, override }, context)
  const revision = snapshot.nextRevision(reference.id)
  const changes = [changeOf({ before, after }, { by: actor, via: 'amend', ...allowed }, snapshot, context)]
  return { changes, answer: { reservation: after, revision, overlapping: allowed.overlapping } }
}

/** What {@link decideAmend} has to see. It depends on the current row. For an actor who may not amend that, nothing is read. */
export function amendScope({ reference, change, override }: Amendment, actor: Actor, context: ServiceContext): Scope {
  const steps = (rows: readonly Stored[]) =>
    matchingRows(reference, rows)
      .map(({ reservation: before }) => ({ before, after: change(before) }))
      .filter(({ before, after }) => mayModify(actor, before) && isSearchable(after, before))
  return {
    ids: [reference.id],
    windows: (rows) =>
      steps(rows(reference.id)).flatMap(({ before, after }) => windowsOf(after, context.sites, before)),
    observers: (rows) => steps(rows(reference.id)).flatMap((step) => observersOf(step, actor, context)),
    ...overlapLimit(override, context),
  }
}

/** Whether the interval is unchanged or of a valid length; otherwise `assertValid` rejects it, and reading its overlaps is of no use. */
const isSearchable = (after: Reservation, before: Reservation) =>
  (after.start === before.start && after.end === before.end) ||
  (durationOf(after) > 0 && durationOf(after) <= MAX_MAINTENANCE_DURATION)

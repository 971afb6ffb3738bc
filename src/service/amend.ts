import { assertMayAmend, assertMayOverride, assertSignedIn, mayModify } from '../domain/access.ts'
import type { Telescopes } from '../domain/enclosure.ts'
import type { Actor } from '../domain/observer.ts'
import { durationOf } from '../domain/interval.ts'
import {
  assertValid,
  MAX_MAINTENANCE_DURATION,
  matchingRows,
  requireRow,
  type Reference,
  type Reservation,
} from '../domain/reservation.ts'
import type { Decision, Scope, Snapshot } from '../store/port.ts'
import { assertExpected, assertFree, assertNoDuplicateRow, changeOf, windowsOf, overlapLimit } from './commit.ts'
import type { WriteResult } from './reserve.ts'
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
 * @throws Failure `not_found`, `unauthenticated`, `forbidden`, `stale`, `malformed`, `too_large`, `conflict`
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
 * @throws Failure `not_found`, `forbidden`, `stale`, `malformed`, `too_large`, `conflict`
 */
export function decideAmend(
  { reference, change, override, expected }: Amendment,
  actor: Actor,
  snapshot: Snapshot,
  context: ServiceContext,
): Decision<WriteResult> {
  const rows = snapshot.rows(reference.id)
  const before = requireRow(reference, rows)
  const after = change(before.reservation)
  assertMayAmend(actor, before.reservation, after)
  assertExpected(before, expected)
  assertValid(after, before.reservation)
  assertNoDuplicateRow(after, before, rows)
  const overlapping = assertFree(after, snapshot, { before: before.reservation, override }, context)
  const revision = snapshot.nextRevision(reference.id)
  const changes = [changeOf({ before, after }, { by: actor, via: 'amend', overlapping }, snapshot, context)]
  return { changes, answer: { reservation: after, revision, overlapping } }
}

/** What {@link decideAmend} has to see. */
export const amendScope = (amendment: Amendment, actor: Actor, context: ServiceContext): Scope => ({
  ...scopeOf(amendment.reference, amendment.change, actor, context.sites),
  ...overlapLimit(amendment.override, context),
})

/** The windows depend on the current row. An actor who may not amend it gets no windows, so that nothing is read for them. */
const scopeOf = (reference: Reference, change: Amendment['change'], actor: Actor, telescopes: Telescopes): Scope => ({
  ids: [reference.id],
  windows: (rows) =>
    matchingRows(reference, rows(reference.id)).flatMap(({ reservation: before }) => {
      const after = change(before)
      return mayModify(actor, before) && isSearchable(after, before) ? windowsOf(after, telescopes, before) : []
    }),
})

/** Whether the interval is unchanged or of a valid length; otherwise `assertValid` rejects it, and reading its overlaps is of no use. */
const isSearchable = (after: Reservation, before: Reservation) =>
  (after.start === before.start && after.end === before.end) ||
  (durationOf(after) > 0 && durationOf(after) <= MAX_MAINTENANCE_DURATION)

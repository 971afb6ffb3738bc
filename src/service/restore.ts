import { assertMayAmend, assertMayOverride, assertMayModify, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { isCreatedHere } from '../domain/lineage.ts'
import { acknowledgeMove } from '../domain/moved-from.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, ReservationId, Stored } from '../domain/reservation.ts'
import type { Decision, Snapshot } from '../store/port.ts'
import { assertAllowed } from './assert-allowed.ts'
import { assertNoDuplicateRow, changeOf, windowsOf, overlapLimit } from './commit.ts'
import { type IdHistory, updateIdHistory, readIdHistory } from './id-history.ts'
import type { WriteResult } from './reserve.ts'
import { observersOf } from './rules.ts'
import { suggestFreeTime } from './suggest-free-time.ts'
import type { ServiceContext } from './context.ts'

interface RestoreRequest {
  readonly id: ReservationId
  readonly number: number
  readonly override: boolean
}

/**
 * Restores a reservation to its state after a revision. The rules are those of any other change.
 * @throws Failure `unauthenticated`, `forbidden`, `not_found`, `conflict`, `rules`; `malformed` for a revision that deleted it
 */
export async function restore(request: RestoreRequest, actor: Actor, context: ServiceContext): Promise<WriteResult> {
  assertSignedIn(actor)
  const { id, override } = request
  assertMayOverride(actor, override)
  // Revisions never change, so the target state and its observer can be read before the change.
  const target = await readTarget(request, context)
  assertMayModify(actor, target)
  const [first] = await context.store.history(id, { limit: 1 })
  let history = isCreatedHere(first) ? undefined : await readIdHistory(id, context.store)
  for (;;) {
    const change = context.store.change(
      {
        ids: [id],
        windows: () => windowsOf(target, context.sites),
        observers: () => observersOf({ after: target }, actor, context),
        ...overlapLimit(override, context),
      },
      (snapshot): Decision<WriteResult | undefined> => {
        const subject = subjectOf(request, snapshot, history)
        return subject
          ? decideRestore(target, subject, request, snapshot, actor, context)
          : { changes: [], answer: undefined }
      },
    )
    const result = await suggestFreeTime(context, actor, change)
    if (result) return result
    history = await readIdHistory(id, context.store)
  }
}

/** The row to restore: its current state, if it exists, and its last state. */
interface RestoreSubject {
  readonly stored: Stored | undefined
  readonly last: Reservation
}

/** Undefined if `history` is missing though there are duplicate rows, or is out of date. */
function subjectOf(
  { id, number }: RestoreRequest,
  snapshot: Snapshot,
  history: IdHistory | undefined,
): RestoreSubject | undefined {
  const rows = snapshot.rows(id)
  if (history) {
    const lineage = updateIdHistory(id, history, snapshot)?.lineages.find(({ revisions }) => revisions.has(number))
    if (!lineage) return undefined
    return { stored: rows.find(({ reservation }) => reservation.start === lineage.currentStart), last: lineage.last }
  }
  const [newest] = snapshot.history(id, { limit: 1, fromEnd: true })
  const last = newest?.after ?? newest?.before
  return rows.length > 1 || !last ? undefined : { stored: rows[0], last }
}

function decideRestore(
  target: Reservation,
  { stored, last }: RestoreSubject,
  { id, override }: RestoreRequest,
  snapshot: Snapshot,
  actor: Actor,
  context: ServiceContext,
): Decision<WriteResult> {
  // The last state of this row, since a duplicate row may belong to another observer.
  assertMayAmend(actor, stored?.reservation ?? last, target)
  const before = stored && { before: stored.reservation }
  const after = { ...acknowledgeMove(actor, target), modified: context.now() }
  assertNoDuplicateRow(after, stored, snapshot.rows(id))
  const allowed = assertAllowed(after, snapshot, { ...before, actor, override }, context)
  const change = changeOf(
    { ...(stored && { before: stored }), after },
    { by: actor, via: 'restore', ...allowed },
    snapshot,
    context,
  )
  return {
    changes: [change],
    answer: { reservation: after, revision: snapshot.nextRevision(id), overlapping: allowed.overlapping },
  }
}

async function readTarget({ id, number }: RestoreRequest, { store }: ServiceContext): Promise<Reservation> {
  const [revision] = await store.history(id, { after: number - 1, limit: 1 })
  if (revision?.number !== number) {
    const known = revision ?? (await store.history(id, { limit: 1 }))[0]
    throw new Failure('not_found', known ? 'There is no such revision.' : 'There is no such event.')
  }
  if (!revision.after)
    throw new Failure('malformed', 'Error: that revision deleted the event; restore the one before it')
  return revision.after
}

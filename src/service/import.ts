import { conflictingWith } from '../domain/conflict.ts'
import { isCreatedHere } from '../domain/lineage.ts'
import { type Reservation, type ReservationId, sameContent } from '../domain/reservation.ts'
import type { Decision, Scope, Snapshot } from '../store/port.ts'
import { windowsOf } from './commit.ts'
import { type IdHistory, updateIdHistory, readIdHistory } from './id-history.ts'
import type { ServiceContext } from './context.ts'

/** The result of importing one row. Only `imported` rows are written. */
export interface ImportResult {
  readonly outcome:
    | 'imported'
    /** Imported earlier; it may have been amended or moved since. */
    | 'already there'
    /** Another reservation has its id, or its id and start. */
    | 'differs'
    | 'deleted here'
    /** It would double-book a reservation that was created here. */
    | 'conflict'
  /** Ids that an imported row overlaps; for `conflict`, the ids created here that it conflicts with. */
  readonly overlapping: readonly ReservationId[]
}

/**
 * Imports one row of the original calendar. Nothing is overwritten, so an import can be repeated. Imported rows may
 * overlap each other, which is recorded, but not reservations that were created here, unless the policy is `warn`. Writes
 * no outbox messages: the projects service knows these reservations. Rows may be larger than the maximum for new events.
 */
export async function importRow(row: Reservation, context: ServiceContext): Promise<ImportResult> {
  let known: KnownHistory = { upTo: 0, lineages: [], isSame: false }
  for (;;) {
    const scope = { ids: [row.id], windows: () => windowsOf(row, context.sites) } satisfies Scope
    const outcome = await context.store.change(scope, (snapshot) => decideImport(row, known, snapshot, context))
    if (outcome) return outcome
    let isSame = false
    const history = await readIdHistory(
      row.id,
      context.store,
      ({ after }) => void (isSame ||= after !== undefined && sameContent(after, row)),
    )
    known = { ...history, isSame }
  }
}

/** The history of a row's id as read before the change, and whether the reservation ever equalled the row. */
interface KnownHistory extends IdHistory {
  readonly isSame: boolean
}

/** The answer is undefined if the history in `known` is out of date. */
function decideImport(
  row: Reservation,
  known: KnownHistory,
  snapshot: Snapshot,
  { now, conflictPolicy, sites }: ServiceContext,
): Decision<ImportResult | undefined> {
  const history = updateIdHistory(row.id, known, snapshot)
  // The first attempt does not read the history, since an id hardly ever has one.
  if (!history || history.upTo > known.upTo) return { changes: [], answer: undefined }
  const duplicate = outcomeOfKnown(row, known, snapshot)
  if (duplicate) return { changes: [], answer: { outcome: duplicate, overlapping: [] } }
  const overlapping = idsOf(conflictingWith(row, snapshot.overlapping, undefined, sites))
  const createdHere = overlapping.filter((id) => isCreatedHere(snapshot.history(id, { limit: 1 })[0]))
  if (createdHere.length > 0 && conflictPolicy === 'deny')
    return { changes: [], answer: { outcome: 'conflict', overlapping: createdHere } }
  const change = { after: row, at: now(), by: 'import', via: 'import', overlapping } as const
  return { changes: [change], answer: { outcome: 'imported', overlapping } }
}

const idsOf = (rows: readonly { readonly reservation: Reservation }[]) => [
  ...new Set(rows.map(({ reservation }) => reservation.id)),
]

/** The outcome for a row whose id or start is known; undefined if the row is new. */
function outcomeOfKnown(
  row: Reservation,
  { lineages, isSame }: KnownHistory,
  snapshot: Snapshot,
): ImportResult['outcome'] | undefined {
  const duplicate = snapshot.rows(row.id).find(({ reservation }) => reservation.start === row.start)
  if (duplicate) return isSame || sameContent(duplicate.reservation, row) ? 'already there' : 'differs'
  const lineage = lineages.find(({ starts }) => starts.has(row.start))
  if (lineage) return lineage.currentStart === undefined ? 'deleted here' : 'already there'
  // Only the original made duplicate rows: an id that was created here belongs to one reservation.
  return isCreatedHere(snapshot.history(row.id, { limit: 1 })[0]) ? 'differs' : undefined
}

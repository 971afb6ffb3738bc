import { conflictingWith } from '../domain/conflict.ts'
import { isCreatedHere } from '../domain/lineage.ts'
import { type Reservation, type ReservationId, sameContent } from '../domain/reservation.ts'
import type { Decision, Scope, Snapshot } from '../store/port.ts'
import { windowOf } from './commit.ts'
import { type IdHistory, updateIdHistory, readIdHistory } from './id-history.ts'
import type { ServiceContext } from './context.ts'

/** What became of a row of an export. Only of `imported` ones is anything written. */
export interface ImportResult {
  readonly outcome:
    | 'imported'
    /** From an earlier import, as it was or as it has been amended or moved here since. */
    | 'already there'
    /** Its id, or its id and start, belong to something else here. */
    | 'differs'
    | 'deleted here'
    /** It would double-book what was made here. */
    | 'conflict'
  /** What an imported row overlaps, as it did in the original; or what was made here and is in the way of one that was not. */
  readonly overlapping: readonly ReservationId[]
}

/**
 * Takes over one row of the original. Nothing that is here is ever overwritten, so that an import may be repeated.
 * Rows may overlap each other as they did in the original, which is kept and recorded; a reservation made here they
 * may not, unless the policy lets everything through. The projects service knows of these already and is told nothing.
 * A row may be larger than an event may be that is made here: what was taken over stays readable.
 */
export async function importRow(row: Reservation, context: ServiceContext): Promise<ImportResult> {
  let known: KnownHistory = { upTo: 0, lineages: [], isSame: false }
  for (;;) {
    const scope = { ids: [row.id], windows: () => [windowOf(row)] } satisfies Scope
    const outcome = await context.store.change(scope, (snapshot) => decideImport(row, known, snapshot, context))
    if (outcome) return outcome
    let isSame = false
    const history = await readIdHistory(row.id, context.store, ({ after }) => void (isSame ||= after !== undefined && sameContent(after, row)))
    known = { ...history, isSame }
  }
}

/** What is known beforehand of a row's id, and whether the row has ever stood as it is. */
interface KnownHistory extends IdHistory {
  readonly isSame: boolean
}

/** Undefined where the past that has been read beforehand does not say it. */
function decideImport(row: Reservation, known: KnownHistory, snapshot: Snapshot, { now, conflictPolicy }: ServiceContext): Decision<ImportResult | undefined> {
  const history = updateIdHistory(row.id, known, snapshot)
  // An id whose past has come meanwhile, or was not asked for yet, since it hardly ever has any.
  if (!history || history.upTo > known.upTo) return { changes: [], answer: undefined }
  const duplicate = outcomeOfKnown(row, known, snapshot)
  if (duplicate) return { changes: [], answer: { outcome: duplicate, overlapping: [] } }
  const overlapping = idsOf(conflictingWith(row, snapshot.overlapping))
  const createdHere = overlapping.filter((id) => isCreatedHere(snapshot.history(id, { limit: 1 })[0]))
  if (createdHere.length > 0 && conflictPolicy === 'deny') return { changes: [], answer: { outcome: 'conflict', overlapping: createdHere } }
  const change = { after: row, at: now(), by: 'import', via: 'import', overlapping } as const
  return { changes: [change], answer: { outcome: 'imported', overlapping } }
}

const idsOf = (rows: readonly { readonly reservation: Reservation }[]) => [...new Set(rows.map(({ reservation }) => reservation.id))]

/** What there is of a row already: undefined if it is new. */
function outcomeOfKnown(row: Reservation, { lineages, isSame }: KnownHistory, snapshot: Snapshot): ImportResult['outcome'] | undefined {
  const duplicate = snapshot.rows(row.id).find(({ reservation }) => reservation.start === row.start)
  if (duplicate) return isSame || sameContent(duplicate.reservation, row) ? 'already there' : 'differs'
  const lineage = lineages.find(({ starts }) => starts.has(row.start))
  if (lineage) return lineage.currentStart === undefined ? 'deleted here' : 'already there'
  // The original let one id stand at two starts; an id that was given here is not for another reservation.
  return isCreatedHere(snapshot.history(row.id, { limit: 1 })[0]) ? 'differs' : undefined
}

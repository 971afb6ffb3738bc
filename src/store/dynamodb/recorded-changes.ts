import { waitForAll } from '../../concurrency.ts'
import { Failure } from '../../domain/failure.ts'
import type { Instant } from '../../domain/interval.ts'
import { firstStartIn, type Lineage } from '../../domain/lineage.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Change } from '../port.ts'
import type { RowChange } from './day-index.ts'
import { deletedLineage } from './deleted-row.ts'
import { isReservedId } from './items.ts'
import type { LoadedRows } from './rows-by-id.ts'
import { firstStartOf, newRow, type Row } from './rows.ts'
import type { TableContext } from './table.ts'

/** A change, with what it does to the rows of its id. */
export interface RecordedChange extends RowChange {
  readonly id: ReservationId
  readonly change: Change
  /** Of the revision that records it. */
  readonly number: number
  readonly largestSize: number
  /** Of the row that it restores, if it does. */
  readonly restored: Lineage | undefined
}

/** The changes, numbered, with the rows that they replace, restore and write. */
export function recordedChanges(
  changes: readonly Change[],
  rowsById: ReadonlyMap<ReservationId, LoadedRows>,
  context: TableContext,
) {
  const numbers = new Map<ReservationId, number>()
  return waitForAll(
    changes.map(async (change): Promise<RecordedChange> => {
      const id = (change.after ?? change.before?.reservation)?.id ?? ''
      const loaded = rowsById.get(id)
      if (!loaded) throw new Error('The change is of a reservation that is not in its scope.')
      if (isReservedId(id)) throw new Failure('malformed', 'Error: event_id must not begin with calendar#')
      const number = (numbers.get(id) ?? loaded.lastRevision) + 1
      numbers.set(id, number)
      return { id, change, number, largestSize: loaded.largestSize, ...(await rowsOf(change, loaded, number, context)) }
    }),
  )
}

/** The row that a change replaces, the deleted one that it restores, and the one that it writes. */
async function rowsOf(change: Change, { rows, lastRevision }: LoadedRows, number: number, context: TableContext) {
  const before = replacedRow(change, rows)
  // Nothing was deleted under a new id.
  const isOld = lastRevision > 0 && !before
  const restored =
    change.after && isOld ? await deletedLineage(change.after.id, change.after.start, context) : undefined
  const firstStart = before ? firstStartOf(before) : restored && firstStartIn(restored)
  const after = change.after && newRow(change.after, number, context.codec, firstStart)
  return { before, restored, after }
}

function replacedRow({ before, after }: Change, rows: readonly Row[]): Row | undefined {
  const rowAt = (start: Instant) => rows.find(({ reservation }) => reservation.start === start)
  const replaced = before && rowAt(before.reservation.start)
  if (before && !replaced) throw new Error('No such row.')
  const taken = after && rowAt(after.start)
  if (taken && taken !== replaced) throw new Error('The target start is already taken.')
  return replaced
}

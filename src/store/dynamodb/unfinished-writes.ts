import { canonical } from '../../domain/canonical.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import { type Finding, notice, problem } from '../integrity.ts'
import type { RowCodec } from '../port.ts'
import { lastRevisions, revisionItem, type StoredRevision } from './history.ts'
import { type Item, keyOf } from './items.ts'
import type { ItemWrite } from './item-write.ts'
import { rowsUnder } from './rows-by-id.ts'
import { firstStartOf, type Row, rowItem, rowKey } from './rows.ts'
import type { TableContext } from './table.ts'

/**
 * A change of which a backup, or a table that was restored to a moment, holds only a part: some of its items as they were
 * after it, others as before.
 */
export interface UnfinishedWrite extends Finding {
  /** Complete the change; none if only a person can decide. */
  readonly writes: readonly Pick<ItemWrite, 'key' | 'put'>[]
}

/** The change of an id that was only written in part; undefined if there is none. */
export async function findUnfinishedWrite(id: ReservationId, context: TableContext) {
  const { codec } = context
  // The rows first: a change that is being written now is in the history by then.
  const rows = await rowsUnder(id, context)
  const [last, former] = await lastRevisions(id, 2, context)
  const ahead = rows.find(({ revision }) => revision > (last?.number ?? 0))
  if (ahead) return unrecordedWrite(ahead, rows, last, codec)
  if (!last || (former && former.number !== last.number - 1)) return undefined
  const behind = rows.find(
    ({ reservation, revision }) => revision < last.number && last.before && isSameRow(reservation, last.before, codec),
  )
  if (behind) return unappliedWrite(behind, rows, last, codec)
  const isGone = last.after && rows.length === 0
  return isGone
    ? { ...notice('is gone, though its history does not say so; restore-event brings it back'), writes: [] }
    : undefined
}

const isSameRow = (a: Reservation, b: Reservation, codec: RowCodec) =>
  canonical(codec.row(a)) === canonical(codec.row(b))

/** A row without the revision that made it, which is written again, but without its author. */
function unrecordedWrite(row: Row, rows: readonly Row[], last: StoredRevision | undefined, codec: RowCodec) {
  const { reservation, revision: number } = row
  if (number > (last?.number ?? 0) + 1)
    return { ...problem('its last revisions are missing from its history'), writes: [] }
  const before = last?.after
  const moved =
    before &&
    rows.find((one) => one !== row && one.revision === last.number && isSameRow(one.reservation, before, codec))
  const origin = { at: reservation.modified, by: 'import', via: 'import', overlapping: [] } as const
  const revision = {
    ...origin,
    id: reservation.id,
    number,
    before,
    after: reservation,
    largestSize: last?.largestSize ?? 0,
  }
  const writes = [put(revisionItem(revision, codec)), ...(moved ? [{ key: rowKey(moved) }] : [])]
  return { ...problem('its last revision is missing from its history'), writes }
}

/**
 * A row as it was before the last revision. With a revision number it was left so by an interrupted change: after a
 * rollback the original sends back the number that it has read with other content. Without one the original may have
 * restored it.
 */
function unappliedWrite(behind: Row, rows: readonly Row[], last: StoredRevision, codec: RowCodec) {
  const { after, number } = last
  const text = 'is as it was before its last revision'
  if (behind.revision === 0) return { ...notice(text), writes: [] }
  const key = after && codec.time(after.start)
  const isThere = rows.some((row) => row.key === key && row.revision === number)
  const firstStart = firstStartOf(behind)
  const puts = after && !isThere ? [put(rowItem({ reservation: after, revision: number, firstStart }, codec))] : []
  return { ...problem(text), writes: [...puts, ...(behind.key === key ? [] : [{ key: rowKey(behind) }])] }
}

const put = (item: Item) => ({ key: keyOf(item), put: item })

import type { WriteRequest } from '@aws-sdk/client-dynamodb'
import { canonical } from '../../domain/canonical.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { Finding } from '../integrity.ts'
import type { RowCodec } from '../port.ts'
import { lastRevisions, type ReadContext, rowsUnder } from './by-id.ts'
import { keyAttributes } from './items.ts'
import { type StoredRevision, type Row, revisionItem, rowItem } from './rows.ts'

/**
 * A backup, or a table that was brought back to a second of the past, may hold a part of a change that was just being
 * committed: some of its items as they were after it, the others as before. So a change that is there in part was made.
 */
export interface UnfinishedWrite {
  readonly severity: Finding['severity']
  readonly text: string
  /** What makes it whole; empty where only a person can tell. */
  readonly writes: readonly WriteRequest[]
}

/** What a change that is there in part has left under an id; undefined where there is none. */
export async function findUnfinishedWrite(id: ReservationId, reading: ReadContext): Promise<UnfinishedWrite | undefined> {
  // The rows before the history: what is being written now is in it by then.
  const rows = await rowsUnder(id, reading)
  const [last, former] = await lastRevisions(id, 2, reading)
  const ahead = rows.find(({ revision }) => revision > (last?.number ?? 0))
  if (ahead) return unrecordedWrite(ahead, rows, last, reading.codec)
  if (!last || (former && former.number !== last.number - 1)) return undefined
  const left = rows.find(({ reservation, revision }) => revision < last.number && last.before && isSameRow(reservation, last.before, reading.codec))
  if (left) return unappliedWrite(left, rows, last, reading.codec)
  if (last.after && rows.length === 0) return { severity: 'notice', text: 'is gone, though its history does not say so; restore-event brings it back', writes: [] }
  return undefined
}

const isSameRow = (a: Reservation, b: Reservation, codec: RowCodec) => canonical(codec.row(a)) === canonical(codec.row(b))

/** A row without the revision that made it. That is written anew; who made it, and by what, is not known any more. */
function unrecordedWrite(row: Row, rows: readonly Row[], last: StoredRevision | undefined, codec: RowCodec): UnfinishedWrite {
  const { reservation, revision } = row
  if (revision > (last?.number ?? 0) + 1) return { severity: 'problem', text: 'its last revisions are missing from its history', writes: [] }
  const before = last?.after
  const moved = before && rows.find((one) => one !== row && one.revision === last.number && isSameRow(one.reservation, before, codec))
  const by = { at: reservation.modified, by: 'import', via: 'import', overlapping: [], token: '' } as const
  const created = { ...by, id: reservation.id, number: revision, before, after: reservation, largestSize: last ? last.largestSize : 0 }
  const writes = [{ PutRequest: { Item: revisionItem(created, codec) } }, ...(moved ? [removal(moved)] : [])]
  return { severity: 'problem', text: 'its last revision is missing from its history', writes }
}

/**
 * A row exactly as it was before the last revision. One that has a number was left so: the original, after a rollback,
 * sends back the number that it has read with whatever it changes. One without may have been put back by it.
 */
function unappliedWrite(left: Row, rows: readonly Row[], { after, number }: StoredRevision, codec: RowCodec): UnfinishedWrite {
  const text = 'is as it was before its last revision'
  if (left.revision === 0) return { severity: 'notice', text, writes: [] }
  const key = after && codec.time(after.start)
  const isThere = rows.some((row) => row.key === key && row.revision === number)
  const put = after && !isThere ? [{ PutRequest: { Item: rowItem(after, number, codec) } }] : []
  return { severity: 'problem', text, writes: [...put, ...(left.key === key ? [] : [removal(left)])] }
}

const removal = ({ reservation: { id }, key }: Row): WriteRequest => ({ DeleteRequest: { Key: keyAttributes({ event_id: id, start: key }) } })

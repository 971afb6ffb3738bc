import type { WriteRequest } from '@aws-sdk/client-dynamodb'
import { canonical } from '../../domain/canonical.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { Finding } from '../finding.ts'
import type { RowCodec } from '../store.ts'
import { lastRevisions, type Reading, rowsUnder } from './by-id.ts'
import { keyAttributes } from './keys.ts'
import { type Recorded, type Row, revisionItem, rowItem } from './rows.ts'

/**
 * A backup, or a table that was brought back to a second of the past, may hold a part of a change that was just being
 * committed: some of its items as they were after it, the others as before. So a change that is there in part was made.
 */
export interface Partial {
  readonly gravity: Finding['gravity']
  readonly what: string
  /** What makes it whole; empty where only a person can tell. */
  readonly writes: readonly WriteRequest[]
}

/** What a change that is there in part has left under an id; undefined where there is none. */
export async function partialUnder(id: ReservationId, reading: Reading): Promise<Partial | undefined> {
  // The rows before the history: what is being written now is in it by then.
  const rows = await rowsUnder(id, reading)
  const [last, former] = await lastRevisions(id, 2, reading)
  const ahead = rows.find(({ revision }) => revision > (last?.number ?? 0))
  if (ahead) return unrecorded(ahead, rows, last, reading.codec)
  if (!last || (former && former.number !== last.number - 1)) return undefined
  const left = rows.find(({ reservation, revision }) => revision < last.number && last.before && isAlike(reservation, last.before, reading.codec))
  if (left) return undone(left, rows, last, reading.codec)
  if (last.after && rows.length === 0) return { gravity: 'remark', what: 'is gone, though its history does not say so; restore-event brings it back', writes: [] }
  return undefined
}

const isAlike = (a: Reservation, b: Reservation, codec: RowCodec) => canonical(codec.row(a)) === canonical(codec.row(b))

/** A row without the revision that made it. That is written anew; who made it, and by what, is not known any more. */
function unrecorded(row: Row, rows: readonly Row[], last: Recorded | undefined, codec: RowCodec): Partial {
  const { reservation, revision } = row
  if (revision > (last?.number ?? 0) + 1) return { gravity: 'problem', what: 'its last revisions are missing from its history', writes: [] }
  const before = last?.after
  const moved = before && rows.find((one) => one !== row && one.revision === last.number && isAlike(one.reservation, before, codec))
  const by = { at: reservation.modified, by: 'import', via: 'import', across: [], token: '' } as const
  const made = { ...by, id: reservation.id, number: revision, before, after: reservation, largest: last ? last.largest : 0 }
  const writes = [{ PutRequest: { Item: revisionItem(made, codec) } }, ...(moved ? [removal(moved)] : [])]
  return { gravity: 'problem', what: 'its last revision is missing from its history', writes }
}

/**
 * A row exactly as it was before the last revision. One that has a number was left so: the original, after a rollback,
 * sends back the number that it has read with whatever it changes. One without may have been put back by it.
 */
function undone(left: Row, rows: readonly Row[], { after, number }: Recorded, codec: RowCodec): Partial {
  const what = 'is as it was before its last revision'
  if (left.revision === 0) return { gravity: 'remark', what, writes: [] }
  const key = after && codec.time(after.start)
  const isThere = rows.some((row) => row.key === key && row.revision === number)
  const put = after && !isThere ? [{ PutRequest: { Item: rowItem(after, number, codec) } }] : []
  return { gravity: 'problem', what, writes: [...put, ...(left.key === key ? [] : [removal(left)])] }
}

const removal = ({ reservation: { id }, key }: Row): WriteRequest => ({ DeleteRequest: { Key: keyAttributes({ event_id: id, start: key }) } })

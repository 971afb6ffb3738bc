import type { Instant } from '../../domain/interval.ts'
import type { DeletedRow } from '../../domain/lineage.ts'
import { isReservedId } from '../../domain/observer.ts'
import type { Reservation } from '../../domain/reservation.ts'
import { takeChunk, yieldToEventLoop } from '../../concurrency.ts'
import type { Cancelled, Change, Codec, Store } from '../port.ts'
import type { GuardedRead } from './file-guard.ts'
import { decoded } from './rows.ts'
import type { RevisionRow, Statements } from './statements.ts'

/** The first start of a row that is there, or of a deleted one that a change restores; by default its start. */
function firstStartOf({ id, start }: Pick<Reservation, 'id' | 'start'>, isThere: boolean, sql: Statements): Instant {
  const known = isThere ? sql.firstStart.get(id, start) : sql.lastCancelled.get({ id, start })
  return (known as Instant | undefined) ?? start
}

/**
 * Keeps the cancelled reservations up to date with a change, before it is written.
 * @param subject the reservation that it creates, changes or deletes
 * @returns its first start
 */
export function recordChange(change: Change, subject: Reservation, number: number, sql: Statements): Instant {
  const { before, after, at } = change
  // Nothing was deleted under a new id.
  if (!before && number === 1) return subject.start
  const firstStart = firstStartOf(before?.reservation ?? subject, before !== undefined, sql)
  if (!after) putCancelled({ reservation: subject, firstStart, revision: number, at }, sql)
  else if (!before) sql.removeCancelled.run(subject.id, firstStart)
  return firstStart
}

/** Adds a cancelled reservation. */
export function putCancelled({ reservation, firstStart, revision: number, at }: DeletedRow, sql: Statements): void {
  const { id, site, observer } = reservation
  sql.putCancelled.run({ id, firstStart, number, at, site, observer })
}

type CancelledRow = Omit<Cancelled, 'reservation'> & { readonly id: string }

/** The cost of a row without its text, in bytes of text that take the same time to read and decode. */
const ROW_COST = 1000

/** The store's cancelled reservations. Their texts are read in chunks, each in its own turn of the event loop. */
export const openCancelled =
  (sql: Statements, read: GuardedRead, codec: Codec): Store['cancelled'] =>
  async (place, since) => {
    if ('observer' in place && isReservedId(place.observer)) return []
    const statement = 'site' in place ? sql.cancelledAt : sql.cancelledOf
    let rows = await read(() => statement.all({ ...place, since }) as CancelledRow[])
    const found: Cancelled[] = []
    while (rows.length > 0) {
      await yieldToEventLoop()
      const chunk = await read(() => takeChunk(withTexts(rows, sql), ({ text }) => text.length + ROW_COST))
      for (const { row, text } of chunk) found.push(...cancelledOf(row, text, codec))
      rows = rows.slice(chunk.length)
    }
    return found
  }

/** Read one by one, since a search among revisions reads the texts of those that it compares. */
function* withTexts(rows: readonly CancelledRow[], sql: Statements) {
  for (const row of rows) {
    const { before } = (sql.revision.get(row.id, row.revision) as RevisionRow | undefined) ?? {}
    yield { row, text: before ?? '' }
  }
}

/** None if the text is damaged. */
function cancelledOf({ id, ...rest }: CancelledRow, text: string, codec: Codec): Cancelled[] {
  const reservation = decoded(text, codec)
  return reservation?.id === id ? [{ ...rest, reservation: { ...reservation, note: '', extra: {} } }] : []
}

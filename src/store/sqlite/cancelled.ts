import type { Statement } from 'better-sqlite3'
import type { Instant } from '../../domain/interval.ts'
import { deletedLineageAt, type DeletedRow, extendLineages, type Lineage } from '../../domain/lineage.ts'
import { isReservedId } from '../../domain/observer.ts'
import { isOfProgram, type Reservation } from '../../domain/reservation.ts'
import { takeChunk, yieldToEventLoop } from '../../concurrency.ts'
import { type Cancelled, type Change, type Codec, MAX_CANCELLED_SIZE, type Store } from '../port.ts'
import type { GuardedRead } from './file-guard.ts'
import { decoded, NO_END } from './rows.ts'
import type { RevisionRow, Statements } from './statements.ts'

type RowKey = Pick<Reservation, 'id' | 'start'>

/** The first start of a row that is there, or of a deleted one that a change restores; by default its start. */
function firstStartOf(row: RowKey, isThere: boolean, sql: Statements, codec: Codec): Instant {
  const { id, start } = row
  const known = isThere ? (sql.firstStart.get(id, start) as Instant | undefined) : deletedFirstStart(row, sql, codec)
  return known ?? start
}

/** The first start of the deleted row that once had this key. Of two rows of the original with one id the history tells which. */
function deletedFirstStart({ id, start }: RowKey, sql: Statements, codec: Codec): Instant | undefined {
  const deleted = sql.cancelledUnder.all(id) as { firstStart: Instant; number: number }[]
  if (deleted.length < 2) return deleted[0]?.firstStart
  const lineages: Lineage[] = []
  const history = sql.history.iterate({ id, after: 0, before: NO_END }) as Iterable<RevisionRow>
  for (const { number, before, after } of history)
    extendLineages(lineages, {
      number,
      before: before === null ? undefined : decoded(before, codec),
      after: after === null ? undefined : decoded(after, codec),
    })
  const restored = deletedLineageAt(lineages, start)
  return deleted.find(({ number }) => restored?.revisions.has(number))?.firstStart
}

/**
 * Keeps the cancelled reservations up to date with a change, before it is written.
 * @param subject the reservation that it creates, changes or deletes
 * @returns its first start
 */
export function recordChange(
  change: Change,
  subject: Reservation,
  number: number,
  sql: Statements,
  codec: Codec,
): Instant {
  const { before, after, at } = change
  // Nothing was deleted under a new id.
  if (!before && number === 1) return subject.start
  const firstStart = firstStartOf(before?.reservation ?? subject, before !== undefined, sql, codec)
  if (!after) putCancelled({ reservation: subject, firstStart, revision: number, at }, sql)
  else if (!before) sql.removeCancelled.run(subject.id, firstStart)
  return firstStart
}

/** Adds a cancelled reservation. */
export function putCancelled({ reservation, firstStart, revision: number, at }: DeletedRow, sql: Statements): void {
  const { id, site, observer } = reservation
  sql.putCancelled.run({ id, firstStart, number, at, site, observer, ofProgram: Number(isOfProgram(reservation)) })
}

type CancelledRow = Omit<Cancelled, 'reservation'> & { readonly id: string }

/** The cost of a row without its text, in bytes of text that take the same time to read and decode. */
const ROW_COST = 1000

/** Follows every row. */
const END = { at: Number.MAX_SAFE_INTEGER, id: '', firstStart: 0 }

/** The store's cancelled reservations. They are read in chunks, each in its own turn of the event loop. */
export function openCancelled(sql: Statements, read: GuardedRead, codec: Codec): Store['cancelled'] {
  async function newest(statement: Statement, search: object, most: number): Promise<Cancelled[]> {
    const found: Cancelled[] = []
    let [count, size, from] = [0, 0, END]
    const take = () =>
      takeChunk(
        withTexts(statement.iterate({ ...search, ...from }) as Iterable<CancelledRow>, sql),
        ({ text }) => text.length + ROW_COST,
        most - count,
      )
    while (count < most && size < MAX_CANCELLED_SIZE) {
      await yieldToEventLoop()
      const chunk = await read(take)
      if (chunk.length === 0) break
      for (const { row, text } of chunk) {
        const shown = cancelledOf(row, text, codec)
        if (!shown) continue
        found.push(shown.cancelled)
        size += shown.size
      }
      count += chunk.length
      from = chunk.at(-1)?.row ?? END
    }
    return found
  }
  return async (subject, since, { people, programs }) => {
    if ('observer' in subject && isReservedId(subject.observer)) return []
    const statement = 'site' in subject ? sql.cancelledAt : sql.cancelledOf
    return [
      ...(await newest(statement, { ...subject, since, ofProgram: 0 }, people)),
      ...(await newest(statement, { ...subject, since, ofProgram: 1 }, programs)),
    ]
  }
}

/** Read one by one, since a search among revisions reads the texts of those that it compares. */
function* withTexts(rows: Iterable<CancelledRow>, sql: Statements) {
  for (const row of rows) {
    const { before } = (sql.revision.get(row.id, row.revision) as RevisionRow | undefined) ?? {}
    yield { row, text: before ?? '' }
  }
}

/** With the size of the text that it keeps; undefined if the text is damaged. */
function cancelledOf({ id, ...rest }: CancelledRow, text: string, codec: Codec) {
  const reservation = decoded(text, codec)
  if (reservation?.id !== id) return undefined
  const { note, extra } = reservation
  const size = text.length - note.length - JSON.stringify(extra).length
  return { cancelled: { ...rest, reservation: { ...reservation, note: '', extra: {} } }, size }
}

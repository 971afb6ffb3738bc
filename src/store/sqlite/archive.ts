import { Failure } from '../../domain/failure.ts'
import { deletedRowsIn, firstStartIn, lineagesOf } from '../../domain/lineage.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { newEntriesAmong } from '../archive-entry.ts'
import type { Archive, Codec, ArchiveEntry } from '../port.ts'
import { putCancelled } from './cancelled.ts'
import type { Access } from './durability.ts'
import type { GroupCommit } from './group-commit.ts'
import { messagesUnder, insertMessage } from './outbox.ts'
import { encodeAllowed, rowOf, storedUnder, allRevisionsUnder } from './rows.ts'
import type { GuardedRead } from './file-guard.ts'
import type { Statements } from './statements.ts'

const PAGE_SIZE = 500

interface ArchiveAccess {
  readonly commits: GroupCommit
  readonly read: GuardedRead
  /** Called when new entries are durable. */
  readonly onImported: () => void
}

/** The archive of a SQLite file. */
export function openArchive(
  { sql, view }: Access,
  { commits, read, onImported }: ArchiveAccess,
  codec: Codec,
): Archive {
  const entryIn = (id: ReservationId, from: Statements): ArchiveEntry => ({
    id,
    reservations: storedUnder(id, from, codec),
    history: allRevisionsUnder(id, from, codec),
    messages: messagesUnder(id, from),
  })
  // In a transaction, so that a change of another process is in all of the entry or in none of it.
  const readConsistently = view.db.transaction((id: ReservationId) => entryIn(id, view.sql))

  return {
    async *entries() {
      // In pages, since an open statement blocks writes. One entry at a time, since a history may be long.
      let after: ReservationId | undefined = ''
      do {
        const ids = (await read(() => view.sql.ids.all({ after, max: PAGE_SIZE }))) as ReservationId[]
        for (const id of ids) {
          const entry = await read(() => readConsistently(id))
          if (!isEmpty(entry)) yield entry
        }
        after = ids.at(-1)
      } while (after !== undefined)
    },
    importAll: (entries) =>
      commits(() => {
        const newEntries = newEntriesAmong(entries, (id) => entryIn(id, sql), isEmpty)
        newEntries.forEach(assertDistinctStarts)
        for (const entry of newEntries) write(entry, sql, codec)
        if (newEntries.length > 0) sql.insertGap.run()
        return newEntries.length
      }, onImported),
    finalize: () => Promise.resolve(),
  }
}

const isEmpty = ({ reservations, history, messages }: ArchiveEntry) =>
  reservations.length + history.length + messages.length === 0

/** @throws Failure `conflict` for rows of the original whose starts are the same instant in two spellings */
function assertDistinctStarts({ id, reservations }: ArchiveEntry): void {
  const starts = new Set(reservations.map(({ reservation }) => reservation.start))
  if (starts.size < reservations.length)
    throw new Failure(
      'conflict',
      `The id ${quoted(id)} has two rows with the same start, which this store cannot hold.`,
    )
}

function write({ reservations, history, messages }: ArchiveEntry, sql: Statements, codec: Codec): void {
  const lineages = lineagesOf(history)
  const firstStarts = new Map(lineages.map((lineage) => [lineage.currentStart, firstStartIn(lineage)]))
  for (const { reservation, revision } of reservations)
    sql.put.run(rowOf(reservation, codec.encode(reservation), revision, codec, firstStarts.get(reservation.start)))
  for (const row of deletedRowsIn(history, lineages)) putCancelled(row, sql)
  for (const revision of history) {
    const { before, after } = revision
    sql.record.run({
      ...revision,
      before: before ? codec.encode(before) : null,
      after: after ? codec.encode(after) : null,
      ...encodeAllowed(revision),
    })
  }
  for (const message of messages) insertMessage(message, sql)
}

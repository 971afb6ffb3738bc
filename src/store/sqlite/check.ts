import type { Database } from 'better-sqlite3'
import type { Instant } from '../../domain/interval.ts'
import type { Reservation, Stored } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import {
  conflictingPairs,
  duplicateRows,
  type Finding,
  overlapFound,
  problem,
  notice,
  undelivered,
} from '../integrity.ts'
import type { Codec } from '../port.ts'
import { beginShowing } from './durability.ts'
import { endReading } from './errors.ts'
import { isCurrentEncoding } from './reencode.ts'
import { decoded, maskedDoc } from './rows.ts'
import { lengthClassOf } from './list-statements.ts'
import type { RevisionRow } from './statements.ts'

interface WholeRow {
  readonly site: string
  readonly length_class: number
  readonly start: number
  readonly event_id: string
  readonly end: number
  readonly observer: string
  readonly kind: string
  readonly origin: string
  readonly revision: number
  readonly doc: string
  readonly masked: string | null
}

/** Checks the whole store, as of one instant. Changes nothing; `db` may be read-only. */
export function* checkStore(db: Database, codec: Codec): Generator<Finding> {
  try {
    beginShowing(db)
    for (const fault of db.prepare('PRAGMA integrity_check').pluck().iterate() as Iterable<string>) {
      if (fault !== 'ok') yield problem(`SQLite: ${fault}`)
    }
    yield* checkRows(db, codec)
    yield* checkHistories(db, codec)
    yield* checkOverlaps(db, codec)
    yield* undelivered(messageCounts(db))
  } finally {
    endReading(db)
  }
}

/** The outbox of an older version has no messages to receivers. */
function messageCounts(db: Database) {
  const count = (sql: string) => db.prepare(`SELECT count(*) FROM ${sql}`).pluck().get() as number
  const hasReceivers = count("pragma_table_info('outbox') WHERE name = 'receiver'") > 0
  const receivers = hasReceivers ? count("outbox WHERE receiver <> ''") : 0
  return { projects: count('outbox') - receivers, receivers }
}

/** Checks that the columns of each row equal the fields of its event. */
function* checkRows(db: Database, codec: Codec): Generator<Finding> {
  const isCurrent = isCurrentEncoding(db, codec)
  if (!isCurrent) yield notice('its texts have an older encoding; the next start of the server rewrites them')
  for (const row of db.prepare('SELECT * FROM reservations').iterate() as Iterable<WholeRow>) {
    const reservation = decoded(row.doc, codec)
    const rowFaults = reservation
      ? rowProblems(row, reservation, isCurrent ? codec : undefined)
      : ['its event cannot be read']
    for (const fault of rowFaults) yield problem(`${quoted(row.event_id)}: ${fault}`)
  }
}

/** @param codec undefined if the texts have an older encoding */
function rowProblems(row: WholeRow, reservation: Reservation, codec: Codec | undefined): string[] {
  const { id, site, start, end, observer, kind, origin } = reservation
  const expected = { event_id: id, site, start, end, observer, kind, origin, length_class: lengthClassOf(reservation) }
  const rowFaults = Object.entries(expected)
    .filter(([column, value]) => row[column as keyof WholeRow] !== value)
    .map(([column]) => `column ${column} differs from its event`)
  if (end <= start) rowFaults.push('it ends before it starts')
  if (codec && row.masked !== maskedDoc(reservation, codec)) rowFaults.push('its masked text is wrong')
  return rowFaults
}

/** Checks that the rows are as the histories left them, and the other way round. */
function* checkHistories(db: Database, codec: Codec): Generator<Finding> {
  const rowsOf = db.prepare('SELECT start, revision, doc FROM reservations WHERE event_id = ?')
  const revisionsOf = db.prepare('SELECT * FROM revisions WHERE event_id = ? ORDER BY number')
  const ids = db.prepare('SELECT event_id FROM reservations UNION SELECT event_id FROM revisions').pluck()
  for (const id of ids.iterate() as Iterable<string>) {
    const rows = rowsOf.all(id) as Pick<WholeRow, 'start' | 'revision' | 'doc'>[]
    if (rows.length > 1) yield duplicateRows(id, rows.length)
    // Iterates, since a history may be larger than the memory.
    const { newest, isComplete } = outcomeOf(revisionsOf.iterate(id) as Iterable<RevisionRow>, codec)
    if (!isComplete) yield problem(`${quoted(id)}: its history has gaps`)
    for (const { start, revision, doc } of rows) {
      const last = newest.get(start)
      newest.delete(start)
      // Revision 0: a row without a history.
      if (last ? last.number !== revision || last.after !== doc : revision > 0)
        yield problem(`${quoted(id)}: differs from its last revision`)
    }
    if (newest.size > 0) yield problem(`${quoted(id)}: is gone, though its history does not say so`)
  }
}

/** The newest revisions of the rows that a history leaves, by start, and whether it has no gaps. */
function outcomeOf(revisions: Iterable<RevisionRow>, codec: Codec) {
  const newest = new Map<Instant | undefined, RevisionRow>()
  let [last, isComplete] = [0, true]
  for (const revision of revisions) {
    isComplete &&= revision.number === last + 1
    last = revision.number
    if (revision.before !== null) newest.delete(decoded(revision.before, codec)?.start)
    if (revision.after !== null) newest.set(decoded(revision.after, codec)?.start, revision)
  }
  return { newest, isComplete }
}

function* checkOverlaps(db: Database, codec: Codec): Generator<Finding> {
  const overlappingOf = db
    .prepare('SELECT overlapping FROM revisions WHERE event_id = ? AND overlapping IS NOT NULL')
    .pluck()
  const recordedOverlaps = ({ reservation }: Stored) =>
    (overlappingOf.all(reservation.id) as string[]).flatMap((ids) => JSON.parse(ids) as string[])
  for (const pair of conflictingPairs(storedRows(db, codec)))
    yield overlapFound(pair, { a: recordedOverlaps(pair[0]), b: recordedOverlaps(pair[1]) })
}

function* storedRows(db: Database, codec: Codec): Generator<Stored> {
  for (const { doc, revision } of db
    .prepare('SELECT doc, revision FROM reservations ORDER BY site, start')
    .iterate() as Iterable<WholeRow>) {
    const reservation = decoded(doc, codec)
    if (reservation) yield { reservation, revision }
  }
}

import { Failure } from '../../domain/failure.ts'
import type { Instant } from '../../domain/interval.ts'
import { masked } from '../../domain/masking.ts'
import type { Reservation, ReservationId, Revision, Stored, Via } from '../../domain/reservation.ts'
import { takeChunk } from '../../concurrency.ts'
import { outlineOf } from '../outline.ts'
import { slotOf } from '../slot.ts'
import type { Change, Codec, HistoryRange, Slot } from '../port.ts'
import { lengthClassOf, type Row } from './list-statements.ts'
import type { RevisionRow, Statements } from './statements.ts'

/** Decodes a row of a list; empty if its text is damaged. */
export function decodeListed({ id, doc, revision }: Row, codec: Codec): Stored[] {
  const reservation = decoded(doc, codec)
  return reservation?.id === id ? [{ reservation, revision }] : []
}

/** The rows under an id, sorted by start. A damaged text is replaced by that of the row's revision. @throws Failure if that is damaged too */
export const storedUnder = (id: ReservationId, sql: Statements, codec: Codec): Stored[] =>
  (sql.byId.all(id) as Row[]).map((row) => decodeRow(row, sql, codec))

/** The slots of the rows under an id, and the length of the texts that had to be read. */
export function slotsOf(id: ReservationId, sql: Statements, codec: Codec): { slots: Slot[]; length: number } {
  const rows = sql.byId.all(id) as Row[]
  return {
    slots: rows.map((row) => slotOf(decodeRow(row, sql, codec))),
    length: rows.reduce((sum, { doc }) => sum + doc.length, 0),
  }
}

const decodeRow = (row: Row, sql: Statements, codec: Codec): Stored =>
  decodeListed(row, codec)[0] ?? decodeRevisionOf(row, sql, codec)

function decodeRevisionOf({ id, start, revision }: Row, sql: Statements, codec: Codec): Stored {
  const { after } = (sql.revision.get(id, revision) as RevisionRow | undefined) ?? {}
  const reservation = after ? decoded(after, codec) : undefined
  if (reservation?.id !== id || reservation.start !== start) throw damagedError(id)
  return { reservation, revision }
}

const damagedError = (id: ReservationId) =>
  new Failure('unavailable', 'What is stored of this event is damaged; whoever runs the calendar can restore it.', [], {
    cause: new Error(`${id}: its text is damaged`),
  })

/** A chunk of the history of an id, oldest first. */
export function revisionsUnder(
  id: ReservationId,
  { after = 0, before = NO_END, limit = NO_END, fromEnd = false }: HistoryRange,
  sql: Statements,
  codec: Codec,
): Revision[] {
  const rows = (fromEnd ? sql.newest : sql.history).iterate({ id, after, before }) as Iterable<RevisionRow>
  const chunk = takeChunk(rows, sizeOfRevision, limit).map((row) => revisionOf(row, codec))
  return fromEnd ? chunk.toReversed() : chunk
}

/** The whole history of an id, oldest first, for archive entries. */
export function allRevisionsUnder(id: ReservationId, sql: Statements, codec: Codec): Revision[] {
  const rows = sql.history.iterate({ id, after: 0, before: NO_END }) as Iterable<RevisionRow>
  return Array.from(rows, (row) => revisionOf(row, codec))
}

export const NO_END = Number.MAX_SAFE_INTEGER

/** The length of the texts of a revision. */
export const sizeOfRevision = ({ before, after, overlapping }: RevisionRow) =>
  (before?.length ?? 0) + (after?.length ?? 0) + (overlapping?.length ?? 0)

/** Decodes a revision. @throws Failure if one of its texts is damaged */
export function revisionOf(row: RevisionRow, codec: Codec): Revision {
  const { event_id: id, number, at, by, before, after, overlapping, overridden } = row
  const decode = (text: string | null) => {
    if (text === null) return undefined
    const reservation = decoded(text, codec)
    if (!reservation) throw damagedError(id)
    return reservation
  }
  return {
    id,
    number,
    at,
    by,
    via: row.via as Via,
    before: decode(before),
    after: decode(after),
    overlapping: overlapping === null ? [] : (JSON.parse(overlapping) as string[]),
    ...(overridden !== null && { overridden: JSON.parse(overridden) as string[] }),
  }
}

/** The parameters of `put`. @param doc the encoded reservation */
export function rowOf(
  reservation: Reservation,
  doc: string,
  revision: number,
  codec: Codec,
  firstStart: Instant = reservation.start,
) {
  return {
    ...outlineOf(reservation),
    origin: reservation.origin,
    revision,
    doc,
    masked: maskedDoc(reservation, codec),
    lengthClass: lengthClassOf(reservation),
    firstStart: firstStart === reservation.start ? null : firstStart,
  }
}

/** Decodes a text; undefined if it is damaged. */
export function decoded(text: string, codec: Codec): Reservation | undefined {
  try {
    return codec.decode(text)
  } catch {
    return undefined
  }
}

/** The parameters of `record` for what a change was allowed to do. */
export const encodeAllowed = ({ overlapping, overridden }: Pick<Change, 'overlapping' | 'overridden'>) => ({
  overlapping: overlapping?.length ? JSON.stringify(overlapping) : null,
  overridden: overridden?.length ? JSON.stringify(overridden) : null,
})

/** The encoded event as anonymous callers see it; null if that is the same. */
export function maskedDoc(reservation: Reservation, codec: Codec): string | null {
  const result = masked(reservation)
  return result === reservation ? null : codec.encode(result)
}

import { Failure } from '../../domain/failure.ts'
import { masked } from '../../domain/masking.ts'
import type { Reservation, ReservationId, Revision, Stored, Via } from '../../domain/reservation.ts'
import { takeChunk } from '../../concurrency.ts'
import { slotOf } from '../slot.ts'
import type { Codec, HistoryRange, Slot } from '../port.ts'
import { lengthClassOf, type Row } from './list-statements.ts'
import type { RevisionRow, Statements } from './statements.ts'

/** A row of a list; nothing where its text is damaged. */
export function decodeListed({ id, doc, revision }: Row, codec: Codec): Stored[] {
  const reservation = decoded(doc, codec)
  return reservation?.id === id ? [{ reservation, revision }] : []
}

/** What stands under an id, by start. Where a text is damaged, as its last revision has it. @throws Failure where that is too */
export const storedUnder = (id: ReservationId, sql: Statements, codec: Codec): Stored[] =>
  (sql.byId.all(id) as Row[]).map((row) => standing(row, sql, codec))

/** The slots of the same, and how long the texts were that had to be read. */
export function slotsOf(id: ReservationId, sql: Statements, codec: Codec): { slots: Slot[]; length: number } {
  const rows = sql.byId.all(id) as Row[]
  return { slots: rows.map((row) => slotOf(standing(row, sql, codec))), length: rows.reduce((sum, { doc }) => sum + doc.length, 0) }
}

const standing = (row: Row, sql: Statements, codec: Codec): Stored => decodeListed(row, codec)[0] ?? storedRow(row, sql, codec)

function storedRow({ id, start, revision }: Row, sql: Statements, codec: Codec): Stored {
  const { after } = (sql.revision.get(id, revision) as RevisionRow | undefined) ?? {}
  const reservation = after ? decoded(after, codec) : undefined
  if (reservation?.id !== id || reservation.start !== start) throw damagedError(id)
  return { reservation, revision }
}

const damagedError = (id: ReservationId) =>
  new Failure('unavailable', 'What is stored of this event is damaged; whoever runs the calendar can restore it.', [], { cause: new Error(`${id}: its text is damaged`) })

/** A piece of the history of an id, oldest first. */
export function revisionsUnder(id: ReservationId, { after = 0, before = NO_END, limit = NO_END, fromEnd = false }: HistoryRange, sql: Statements, codec: Codec): Revision[] {
  const rows = (fromEnd ? sql.newest : sql.history).iterate({ id, after, before }) as Iterable<RevisionRow>
  const chunk = takeChunk(rows, sizeOfRevision, limit).map((row) => revisionOf(row, codec))
  return fromEnd ? chunk.toReversed() : chunk
}

/** All of it, for whoever moves a store as a whole. */
export function allRevisionsUnder(id: ReservationId, sql: Statements, codec: Codec): Revision[] {
  const rows = sql.history.iterate({ id, after: 0, before: NO_END }) as Iterable<RevisionRow>
  return Array.from(rows, (row) => revisionOf(row, codec))
}

const NO_END = Number.MAX_SAFE_INTEGER

export const sizeOfRevision = ({ before, after, across: overlapping }: RevisionRow) => (before?.length ?? 0) + (after?.length ?? 0) + (overlapping?.length ?? 0)

/** @throws Failure where one of its texts is damaged */
export function revisionOf(row: RevisionRow, codec: Codec): Revision {
  const { event_id: id, number, at, by, before, after, across: overlapping } = row
  const recorded = (text: string | null) => {
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
    before: recorded(before),
    after: recorded(after),
    overlapping: overlapping === null ? [] : (JSON.parse(overlapping) as string[]),
  }
}

/** As `put` takes it; `doc` is the reservation as the codec encodes it. */
export function rowOf(reservation: Reservation, doc: string, revision: number, codec: Codec) {
  const { id, site, start, end, observer, kind, origin } = reservation
  return { id, site, start, end, observer, kind, origin, revision, doc, masked: maskedDoc(reservation, codec), lengthClass: lengthClassOf(reservation) }
}

/** A text as the codec reads it; undefined where it cannot. */
export function decoded(text: string, codec: Codec): Reservation | undefined {
  try {
    return codec.decode(text)
  } catch {
    return undefined
  }
}

/** As `record` takes them. */
export const encodeOverlapping = (ids: readonly ReservationId[] | undefined): string | null => (ids?.length ? JSON.stringify(ids) : null)

/** The event's text as anonymous callers see it, where that differs. */
export function maskedDoc(reservation: Reservation, codec: Codec): string | null {
  const knownIds = masked(reservation)
  return knownIds.creator === reservation.creator && knownIds.title === reservation.title ? null : codec.encode(knownIds)
}

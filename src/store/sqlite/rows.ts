import { Failure } from '../../domain/failure.ts'
import { masked } from '../../domain/masking.ts'
import type { Reservation, ReservationId, Revision, Stored, Via } from '../../domain/reservation.ts'
import { pieceOf } from '../../pace.ts'
import { slotOf } from '../slot.ts'
import type { Codec, Part, Slot } from '../store.ts'
import { lengthClassOf, type Row } from './list-statements.ts'
import type { RevisionRow, Statements } from './statements.ts'

/** A row of a list; nothing where its text is damaged. */
export function listedOf({ id, doc, revision }: Row, codec: Codec): Stored[] {
  const reservation = decoded(doc, codec)
  return reservation?.id === id ? [{ reservation, revision }] : []
}

/** What stands under an id, by start. Where a text is damaged, as its last revision has it. @throws Failure where that is too */
export const standingUnder = (id: ReservationId, say: Statements, codec: Codec): Stored[] =>
  (say.byId.all(id) as Row[]).map((row) => standing(row, say, codec))

/** The slots of the same, and how long the texts were that had to be read. */
export function slotsOf(id: ReservationId, say: Statements, codec: Codec): { slots: Slot[]; length: number } {
  const rows = say.byId.all(id) as Row[]
  return { slots: rows.map((row) => slotOf(standing(row, say, codec))), length: rows.reduce((sum, { doc }) => sum + doc.length, 0) }
}

const standing = (row: Row, say: Statements, codec: Codec): Stored => listedOf(row, codec)[0] ?? asRecorded(row, say, codec)

function asRecorded({ id, start, revision }: Row, say: Statements, codec: Codec): Stored {
  const { after } = (say.revision.get(id, revision) as RevisionRow | undefined) ?? {}
  const reservation = after ? decoded(after, codec) : undefined
  if (reservation?.id !== id || reservation.start !== start) throw damaged(id)
  return { reservation, revision }
}

const damaged = (id: ReservationId) =>
  new Failure('unavailable', 'What is stored of this event is damaged; whoever runs the calendar can restore it.', [], { cause: new Error(`${id}: its text is damaged`) })

/** A piece of the history of an id, oldest first. */
export function historyOf(id: ReservationId, { after = 0, before = NO_END, most = NO_END, newest = false }: Part, say: Statements, codec: Codec): Revision[] {
  const rows = (newest ? say.newest : say.history).iterate({ id, after, before }) as Iterable<RevisionRow>
  const piece = pieceOf(rows, sizeOfRevision, most).map((row) => revisionOf(row, codec))
  return newest ? piece.toReversed() : piece
}

/** All of it, for whoever moves a store as a whole. */
export function wholeHistoryOf(id: ReservationId, say: Statements, codec: Codec): Revision[] {
  const rows = say.history.iterate({ id, after: 0, before: NO_END }) as Iterable<RevisionRow>
  return Array.from(rows, (row) => revisionOf(row, codec))
}

const NO_END = Number.MAX_SAFE_INTEGER

export const sizeOfRevision = ({ before, after, across }: RevisionRow) => (before?.length ?? 0) + (after?.length ?? 0) + (across?.length ?? 0)

/** @throws Failure where one of its texts is damaged */
export function revisionOf(row: RevisionRow, codec: Codec): Revision {
  const { event_id: id, number, at, by, before, after, across } = row
  const recorded = (text: string | null) => {
    if (text === null) return undefined
    const reservation = decoded(text, codec)
    if (!reservation) throw damaged(id)
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
    across: across === null ? [] : (JSON.parse(across) as string[]),
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
export const acrossOf = (ids: readonly ReservationId[] | undefined): string | null => (ids?.length ? JSON.stringify(ids) : null)

/** The event's text as strangers see it, where that differs. */
export function maskedDoc(reservation: Reservation, codec: Codec): string | null {
  const seen = masked(reservation)
  return seen.creator === reservation.creator && seen.title === reservation.title ? null : codec.encode(seen)
}

import { conflicts } from '../domain/conflict.ts'
import type { ReservationId, Stored } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'

/** Something that a check reports: a `problem` is damage, a `notice` is only worth knowing. Holds ids but no names of people. */
export interface Finding {
  readonly severity: 'problem' | 'notice'
  readonly text: string
}

/** A finding that is damage. */
export const problem = (text: string): Finding => ({ severity: 'problem', text })
/** A finding that is only worth knowing. */
export const notice = (text: string): Finding => ({ severity: 'notice', text })

/** The notice that an id has duplicate rows. */
export const duplicateRows = (id: ReservationId, starts: number): Finding =>
  notice(`${quoted(id)}: has rows at ${starts} starts`)

/** The notices about the outbox: one if there are messages to the projects service, and one if there are some to receivers. */
export const undelivered = ({ projects, receivers }: { projects: number; receivers: number }): Finding[] => [
  ...(projects > 0 ? [notice(`messages that have not been delivered to the projects service: ${projects}`)] : []),
  ...(receivers > 0 ? [notice(`messages that have not been delivered to receivers of webhooks: ${receivers}`)] : []),
]

/** All pairs of conflicting reservations. @param stored sorted by site, then start */
export function* conflictingPairs(stored: Iterable<Stored>): Generator<readonly [Stored, Stored]> {
  let open: Stored[] = []
  for (const one of stored) {
    const { site, start } = one.reservation
    open = open.filter(({ reservation }) => reservation.site === site && reservation.end > start)
    for (const other of open) if (conflicts(other.reservation, one.reservation)) yield [other, one]
    open.push(one)
  }
}

/**
 * Judges a conflicting pair. A recorded conflict was allowed: by override, by policy or by an import. Any other is a double
 * booking.
 * @param overlapping the ids that the histories of either record as conflicting
 */
export function overlapFound(
  [a, b]: readonly [Stored, Stored],
  overlapping: { readonly a: readonly ReservationId[]; readonly b: readonly ReservationId[] },
): Finding {
  const pair = `${quoted(a.reservation.id)} and ${quoted(b.reservation.id)} overlap at ${b.reservation.site}`
  if (overlapping.a.includes(b.reservation.id) || overlapping.b.includes(a.reservation.id))
    return notice(`${pair}, as recorded`)
  if (a.revision === 0 || b.revision === 0) return notice(`${pair}; one of them has no history`)
  return problem(`${pair}, and no revision records that this was allowed`)
}

/** One entry of one day item, both as text. */
export interface IndexedEntry {
  readonly dayItem: string
  readonly entry: string
  readonly id: ReservationId
}

/** A row, and its sort key. */
export interface KeyedRow extends Stored {
  readonly key: string
}

/** Holds the content of a whole DynamoDB table, on disk, and finds where it disagrees with itself. */
export interface VerificationTable {
  /** Of two rows with the same id and start, the one with the lower key counts. */
  addRow(row: KeyedRow): void
  /** An entry that should be on a day item, by the rows; and one that is. */
  addExpected(indexed: IndexedEntry): void
  addActual(indexed: IndexedEntry): void
  /** @param exists whether the reservation exists after it */
  addRevision(id: ReservationId, number: number, exists: boolean): void
  /** The ids with an entry that is only expected or only actual, and the day items where. */
  differing(): Iterable<{ readonly id: ReservationId; readonly dayItems: readonly string[] }>
  /** The ids whose history has a gap, or does not end where their rows do. */
  suspectIds(): Iterable<ReservationId>
  atSeveralStarts(): Iterable<{ readonly id: ReservationId; readonly starts: number }>
  /** All rows, by site, then start. */
  rows(): Iterable<KeyedRow>
  close(): void
}

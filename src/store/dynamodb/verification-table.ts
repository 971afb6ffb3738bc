import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { type Key, keyText } from './items.ts'
import type { Row } from './rows.ts'
import { type Entry, entryOf, type DayItem, dayItemKeysOf, writeEntries } from './day-index.ts'

/** One entry of one day item, as texts. */
export interface IndexedEntry {
  readonly dayItem: string
  readonly entry: string
  readonly id: ReservationId
}

/** A row without what nobody asks of it here. */
export interface RowKey extends Stored {
  readonly key: string
}

/** What a whole table holds, heaped up page by page somewhere where there is room, and then asked. */
export interface VerificationTable {
  /** Of two that name the same instant under one id the first by key counts. */
  addRow(row: RowKey): void
  /** What is to be on a day item, by the rows; and what is. */
  addExpected(indexed: IndexedEntry): void
  addActual(indexed: IndexedEntry): void
  /** @param exists whether it left the reservation standing */
  addRevision(id: ReservationId, number: number, exists: boolean): void
  /** What is on one side only: the ids, and their day items. */
  differing(): Iterable<{ readonly id: ReservationId; readonly dayItems: readonly string[] }>
  /** The ids whose history has a gap, or does not end where their rows do. */
  doubtful(): Iterable<ReservationId>
  atSeveralStarts(): Iterable<{ readonly id: ReservationId; readonly starts: number }>
  /** By site, then start. */
  standing(): Iterable<RowKey>
  close(): void
}

export function addRowToTable(row: Row, table: VerificationTable): void {
  const { reservation, revision, key } = row
  table.addRow({ reservation: { ...reservation, creator: '', title: '', note: '', extra: {} }, revision, key })
  for (const dayItem of dayItemKeysOf(reservation)) table.addExpected(entriesOn(dayItem, entryOf(row)))
}

export function addDayItemToTable({ key, entries }: DayItem, table: VerificationTable): void {
  for (const entry of entries) table.addActual(entriesOn(key, entry))
}

const entriesOn = (key: Key, entry: Entry): IndexedEntry => ({ dayItem: keyText(key), entry: writeEntries([entry]), id: entry.id })

/** The key that a day item's name names. */
export function keyNamed(name: string): Key {
  const cut = name.lastIndexOf('\n')
  return { event_id: name.slice(0, cut), start: name.slice(cut + 1) }
}

import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { type Key, nameOf } from './keys.ts'
import type { Row } from './rows.ts'
import { type Entry, entryOf, type Sheet, sheetKeysOf, writeEntries } from './sheets.ts'

/** One entry of one sheet, as texts. */
export interface Entered {
  readonly sheet: string
  readonly entry: string
  readonly id: ReservationId
}

/** A row without what nobody asks of it here. */
export interface Slim extends Stored {
  readonly key: string
}

/** What a whole table holds, heaped up page by page somewhere where there is room, and then asked. */
export interface Pile {
  /** Of two that name the same instant under one id the first by key counts. */
  addRow(row: Slim): void
  /** What is to be on a sheet, by the rows; and what is. */
  addWanted(entered: Entered): void
  addThere(entered: Entered): void
  /** @param stands whether it left the reservation standing */
  addRevision(id: ReservationId, number: number, stands: boolean): void
  /** What is on one side only: the ids, and their sheets. */
  differing(): Iterable<{ readonly id: ReservationId; readonly sheets: readonly string[] }>
  /** The ids whose history has a gap, or does not end where their rows do. */
  doubtful(): Iterable<ReservationId>
  atSeveralStarts(): Iterable<{ readonly id: ReservationId; readonly starts: number }>
  /** By site, then start. */
  standing(): Iterable<Slim>
  close(): void
}

export function pileRow(row: Row, pile: Pile): void {
  const { reservation, revision, key } = row
  pile.addRow({ reservation: { ...reservation, creator: '', title: '', note: '', extra: {} }, revision, key })
  for (const sheet of sheetKeysOf(reservation)) pile.addWanted(enteredOn(sheet, entryOf(row)))
}

export function pileSheet({ key, entries }: Sheet, pile: Pile): void {
  for (const entry of entries) pile.addThere(enteredOn(key, entry))
}

const enteredOn = (key: Key, entry: Entry): Entered => ({ sheet: nameOf(key), entry: writeEntries([entry]), id: entry.id })

/** The key that a sheet's name names. */
export function keyNamed(name: string): Key {
  const cut = name.lastIndexOf('\n')
  return { event_id: name.slice(0, cut), start: name.slice(cut + 1) }
}

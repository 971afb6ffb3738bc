import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Change } from '../port.ts'
import type { Key } from './items.ts'
import type { Row } from './rows.ts'
import type { DayItem } from './day-index.ts'

/** What was seen of a named id: its rows, and the number of its last revision. */
export interface LoadedRows {
  readonly rows: readonly Row[]
  readonly lastRevision: number
  /** The size of the largest that it has been in its history; undefined where that history does not say it. */
  readonly largestSize: number | undefined
}

/** The day items that may not change before the commit, by name; of some months not even those of their days. */
export type GuardedItems = Map<string, { readonly key: Key; readonly checksChildVersion: boolean }>

/** What stood when it was looked at. */
export interface Preconditions {
  readonly rowsById: ReadonlyMap<ReservationId, LoadedRows>
  /** By name. What is guarded and is not here was not there. */
  readonly dayItems: ReadonlyMap<string, DayItem>
  readonly guarded: GuardedItems
}

/** A change with what it does to rows: `before` goes, `after` comes. */
export interface RowChange {
  readonly id: ReservationId
  readonly change: Change
  readonly revision: number
  readonly largestSize: number | undefined
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** One write of a transaction, in a table of that name. */
export type TransactionWrite = (table: string) => TransactWriteItem

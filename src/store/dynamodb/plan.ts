import type { TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Change } from '../store.ts'
import type { Key } from './keys.ts'
import type { Row } from './rows.ts'
import type { Sheet } from './sheets.ts'

/** What was seen of a named id: its rows, and the number of its last revision. */
export interface Named {
  readonly rows: readonly Row[]
  readonly last: number
  /** The size of the largest that it has been in its history; undefined where that history does not say it. */
  readonly largest: number | undefined
}

/** The sheets that may not change before the commit, by name; of some months not even those of their days. */
export type Guards = Map<string, { readonly key: Key; readonly tally: boolean }>

/** What stood when it was looked at. */
export interface Seen {
  readonly named: ReadonlyMap<ReservationId, Named>
  /** By name. What is guarded and is not here was not there. */
  readonly sheets: ReadonlyMap<string, Sheet>
  readonly guards: Guards
}

/** A change with what it does to rows: `before` goes, `after` comes. */
export interface Step {
  readonly id: ReservationId
  readonly change: Change
  readonly number: number
  readonly largest: number | undefined
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** One write of a transaction, in a table of that name. */
export type Write = (table: string) => TransactWriteItem

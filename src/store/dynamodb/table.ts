import type { Instant } from '../../domain/interval.ts'
import { openRequests, type Requests, type Table } from './requests.ts'
import { rowReader, type RowReader } from './rows.ts'
import { type DayIndexState, openDayIndexState } from './state.ts'
import type { RowCodec } from '../port.ts'

export interface DynamoOptions {
  readonly codec: RowCodec
  /** Seconds of a monotonic clock. */
  readonly elapsed: () => number
  /** Returns a text that has never been used before. */
  readonly newToken: () => string
  /** A random number from 0 up to 1. */
  readonly random: () => number
  /** How long a change is retried while others conflict with it, in milliseconds. */
  readonly timeoutMs?: number
  /** How long a rebuild waits for processes that still trust the day items, in milliseconds. */
  readonly fence?: number
  /** Whether changes may count observers' reservations. All processes must be opened with it then. */
  readonly quotas?: boolean | undefined
  /** The number of receivers of webhooks, to each of which a change writes a message; by default 0. */
  readonly receivers?: number
  /** The current time, so that an import leaves out what was cancelled long ago; without it nothing is. */
  readonly now?: () => Instant
  /** How long entries of the feed are kept at least, in seconds; 30 days by default. */
  readonly keepFeedFor?: number | undefined
  /** Called with the keys of rows that cannot be read. */
  readonly report: (message: string, details: object) => void
  /** Wraps the requests, for a dry run. */
  readonly wrapRequests?: ((requests: Requests) => Requests) | undefined
}

/** What every part of the store works with. */
export interface TableContext extends Omit<DynamoOptions, 'report' | 'wrapRequests'> {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly state: DayIndexState
}

export function openTable(table: Table, { report, wrapRequests = (requests) => requests, ...options }: DynamoOptions) {
  const requests = wrapRequests(openRequests(table))
  const state = openDayIndexState(requests, options)
  return { ...options, requests, rowsOf: rowReader(options.codec, report), state }
}

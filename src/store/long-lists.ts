import { Failure } from '../domain/failure.ts'
import { type Semaphore, openSemaphore, sortInChunks } from '../concurrency.ts'

/** The maximal size of a list that is returned as stored, in bytes of JSON. */
export const MAX_LIST_BYTES = 32_000_000
/** The maximal size of a list whose events are decoded, in bytes of JSON. */
export const MAX_DECODED_BYTES = 8_000_000
/** Lists above this size are long lists. */
export const LONG_LIST_BYTES = 1_000_000

/** Callers that may read long lists concurrently; callers that may wait for that, and for how long. */
const CONCURRENCY = 2
const MAX_WAITING = 20
const TIMEOUT_MS = 10_000

/** The semaphore for reading long lists. Each store opens one for lists and one for outlines. */
export const openLongLists = (): Semaphore =>
  openSemaphore({
    concurrency: CONCURRENCY,
    maxWaiting: MAX_WAITING,
    timeoutMs: TIMEOUT_MS,
    busyError: () => new Failure('busy', BUSY),
  })

const BUSY = 'Too many long lists or histories are being read just now; please try again, or ask for less.'

/** The Failure for a list that is too large. @param maxBytes the maximal size */
export const listTooLarge = (maxBytes: number): Failure =>
  new Failure(
    'too_large',
    `Error: the list is larger than ${maxBytes / 1_000_000} MB; ask for a shorter window, fewer sites or a later time`,
  )

/** An entry of a list, with the instant and the id by which lists are sorted. */
export interface SortEntry<T> {
  readonly sortKey: number
  readonly id: string
  readonly value: T
}

const inOrder = (a: SortEntry<unknown>, b: SortEntry<unknown>) => a.sortKey - b.sortKey || compareIds(a.id, b.id)

/** The order of ids in lists: by their bytes, as in SQLite. By UTF-16 units, which JavaScript compares, it would be another. */
export const compareIds = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Sorts a list, yielding to the event loop in between. */
export const sorted = <T>(entries: readonly SortEntry<T>[]): Promise<SortEntry<T>[]> => sortInChunks(entries, inOrder)

import { Failure } from '../domain/failure.ts'
import { type Semaphore, openSemaphore, sortedInTurns } from '../concurrency.ts'

/** The largest list that is given out as it is stored, and the largest of whose events something is made, in bytes as JSON. */
export const MAX_LIST_BYTES = 32_000_000
export const MAX_DECODED_BYTES = 8_000_000
/** What is larger is a long list, and read by few at a time. */
export const LONG_LIST_BYTES = 1_000_000

/** A list that is not had at once, and what it is: long lists are read by so many at once, and waited for by so many. */
const CONCURRENCY = 2
const MAX_WAITING = 20
const TIMEOUT_MS = 10_000

/** Through it goes whoever reads a long list, in either store; and through another one whoever only wants outlines. */
export const openLongLists = (): Semaphore =>
  openSemaphore({ concurrency: CONCURRENCY, maxWaiting: MAX_WAITING, timeoutMs: TIMEOUT_MS, busyError: () => new Failure('busy', BUSY) })

const BUSY = 'Too many long lists or histories are being read just now; please try again, or ask for less.'

/** @param maxBytes how many bytes are given out */
export const listTooLarge = (maxBytes: number): Failure =>
  new Failure('too_large', `Error: the list is larger than ${maxBytes / 1_000_000} MB; ask for a shorter window, fewer sites or a later time`)

/** What is in a list, and by what it is ordered: an instant, then an id. */
export interface SortEntry<T> {
  readonly sortKey: number
  readonly id: string
  readonly value: T
}

const inOrder = (a: SortEntry<unknown>, b: SortEntry<unknown>) => a.sortKey - b.sortKey || (a.id < b.id ? -1 : 1)

/** In order; a long list is sorted in several turns of the event loop. */
export const sorted = <T>(entries: readonly SortEntry<T>[]): Promise<SortEntry<T>[]> => sortedInTurns(entries, inOrder)

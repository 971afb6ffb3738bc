import { Failure } from '../domain/failure.ts'
import { type Gate, openGate, sortedInTurns } from '../pace.ts'

/** The largest list that is given out as it is stored, and the largest of whose events something is made, in bytes as JSON. */
export const LARGEST_LIST = 32_000_000
export const LARGEST_DECODED = 8_000_000
/** What is larger is a long list, and read by few at a time. */
export const LONG = 1_000_000

/** A list that is not had at once, and what it is: long lists are read by so many at once, and waited for by so many. */
const AT_ONCE = 2
const MOST_WAITING = 20
const PATIENCE_MS = 10_000

/** Through it goes whoever reads a long list, in either store; and through another one whoever only wants outlines. */
export const openLongLists = (): Gate =>
  openGate({ atOnce: AT_ONCE, mostWaiting: MOST_WAITING, patienceMs: PATIENCE_MS, refusal: () => new Failure('busy', BUSY) })

const BUSY = 'Too many long lists or histories are being read just now; please try again, or ask for less.'

/** @param most how many bytes are given out */
export const tooLarge = (most: number): Failure =>
  new Failure('too_large', `Error: the list is larger than ${most / 1_000_000} MB; ask for a shorter window, fewer sites or a later time`)

/** What is in a list, and by what it is ordered: an instant, then an id. */
export interface Listed<T> {
  readonly at: number
  readonly id: string
  readonly value: T
}

const inOrder = (a: Listed<unknown>, b: Listed<unknown>) => a.at - b.at || (a.id < b.id ? -1 : 1)

/** In order; a long list is sorted in several turns of the event loop. */
export const sorted = <T>(listed: readonly Listed<T>[]): Promise<Listed<T>[]> => sortedInTurns(listed, inOrder)

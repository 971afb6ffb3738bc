import { Failure } from '../domain/failure.ts'
import { type Gate, nextTurn, openGate, sortedInTurns } from '../pace.ts'

/** The largest list that is given out as bytes, and the largest whose events are made, in bytes as JSON. */
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

const BUSY = 'Too many long lists are being read just now; please try again, or ask for a shorter one.'

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

/** A text as bytes, among others. */
export interface Written {
  readonly slab: Buffer
  readonly from: number
  readonly to: number
}

const SLAB = 1_000_000
/** UTF-16 to UTF-8. */
const MOST_BYTES_OF_A_UNIT = 3

/** Writes texts as bytes, one after the other: many small buffers would take long to be collected. */
export function writer(): (text: string) => Written {
  let slab = Buffer.alloc(0)
  let from = 0
  return (text) => {
    const most = text.length * MOST_BYTES_OF_A_UNIT
    if (from + most > slab.length) [slab, from] = [Buffer.allocUnsafeSlow(Math.max(SLAB, most)), 0]
    const written = { slab, from, to: from + slab.write(text, from) }
    from = written.to
    return written
  }
}

export const lengthOf = ({ from, to }: Written): number => to - from

/** So many bytes are copied in one turn of the event loop. */
const COPIED_AT_ONCE = 2_000_000
const [OPENING, COMMA, CLOSING] = [0x5b, 0x2c, 0x5d]

/** A JSON array of texts that are JSON. A long one is put together in several turns of the event loop. */
export async function jsonArray(texts: readonly Written[]): Promise<Uint8Array<ArrayBuffer>> {
  const size = texts.reduce((sum, text) => sum + lengthOf(text), 0)
  // Every byte of it is written, so nobody sees what was there before.
  const array = Buffer.allocUnsafeSlow(size + Math.max(1, texts.length) + 1)
  array[0] = OPENING
  let [at, copied] = [1, 0]
  for (const [index, { slab, from, to }] of texts.entries()) {
    if (index > 0) array[at++] = COMMA
    slab.copy(array, at, from, to)
    at += to - from
    copied += to - from
    if (copied < COPIED_AT_ONCE) continue
    copied = 0
    await nextTurn()
  }
  array[at] = CLOSING
  return array
}

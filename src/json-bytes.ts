import { bufferPool } from './buffer-pool.ts'
import { yieldToEventLoop } from './concurrency.ts'

/** A text as a range of bytes in a larger buffer. */
export interface Written {
  readonly slab: Buffer
  readonly from: number
  readonly to: number
}

/** Size of the first slab in bytes; each further one is four times as large, up to the maximum. */
const [FIRST_SLAB, MAX_SLAB] = [16_000, 1_000_000]
/** The maximal number of UTF-8 bytes for one UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3

/**
 * Returns a function that writes texts as UTF-8 into shared slabs: less work for the garbage collector than many small buffers,
 * and outside of the heap, of which decoded events take nine times as much.
 */
export function writer(): (text: string) => Written {
  let slab = Buffer.alloc(0)
  let from = 0
  let slabSize = FIRST_SLAB
  return (text) => {
    const max = text.length * MAX_BYTES_PER_UNIT
    if (from + max > slab.length) {
      ;[slab, from] = [Buffer.allocUnsafeSlow(Math.max(slabSize, max)), 0]
      slabSize = Math.min(MAX_SLAB, 4 * slabSize)
    }
    const written = { slab, from, to: from + slab.write(text, from) }
    from = written.to
    return written
  }
}

/** A text in a buffer of its own. */
export function toWritten(text: string): Written {
  const slab = Buffer.from(text)
  return { slab, from: 0, to: slab.length }
}

/** The length of a text in bytes. */
export const lengthOf = ({ from, to }: Written): number => to - from

/** The text in a range of bytes. */
export const textOf = ({ slab, from, to }: Written): string => slab.toString('utf8', from, to)

/** The JSON text of one array element, in one or several parts. */
export type Element = Written | readonly Written[]

const partsOf = (element: Element): readonly Written[] => ('slab' in element ? [element] : element)

/** The total size of elements in bytes. */
export function sizeOfAll(elements: readonly Element[]): number {
  let size = 0
  for (const element of elements) size += 'slab' in element ? lengthOf(element) : sizeOfAll(element)
  return size
}

/** Bytes that one turn of the event loop copies. */
const COPIED_PER_TURN = 2_000_000
const [OPENING, COMMA, CLOSING] = [0x5b, 0x2c, 0x5d]

/** Joins JSON texts to a JSON array, yielding to the event loop in between. */
export async function jsonArray(elements: readonly Element[]): Promise<Uint8Array<ArrayBuffer>> {
  const size = sizeOfAll(elements)
  // Uninitialised memory, of which every byte is overwritten.
  const array = Buffer.allocUnsafeSlow(size + Math.max(1, elements.length) + 1)
  array[0] = OPENING
  let [at, copied] = [1, 0]
  for (const [index, element] of elements.entries()) {
    if (index > 0) array[at++] = COMMA
    for (const { slab, from, to } of partsOf(element)) {
      slab.copy(array, at, from, to)
      at += to - from
      copied += to - from
    }
    if (copied < COPIED_PER_TURN) continue
    copied = 0
    await yieldToEventLoop()
  }
  array[at] = CLOSING
  return array
}

/** Joins few JSON texts to a JSON array at once. Texts that are neighbours in a slab, with a comma between them, are copied together. */
export function joinedArray(texts: readonly Written[]): Uint8Array<ArrayBuffer> {
  const array = bufferPool.take(sizeOfAll(texts) + Math.max(1, texts.length) + 1)
  array[0] = OPENING
  let at = 1
  for (let n = 0; n < texts.length;) {
    const { slab, from, to } = texts[n] as Written
    let end = to
    for (n += 1; texts[n]?.slab === slab && texts[n]?.from === end + 1; n += 1) end = texts[n]?.to ?? end
    if (at > 1) array[at++] = COMMA
    at += slab.copy(array, at, from, end)
  }
  array[at] = CLOSING
  return array
}

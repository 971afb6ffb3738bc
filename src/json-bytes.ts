import { yieldToEventLoop } from './concurrency.ts'

/** A text as bytes, among others. */
export interface Written {
  readonly slab: Buffer
  readonly from: number
  readonly to: number
}

/** How large slabs are, in bytes: the first, and each later one four times as large as the one before, up to the last. */
const [FIRST_SLAB, LAST_SLAB] = [16_000, 1_000_000]
/** UTF-16 to UTF-8. */
const MAX_BYTES_OF_A_UNIT = 3

/**
 * Writes texts as bytes, one after the other: many small buffers would take long to be collected, and the heap, which
 * events take nine times as much of, does not hold them.
 */
export function writer(): (text: string) => Written {
  let slab = Buffer.alloc(0)
  let from = 0
  let usual = FIRST_SLAB
  return (text) => {
    const max = text.length * MAX_BYTES_OF_A_UNIT
    if (from + max > slab.length) {
      ;[slab, from] = [Buffer.allocUnsafeSlow(Math.max(usual, max)), 0]
      usual = Math.min(LAST_SLAB, 4 * usual)
    }
    const written = { slab, from, to: from + slab.write(text, from) }
    from = written.to
    return written
  }
}

export const lengthOf = ({ from, to }: Written): number => to - from

/** The text of one element, in one part or several. */
export type Element = Written | readonly Written[]

const partsOf = (element: Element): readonly Written[] => ('slab' in element ? [element] : element)

/** How many bytes the elements are together. */
export const sizeOfAll = (elements: readonly Element[]): number =>
  elements.reduce((sum, element) => partsOf(element).reduce((size, part) => size + lengthOf(part), sum), 0)

/** So many bytes are copied in one turn of the event loop. */
const COPIED_CONCURRENCY = 2_000_000
const [OPENING, COMMA, CLOSING] = [0x5b, 0x2c, 0x5d]

/** A JSON array of texts that are JSON. A long one is put together in several turns of the event loop. */
export async function jsonArray(elements: readonly Element[]): Promise<Uint8Array<ArrayBuffer>> {
  const size = sizeOfAll(elements)
  // Every byte of it is written, so nobody sees what was there before.
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
    if (copied < COPIED_CONCURRENCY) continue
    copied = 0
    await yieldToEventLoop()
  }
  array[at] = CLOSING
  return array
}

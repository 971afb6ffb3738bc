import { Failure } from '../domain/failure.ts'
import { yieldToEventLoop, CHUNK_BYTES } from '../concurrency.ts'

/** The maximum size of a response, in bytes. */
const MAX_LIST_BYTES = 32_000_000

/** @throws Failure `too_large` if a response of this size may not be sent */
export function assertListSize(bytes: number): void {
  if (bytes > MAX_LIST_BYTES)
    throw new Failure(
      'too_large',
      `Error: the answer is larger than ${MAX_LIST_BYTES / 1_000_000} MB; ask for a shorter window or fewer sites`,
    )
}

/**
 * Encodes what `write` makes of the items as a JSON array. A long one is encoded in several turns of the event loop.
 * @throws Failure `too_large`
 */
export async function jsonList<T>(items: Iterable<T>, write: (item: T) => unknown): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = []
  let [text, size] = ['[', 0]
  for (const item of items) {
    if (text.length > 1 || parts.length > 0) text += ','
    text += JSON.stringify(write(item))
    if (text.length < CHUNK_BYTES) continue
    const part = Buffer.from(text)
    parts.push(part)
    size += part.length
    text = ''
    assertListSize(size)
    await yieldToEventLoop()
  }
  return Buffer.concat([...parts, Buffer.from(`${text}]`)])
}

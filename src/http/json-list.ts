import { nextTurn, PIECE } from '../pace.ts'

/** A JSON array of what `write` makes of each, as bytes. A long one is written in several turns of the event loop. */
export async function jsonList<T>(items: Iterable<T>, write: (item: T) => unknown): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = []
  let text = '['
  for (const item of items) {
    if (text.length > 1 || parts.length > 0) text += ','
    text += JSON.stringify(write(item))
    if (text.length < PIECE) continue
    parts.push(Buffer.from(text))
    text = ''
    await nextTurn()
  }
  return Buffer.concat([...parts, Buffer.from(`${text}]`)])
}

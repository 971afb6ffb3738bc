/** Resolves in a later turn of the event loop, when whatever else was waiting has had its own. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** So many bytes of stored events are read, or written out, in one turn of the event loop: some milliseconds. */
export const PIECE = 512_000

/** The first of `rows` that are a piece together, one at least; the rest is not read. */
export function pieceOf<T>(rows: Iterable<T>, sizeOf: (row: T) => number, most = Infinity): T[] {
  const piece: T[] = []
  let size = 0
  for (const row of rows) {
    piece.push(row)
    size += sizeOf(row)
    if (size >= PIECE || piece.length >= most) break
  }
  return piece
}

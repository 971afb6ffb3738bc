import { turns } from './turns.ts'

/** So many bytes of stored events are read or written in one turn of the event loop: some milliseconds. */
export const PIECE = 256_000

/**
 * Resolves in a later turn of the event loop, after whatever else was waiting has had its own: what takes long takes one
 * turn for each of its pieces, and many long things at once take their turns one after the other.
 */
export const nextTurn = (): Promise<void> => new Promise((resolve) => turns.wait(resolve))

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

/**
 * What `work` gives, where it does so within `milliseconds`. After that it goes on, for whoever else waits for it.
 * @throws Error what `late` makes, or as `work` does
 */
export function inTime<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

export interface GateOptions {
  readonly atOnce: number
  /** How many may wait, and how long, in milliseconds: all, and for ever, unless it says otherwise. */
  readonly mostWaiting?: number
  readonly patienceMs?: number
  /** What is thrown for whoever does not get in. */
  readonly refusal?: () => Error
}

/** Lets so many in at once. The others wait, in the order in which they came. */
export interface Gate {
  readonly atOnce: number
  /** Resolves inside, with what has to be called in the end. */
  enter(): Promise<() => void>
  inside(): number
  waiting(): number
}

export function openGate({ atOnce, mostWaiting = Infinity, patienceMs, refusal = () => new Error('Nobody gets in.') }: GateOptions): Gate {
  const queue = new Set<() => void>()
  let inside = 0
  const admitted = () =>
    new Promise<void>((resolve, reject) => {
      if (inside < atOnce) {
        inside += 1
        return resolve()
      }
      if (queue.size >= mostWaiting) return reject(refusal())
      const admit = () => {
        clearTimeout(timer)
        resolve()
      }
      const giveUp = () => {
        queue.delete(admit)
        reject(refusal())
      }
      const timer = patienceMs === undefined ? undefined : setTimeout(giveUp, patienceMs)
      queue.add(admit)
    })
  /** Whoever has waited longest takes the place. */
  const leave = () => {
    const [next] = queue
    if (!next) inside -= 1
    else if (queue.delete(next)) next()
  }
  return {
    atOnce,
    async enter() {
      await admitted()
      return leave
    },
    inside: () => inside,
    waiting: () => queue.size,
  }
}

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

/** So many are sorted, or merged, in one turn of the event loop. */
const SORTED_AT_ONCE = 4000

type Compare<T> = (a: T, b: T) => number

/** What is long is sorted in several turns of the event loop. */
export async function sortedInTurns<T>(items: readonly T[], compare: Compare<T>): Promise<T[]> {
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += SORTED_AT_ONCE) {
    if (from > 0) await nextTurn()
    runs.push(items.slice(from, from + SORTED_AT_ONCE).toSorted(compare))
  }
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let from = 0; from < runs.length; from += 2) merged.push(await merge(runs[from] ?? [], runs[from + 1] ?? [], compare))
    runs = merged
  }
  return runs[0] ?? []
}

async function merge<T>(a: readonly T[], b: readonly T[], compare: Compare<T>): Promise<T[]> {
  const merged: T[] = []
  let [i, j] = [0, 0]
  for (let left = a.length + b.length; left > 0; left -= 1) {
    const [first, second] = [a[i], b[j]]
    const isFirst = first !== undefined && (second === undefined || compare(first, second) < 0)
    merged.push((isFirst ? first : second) as T)
    if (isFirst) i += 1
    else j += 1
    if (left % SORTED_AT_ONCE === 0) await nextTurn()
  }
  return merged
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

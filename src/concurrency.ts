import { timeSlices } from './event-loop.ts'

/** So many bytes of stored events are read or written in one turn of the event loop: some milliseconds. */
export const CHUNK_BYTES = 256_000

/**
 * Resolves in a later turn of the event loop, after whatever else was waiting has had its own: what takes long takes one
 * turn for each of its pieces, and many long things at once take their turns one after the other.
 */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => timeSlices.wait(resolve))

/** The first of `rows` that are a piece together, one at least; the rest is not read. */
export function takeChunk<T>(rows: Iterable<T>, sizeOf: (row: T) => number, max = Infinity): T[] {
  const chunk: T[] = []
  let size = 0
  for (const row of rows) {
    chunk.push(row)
    size += sizeOf(row)
    if (size >= CHUNK_BYTES || chunk.length >= max) break
  }
  return chunk
}

/** So many are sorted, or merged, in one turn of the event loop. */
const SORTED_CONCURRENCY = 4000

type Compare<T> = (a: T, b: T) => number

/** What is long is sorted in several turns of the event loop. */
export async function sortedInTurns<T>(items: readonly T[], compare: Compare<T>): Promise<T[]> {
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += SORTED_CONCURRENCY) {
    if (from > 0) await yieldToEventLoop()
    runs.push(items.slice(from, from + SORTED_CONCURRENCY).toSorted(compare))
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
    if (left % SORTED_CONCURRENCY === 0) await yieldToEventLoop()
  }
  return merged
}

/**
 * What `work` gives, where it does so within `milliseconds`. After that it goes on, for whoever else waits for it.
 * @throws Error what `late` makes, or as `work` does
 */
export function withTimeout<T>(work: Promise<T>, milliseconds: number, timedOut: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timedOut()), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

export interface SemaphoreOptions {
  readonly concurrency: number
  /** How many may wait, and how long, in milliseconds: all, and for ever, unless it says otherwise. */
  readonly maxWaiting?: number
  readonly timeoutMs?: number
  /** What is thrown for whoever does not get in. */
  readonly busyError?: () => Error
}

/** Lets so many in at once. The others wait, in the order in which they came. */
export interface Semaphore {
  readonly concurrency: number
  /** Resolves inside, with what has to be called in the end. */
  acquire(): Promise<() => void>
  active(): number
  waiting(): number
}

export function openSemaphore({ concurrency, maxWaiting = Infinity, timeoutMs, busyError: rejection = () => new Error('Nobody gets in.') }: SemaphoreOptions): Semaphore {
  const queue = new Set<() => void>()
  let active = 0
  const acquired = () =>
    new Promise<void>((resolve, reject) => {
      if (active < concurrency) {
        active += 1
        return resolve()
      }
      if (queue.size >= maxWaiting) return reject(rejection())
      const grant = () => {
        clearTimeout(timer)
        resolve()
      }
      const giveUp = () => {
        queue.delete(grant)
        reject(rejection())
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
      queue.add(grant)
    })
  /** Whoever has waited longest takes the place. */
  const release = () => {
    const [next] = queue
    if (!next) active -= 1
    else if (queue.delete(next)) next()
  }
  return {
    concurrency,
    async acquire() {
      await acquired()
      return release
    },
    active: () => active,
    waiting: () => queue.size,
  }
}

import { timeSlices } from './event-loop.ts'

/** Bytes of stored events that one turn of the event loop reads or writes: a few milliseconds of work. */
export const CHUNK_BYTES = 256_000

/** Yields to the event loop. Resolves in a later turn, after all callers that yielded before, so that long jobs take turns. */
export const yieldToEventLoop = (): Promise<void> => new Promise((resolve) => timeSlices.wait(resolve))

/**
 * The first rows of an iterable, until they have {@link CHUNK_BYTES} together or are `max`; at least one if there is any.
 * Reads no row beyond them.
 */
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

/** Items that one turn of the event loop sorts or merges. */
const SORTED_PER_TURN = 4000

/** A list in chunks of `size`. */
export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  )
}

/**
 * Calls `work` for each of a list, at most `concurrency` at a time. After an error no more are started, and it is thrown
 * when all that were started have ended.
 */
export async function mapConcurrently<T, R>(
  list: readonly T[],
  concurrency: number,
  work: (one: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  async function worker(): Promise<void> {
    while (next < list.length) {
      const index = next
      next += 1
      results[index] = await work(list[index] as T)
    }
  }
  const stopping = (error: unknown) => {
    next = list.length
    throw error
  }
  await waitForAll(Array.from({ length: Math.min(concurrency, list.length) }, () => worker().catch(stopping)))
  return results
}

/** The results of several promises, once all have ended. @throws the first error, but not before the others have ended */
export async function waitForAll<T extends readonly Promise<unknown>[] | []>(
  promises: T,
): Promise<{ -readonly [N in keyof T]: Awaited<T[N]> }> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

/** Runs work one after the other for each key. Has no time-out: work that has waited for too long should end at once. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Turns in which nobody waits yet. */
export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work)
    last.set(key, turn)
    try {
      return await turn
    } finally {
      if (last.get(key) === turn) last.delete(key)
    }
  }
}

type Compare<T> = (a: T, b: T) => number

/** Merge sort that yields to the event loop in between. Does not change `items`. */
export async function sortInChunks<T>(items: readonly T[], compare: Compare<T>): Promise<T[]> {
  let runs: T[][] = []
  for (let from = 0; from < items.length; from += SORTED_PER_TURN) {
    if (from > 0) await yieldToEventLoop()
    runs.push(items.slice(from, from + SORTED_PER_TURN).toSorted(compare))
  }
  while (runs.length > 1) {
    const merged: T[][] = []
    for (let from = 0; from < runs.length; from += 2)
      merged.push(await merge(runs[from] ?? [], runs[from + 1] ?? [], compare))
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
    if (left % SORTED_PER_TURN === 0) await yieldToEventLoop()
  }
  return merged
}

/**
 * Limits how long to wait for `work`, in milliseconds. The work itself is not cancelled.
 * @throws Error that `timeoutError` returns, or of `work`
 */
export function withTimeout<T>(work: Promise<T>, timeoutMs: number, timeoutError: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(timeoutError()), timeoutMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** The permits of a semaphore and the limits of its queue. */
export interface SemaphoreOptions {
  readonly concurrency: number
  /** How many callers may wait, and for how many milliseconds; unlimited by default. */
  readonly maxWaiting?: number
  readonly timeoutMs?: number
  /** Creates the error for callers that cannot wait, or waited too long. */
  readonly busyError?: () => Error
}

/** A counting semaphore with a first in, first out queue. */
export interface Semaphore {
  readonly concurrency: number
  /** Resolves when the caller may proceed, with the function that releases its permit. */
  acquire(): Promise<() => void>
  /** Number of permits in use. */
  active(): number
  /** Number of callers that wait. */
  waiting(): number
}

/** Creates a semaphore. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function openSemaphore({
  concurrency,
  maxWaiting = Infinity,
  timeoutMs,
  busyError = () => new Error('The semaphore is busy.'),
}: SemaphoreOptions): Semaphore {
  const queue = new Set<() => void>()
  let active = 0
  const acquired = () =>
    new Promise<void>((resolve, reject) => {
      if (active < concurrency) {
        active += 1
        return resolve()
      }
      if (queue.size >= maxWaiting) return reject(busyError())
      const grant = () => {
        clearTimeout(timer)
        resolve()
      }
      const giveUp = () => {
        queue.delete(grant)
        reject(busyError())
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs)
      queue.add(grant)
    })
  /** Passes the permit on to the caller that has waited longest. */
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

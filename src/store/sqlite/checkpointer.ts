import { realpathSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { UNREADABLE } from './list-statements.ts'
import type { DamagedRow } from './scrubber.ts'

const CHECKPOINT_MS = 1000
const CHECKPOINT_ABOVE_BYTES = 1_000_000

export interface Checkpointer {
  /** Finds the rows of which a text is damaged, 1,000 at most. One look at a time. @throws Error where it cannot look */
  readonly scrub: () => Promise<readonly DamagedRow[]>
  /** Resolves when the thread has closed the file and ended. */
  stop(): Promise<void>
}

interface WorkerMessage {
  readonly error?: unknown
  readonly damaged?: readonly DamagedRow[]
  readonly failed?: unknown
}

/**
 * Folds the write-ahead log of a database file back into it, every second that it is longer than about 1 MB, on a
 * thread and connection of its own: a checkpoint takes 15 ms, which would hold up whoever is served meanwhile. And looks
 * all texts over, when it is told to, which takes longer still.
 * Does not keep the process alive. Without it, the ceiling that `openDatabase` sets still holds.
 *
 * @param file a database that exists, not `:memory:`
 * @param onError told of what goes wrong; a thread that has ended is not started again
 */
export function startCheckpointer(file: string, onError: (error: unknown) => void): Checkpointer {
  // Where the name is a link, the log is beside what it leads to.
  const orders = { file: realpathSync(file), everyMs: CHECKPOINT_MS, pastBytes: CHECKPOINT_ABOVE_BYTES, unreadable: UNREADABLE }
  const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData: orders })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let pendingScrub: PromiseWithResolvers<readonly DamagedRow[]> | undefined
  worker.on('message', ({ error, damaged, failed }: WorkerMessage) => {
    if (error !== undefined) onError(error)
    if (damaged) pendingScrub?.resolve(damaged)
    if (failed !== undefined) pendingScrub?.reject(failed)
  })
  worker.on('error', onError)
  void ended.then(() => pendingScrub?.reject(new Error('The thread has ended.')))
  worker.unref()
  return {
    scrub() {
      pendingScrub = Promise.withResolvers()
      worker.postMessage('look over')
      return pendingScrub.promise
    },
    stop() {
      // Waited for now, so the process has to stay until it has ended.
      worker.ref()
      worker.postMessage('stop')
      return ended
    },
  }
}

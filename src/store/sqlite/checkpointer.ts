import { realpathSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { UNREADABLE } from './list-statements.ts'
import type { DamagedRow } from './scrubber.ts'

const CHECKPOINT_MS = 1000
const CHECKPOINT_ABOVE_BYTES = 1_000_000

/** A worker thread with its own connection, which checkpoints the WAL and scrubs the rows. */
export interface Checkpointer {
  /** Finds rows with damaged texts, at most 1,000. Do not call it again before it has resolved. @throws Error if it cannot read */
  readonly scrub: () => Promise<readonly DamagedRow[]>
  /** Resolves when the worker has closed the file and ended. */
  stop(): Promise<void>
}

interface WorkerMessage {
  readonly error?: unknown
  readonly damaged?: readonly DamagedRow[]
  readonly failed?: unknown
}

/**
 * Starts a worker thread that checkpoints the WAL of a database file each second if it is larger than about 1 MB, and scrubs
 * all rows on request. A checkpoint takes 15 ms, and a scrub longer, which would block the event loop. Does not keep the
 * process alive. Without it, the WAL limit that `openDatabase` sets still applies.
 *
 * @param file an existing database file, not `:memory:`
 * @param onError called with each error; a worker that has ended is not restarted
 */
export function startCheckpointer(file: string, onError: (error: unknown) => void): Checkpointer {
  // SQLite puts the WAL next to the target of a symbolic link.
  const workerData = {
    file: realpathSync(file),
    everyMs: CHECKPOINT_MS,
    aboveBytes: CHECKPOINT_ABOVE_BYTES,
    unreadable: UNREADABLE,
  }
  const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let pendingScrub: PromiseWithResolvers<readonly DamagedRow[]> | undefined
  worker.on('message', ({ error, damaged, failed }: WorkerMessage) => {
    if (error !== undefined) onError(error)
    if (damaged) pendingScrub?.resolve(damaged)
    if (failed !== undefined) pendingScrub?.reject(failed)
  })
  worker.on('error', onError)
  void ended.then(() => pendingScrub?.reject(new Error('The checkpoint worker has ended.')))
  worker.unref()
  return {
    scrub() {
      pendingScrub = Promise.withResolvers()
      worker.postMessage('scrub')
      return pendingScrub.promise
    },
    stop() {
      // Keep the process alive until the worker has ended.
      worker.ref()
      worker.postMessage('stop')
      return ended
    },
  }
}

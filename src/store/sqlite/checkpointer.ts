import { realpathSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const EVERY_MS = 1000
const PAST_BYTES = 1_000_000

export interface Checkpointer {
  /** Resolves when the thread has closed the file and ended. */
  stop(): Promise<void>
}

/**
 * Folds the write-ahead log of a database file back into it, every second that it is longer than about 1 MB, on a
 * thread and connection of its own: a checkpoint takes 15 ms, which would hold up whoever is served meanwhile.
 * Does not keep the process alive. Without it, the ceiling that `openDatabase` sets still holds.
 *
 * @param file a database that exists, not `:memory:`
 * @param onError told of what goes wrong; a thread that has ended is not started again
 */
export function startCheckpointer(file: string, onError: (error: unknown) => void): Checkpointer {
  // Where the name is a link, the log is beside what it leads to.
  const orders = { file: realpathSync(file), everyMs: EVERY_MS, pastBytes: PAST_BYTES }
  const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData: orders })
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('message', onError)
  worker.on('error', onError)
  worker.unref()
  return {
    stop() {
      // Waited for now, so the process has to stay until it has ended.
      worker.ref()
      worker.postMessage('stop')
      return ended
    },
  }
}

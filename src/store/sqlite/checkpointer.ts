import { realpathSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { UNREADABLE } from './list-statements.ts'
import type { DamagedRow } from './scrubber.ts'

const CHECKPOINT_MS = 1000
const CHECKPOINT_ABOVE_BYTES = 1_000_000
/** Above this length the WAL is made to start anew: 16 MB. */
const RESTART_ABOVE_FRAMES = 4096
/** What a checkpoint may copy while writes pause: 4 MB. */
const MAX_FRAMES_IN_PAUSE = 1024

/** A worker thread with its own connection, which checkpoints the WAL and scrubs the rows. */
export interface Checkpointer {
  /** Finds rows with damaged texts, at most 1,000. @throws Error if it cannot read */
  readonly scrub: () => Promise<readonly DamagedRow[]>
  /** Resolves when the worker has ended, for whatever reason. */
  readonly ended: Promise<void>
  /** Resolves when the worker has closed the file and ended. */
  stop(): Promise<void>
}

/** What a checkpointer needs from the store. */
export interface CheckpointedWrites {
  /** Resolves when all commits are on the disk, with a function that lets the next ones run. */
  pauseWrites(): Promise<() => void>
  mayCheckpoint(): boolean
}

/** The WAL after a checkpoint, in frames; undefined if it was too short to checkpoint. */
type Checkpointed = { readonly log: number; readonly checkpointed: number } | undefined

interface WorkerMessage {
  readonly result?: unknown
  readonly failed?: unknown
}

/**
 * Starts a worker thread that checkpoints the WAL of a database file each second if it is larger than about 1 MB, and scrubs
 * all rows on request. A checkpoint takes 15 ms, and a scrub longer, which would block the event loop. Does not keep the
 * process alive.
 *
 * SQLite starts the WAL anew when all of it is in the file and no reader needs it. Under steady writes that is never so: then
 * writes pause during a second, short checkpoint.
 *
 * @param file an existing database file, not `:memory:`
 * @param onError called with each error; a worker that has ended is not restarted
 */
export function startCheckpointer(
  file: string,
  onError: (error: unknown) => void,
  writes: CheckpointedWrites = { pauseWrites: () => Promise.resolve(() => {}), mayCheckpoint: () => true },
): Checkpointer {
  const worker = startWorker(file, onError)
  let lastError = ''
  const round = async () => {
    try {
      if (writes.mayCheckpoint()) await checkpoint(() => worker.ask('checkpoint') as Promise<Checkpointed>, writes)
      lastError = ''
    } catch (error) {
      // On a full disk it recurs every second.
      if (String(error) !== lastError && !worker.hasEnded()) onError(error)
      lastError = String(error)
    }
    timer = setTimeout(() => void round(), CHECKPOINT_MS).unref()
    if (worker.hasEnded()) clearTimeout(timer)
  }
  let timer = setTimeout(() => void round(), CHECKPOINT_MS).unref()
  return {
    scrub: () => worker.ask('scrub') as Promise<readonly DamagedRow[]>,
    ended: worker.ended,
    stop() {
      clearTimeout(timer)
      return worker.stop()
    },
  }
}

async function checkpoint(run: () => Promise<Checkpointed>, writes: CheckpointedWrites): Promise<void> {
  const found = await run()
  // A reader that keeps a transaction open keeps a longer part back, and then a pause is of no use.
  if (!found || found.log <= RESTART_ABOVE_FRAMES || found.log - found.checkpointed > MAX_FRAMES_IN_PAUSE) return
  const release = await writes.pauseWrites()
  try {
    await run()
  } finally {
    release()
  }
}

/** The worker thread, which does one thing at a time. */
function startWorker(file: string, onError: (error: unknown) => void) {
  // SQLite puts the WAL next to the target of a symbolic link.
  const workerData = { file: realpathSync(file), aboveBytes: CHECKPOINT_ABOVE_BYTES, unreadable: UNREADABLE }
  const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData })
  let hasEnded = false
  const asked: PromiseWithResolvers<unknown>[] = []
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  worker.on('message', ({ result, failed }: WorkerMessage) => {
    const first = asked.shift()
    if (failed === undefined) first?.resolve(result)
    else first?.reject(failed)
  })
  worker.on('error', onError)
  void ended.then(() => {
    hasEnded = true
    for (const one of asked.splice(0)) one.reject(new Error('The checkpoint worker has ended.'))
  })
  worker.unref()
  return {
    ended,
    hasEnded: () => hasEnded,
    ask(command: 'checkpoint' | 'scrub'): Promise<unknown> {
      if (hasEnded) return Promise.reject(new Error('The checkpoint worker has ended.'))
      const answer = Promise.withResolvers<unknown>()
      asked.push(answer)
      worker.postMessage(command)
      return answer.promise
    },
    stop() {
      // Keep the process alive until the worker has ended.
      worker.ref()
      worker.postMessage('stop')
      return ended
    },
  }
}

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
  /** Finds rows with damaged texts, at most 1,000. Never resolves if it is stopped before. @throws Error if it cannot read */
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
  const thread = new CheckpointThread(file, onError)
  let lastError = ''
  const round = async () => {
    try {
      if (writes.mayCheckpoint()) await checkpoint(() => thread.ask('checkpoint') as Promise<Checkpointed>, writes)
      lastError = ''
    } catch (error) {
      // On a full disk it recurs every second.
      if (String(error) !== lastError && !thread.hasEnded) onError(error)
      lastError = String(error)
    }
    timer = setTimeout(() => void round(), CHECKPOINT_MS).unref()
    if (thread.hasEnded) clearTimeout(timer)
  }
  let timer = setTimeout(() => void round(), CHECKPOINT_MS).unref()
  return {
    scrub: () => thread.ask('scrub') as Promise<readonly DamagedRow[]>,
    ended: thread.ended,
    stop() {
      clearTimeout(timer)
      return thread.stop()
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

/** A thread takes a seventh of the CPU time of a start, and nothing needs it before the server listens. */
const START_AFTER_MS = 300

interface Question {
  readonly command: 'checkpoint' | 'scrub'
  readonly answer: PromiseWithResolvers<unknown>
}

/** The worker thread, which does one thing at a time. It starts soon; what is asked before that waits for it. */
class CheckpointThread {
  readonly ended: Promise<void>
  hasEnded = false
  private readonly file: string
  private readonly onError: (error: unknown) => void
  private readonly asked: Question[] = []
  private readonly resolveEnded: () => void
  private readonly starting: NodeJS.Timeout
  private worker: Worker | undefined

  constructor(file: string, onError: (error: unknown) => void) {
    // SQLite puts the WAL next to the target of a symbolic link.
    this.file = realpathSync(file)
    this.onError = onError
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.resolveEnded = resolve
    this.starting = setTimeout(() => this.start(), START_AFTER_MS).unref()
  }

  ask(command: Question['command']): Promise<unknown> {
    if (this.hasEnded) return Promise.reject(hasEndedError())
    const answer = Promise.withResolvers<unknown>()
    this.asked.push({ command, answer })
    this.worker?.postMessage(command)
    return answer.promise
  }

  stop(): Promise<void> {
    clearTimeout(this.starting)
    if (this.worker) {
      // Keeps the process alive until the worker has ended.
      this.worker.ref()
      this.worker.postMessage('stop')
    } else {
      // Whoever has asked is being closed too, and must not report that nobody answers.
      this.asked.length = 0
      this.end()
    }
    return this.ended
  }

  private start(): void {
    try {
      const workerData = { file: this.file, aboveBytes: CHECKPOINT_ABOVE_BYTES, unreadable: UNREADABLE }
      this.worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData })
    } catch (error) {
      // The system has no thread left.
      this.onError(error)
      return this.end()
    }
    this.worker.on('message', ({ result, failed }: WorkerMessage) => {
      const answer = this.asked.shift()?.answer
      if (failed === undefined) answer?.resolve(result)
      else answer?.reject(failed)
    })
    this.worker.on('error', this.onError)
    this.worker.once('exit', () => this.end())
    this.worker.unref()
    for (const { command } of this.asked) this.worker.postMessage(command)
  }

  private end(): void {
    this.hasEnded = true
    for (const { answer } of this.asked.splice(0)) answer.reject(hasEndedError())
    this.resolveEnded()
  }
}

const hasEndedError = () => new Error('The checkpoint worker has ended.')

import { statfsSync, statSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { withTimeout } from '../../concurrency.ts'
import { NOT_FLUSHED, READ_ONLY } from './errors.ts'
import type { Checkpointer } from './checkpointer.ts'
import type { SqliteStore } from './sqlite-store.ts'
import { canBeWritten, type OpenedDatabase } from './open-mode.ts'

/** With less free space, probe from time to time whether the file can be written. */
const MIN_FREE_BYTES = 1_048_576

/** A disk that has not flushed a small file by then hangs. Recovery goes on meanwhile. */
const PROBE_TIMEOUT_MS = 1000

/** An open file, with the store and the checkpointer that use it. */
export interface OpenStore {
  readonly opened: OpenedDatabase
  readonly store: SqliteStore
  readonly checkpointer: Checkpointer | undefined
}

interface RecoveryOptions {
  readonly current: () => OpenStore
  /** Closes the file and opens it again. Only call it if the file was not moved or deleted. @throws Error if it cannot be opened: then it is closed */
  readonly reopen: () => Promise<void>
}

/** Reopens a file when it can be read or written again. Call `run` periodically. */
export class Recovery {
  private readonly file: string
  private readonly options: RecoveryOptions
  private readonly retry = backoff(1000, 10_000)
  private readonly probe = backoff(10_000, 10_000)
  private stamp: string
  private probing: Promise<boolean> | undefined

  constructor(file: string, options: RecoveryOptions) {
    this.file = file
    this.options = options
    this.stamp = fileStamp(file)
  }

  async run(): Promise<void> {
    const open = this.options.current()
    const { opened, store } = open
    const { unreadable, unwritable } = await store.health()
    if (unreadable !== undefined) return this.recoverFile(open)
    // Another process has written to the file.
    if (opened.mode === 'in memory' && fileStamp(this.file) !== this.stamp) return this.reopen()
    if (unwritable !== undefined) return this.retryWrite(open, unwritable)
    if (opened.mode === 'exclusive') return this.retry.isDue() ? this.reopenShared(store) : undefined
    this.retry.reset()
    if (this.mayBeUnwritable() && this.probe.isDue()) await probeWrite(store)
  }

  private mayBeUnwritable(): boolean {
    const { bavail, bsize } = statfsSync(this.file)
    return bavail * bsize < MIN_FREE_BYTES || !canBeWritten(this.file)
  }

  private async reopen(): Promise<void> {
    this.stamp = fileStamp(this.file)
    await this.options.reopen()
  }

  /** The file was moved or deleted. Checkpoints what was acknowledged into the open file, and into no other. */
  private async recoverFile({ opened, store }: OpenStore): Promise<void> {
    if (!opened.db.open) return store.checkFile(['']) === undefined && this.retry.isDue() ? this.reopen() : undefined
    if (opened.mode === 'in memory') return
    const [fileProblem, walProblem] = [store.checkFile(['']), store.checkFile(['-wal', '-shm'])]
    if ((fileProblem ?? walProblem) === undefined || ![fileProblem, walProblem].every(isIntact)) return
    await checkpointAll({ opened, store })
    // If only the WAL was deleted, its contents are in the file now, and the file can be opened again.
    if (fileProblem === undefined) await this.reopen()
  }

  /** The file can be read but not written. */
  private async retryWrite({ opened, store }: OpenStore, reason: string): Promise<void> {
    if (!this.retry.isDue()) return
    if (reason === NOT_FLUSHED) return (await this.canFlush()) ? this.reopen() : undefined
    if (opened.mode === 'in memory' || reason === READ_ONLY) return canBeWritten(this.file) ? this.reopen() : undefined
    await probeWrite(store)
  }

  /** Whether the disk flushes. One that hangs is probed once, and counts as one that does not. */
  private canFlush(): Promise<boolean> {
    this.probing ??= flushesProbe(this.file).finally(() => (this.probing = undefined))
    return withTimeout(this.probing, PROBE_TIMEOUT_MS, () => new Error('The disk did not flush.')).catch(() => false)
  }

  /** The file is open exclusively, because the disk was full. */
  private async reopenShared(store: SqliteStore): Promise<void> {
    await probeWrite(store)
    if ((await store.health()).unwritable === undefined) await this.reopen()
  }
}

/** Moves all of the WAL into the file. Fails after a failed flush, when it is not known what the WAL holds. */
async function checkpointAll({ opened, store }: Pick<OpenStore, 'opened' | 'store'>): Promise<void> {
  const release = await store.pauseWrites()
  try {
    opened.db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    release()
  }
}

/** Whether the disk of a file takes a new file and flushes it. */
async function flushesProbe(file: string): Promise<boolean> {
  const probe = `${file}-probe`
  try {
    await writeFile(probe, 'probe', { flush: true, mode: 0o600 })
    return true
  } catch {
    return false
  } finally {
    await rm(probe, { force: true }).catch(() => {})
  }
}

/** Whether the open files are complete, though they were moved. If another WAL is in place, its contents are unknown. */
const isIntact = (problem: string | undefined) =>
  problem === undefined || problem.endsWith(' is gone') || problem.endsWith(' in the place of its file')

/** Updates `health()` of the store. */
const probeWrite = (store: SqliteStore) => store.probeWrite().catch(() => {})

/** A text that changes with every write to a file or its WAL. */
const fileStamp = (file: string): string =>
  [file, `${file}-wal`]
    .map((path) => statSync(path, { throwIfNoEntry: false }))
    .map((found) => `${found?.ino} ${found?.size} ${found?.mtimeMs}`)
    .join()

/** Exponential backoff, in milliseconds. */
function backoff(first: number, max: number) {
  let [pause, next] = [first, -Infinity]
  return {
    isDue(): boolean {
      const now = performance.now()
      if (now < next) return false
      next = now + pause
      pause = Math.min(max, 2 * pause)
      return true
    },
    reset: () => void (pause = first),
  }
}

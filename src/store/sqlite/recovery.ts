import { statfsSync, statSync } from 'node:fs'
import { READ_ONLY } from './errors.ts'
import type { Checkpointer } from './checkpointer.ts'
import type { SqliteStore } from './sqlite-store.ts'
import { canBeWritten, type OpenedDatabase } from './open-mode.ts'

/** With less, it is tried now and then whether it can still be written. */
const MIN_FREE_BYTES = 1_048_576

/** A file, and all that is open on it. */
export interface OpenStore {
  readonly opened: OpenedDatabase
  readonly store: SqliteStore
  readonly checkpointer: Checkpointer | undefined
}

interface RecoveryOptions {
  readonly current: () => OpenStore
  /** Only for what is still the file that was opened. @throws Error where it cannot be had in any way; nothing is open then */
  readonly reopen: () => Promise<void>
}

/** What is to be done for a file now and then, so that it can be read and written as soon as that is possible. */
export function openRecovery(file: string, { current, reopen }: RecoveryOptions): () => Promise<void> {
  const retry = backoff(1000, 10_000)
  const probe = backoff(10_000, 10_000)
  let stamp = fileStamp(file)

  async function reopenNow(): Promise<void> {
    stamp = fileStamp(file)
    await reopen()
  }

  /** The file is not as it was opened. What was acknowledged goes into it, wherever it is now, and into no other. */
  async function rescue({ opened, store }: OpenStore): Promise<void> {
    if (!opened.db.open) return store.checkFile(['']) === undefined && retry.isDue() ? reopenNow() : undefined
    if (opened.mode === 'in memory') return
    const [moved, logGone] = [store.checkFile(['']), store.checkFile(['-wal', '-shm'])]
    if ((moved ?? logGone) === undefined || ![moved, logGone].every(isIntact)) return
    opened.db.pragma('wal_checkpoint(TRUNCATE)')
    // Where its log was taken away, what that held is in the file now, and there is a new one.
    if (moved === undefined) await reopenNow()
  }

  /** It can be read, and cannot be written. */
  async function retryWrite({ opened, store }: OpenStore, why: string): Promise<void> {
    if (!retry.isDue()) return
    if (opened.mode === 'in memory' || why === READ_ONLY) return canBeWritten(file) ? reopenNow() : undefined
    await probeWrite(store)
  }

  /** There was no room for what they need. */
  async function tryShare(store: SqliteStore): Promise<void> {
    await probeWrite(store)
    if ((await store.health()).unwritable === undefined) await reopenNow()
  }

  return async () => {
    const open = current()
    const { opened, store } = open
    const { unreadable, unwritable } = await store.health()
    if (unreadable !== undefined) return rescue(open)
    // Somebody else can write, and has.
    if (opened.mode === 'in memory' && fileStamp(file) !== stamp) return reopenNow()
    if (unwritable !== undefined) return retryWrite(open, unwritable)
    if (opened.mode === 'alone') return retry.isDue() ? tryShare(store) : undefined
    retry.beginAnew()
    const { bavail, bsize } = statfsSync(file)
    if ((bavail * bsize < MIN_FREE_BYTES || !canBeWritten(file)) && probe.isDue()) await probeWrite(store)
  }
}

/** What is open is whole, though it has lost its name. Where another log has taken the name, nobody knows what is in that. */
const isIntact = (why: string | undefined) => why === undefined || why.endsWith(' is gone') || why.endsWith(' in the place of its file')

/** What comes of it the store knows. */
const probeWrite = (store: SqliteStore) => store.probeWrite().catch(() => {})

/** Changes with whatever is written to a file or its log. */
const fileStamp = (file: string): string =>
  [file, `${file}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })).map((found) => `${found?.ino} ${found?.size} ${found?.mtimeMs}`).join()

/** Says when something may be tried again: after pauses that double, in milliseconds. */
function backoff(first: number, longest: number) {
  let [pause, next] = [first, -Infinity]
  return {
    isDue(): boolean {
      const now = performance.now()
      if (now < next) return false
      next = now + pause
      pause = Math.min(longest, 2 * pause)
      return true
    },
    beginAnew: () => void (pause = first),
  }
}

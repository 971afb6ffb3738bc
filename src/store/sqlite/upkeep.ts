import { statfsSync, statSync } from 'node:fs'
import { READ_ONLY } from './broken.ts'
import type { Checkpointer } from './checkpointer.ts'
import type { SqliteStore } from './sqlite-store.ts'
import { canBeWritten, type Had } from './ways.ts'

/** With less, it is tried now and then whether it can still be written. */
const LEAST_ROOM = 1_048_576

/** A file, and all that is open on it. */
export interface Holding {
  readonly had: Had
  readonly store: SqliteStore
  readonly checkpointer: Checkpointer | undefined
}

interface Keeping {
  readonly held: () => Holding
  /** Only for what is still the file that was opened. @throws Error where it cannot be had in any way; nothing is open then */
  readonly reopen: () => Promise<void>
}

/** What is to be done for a file now and then, so that it can be read and written as soon as that is possible. */
export function upkeepOf(file: string, { held, reopen }: Keeping): () => Promise<void> {
  const again = pauses(1000, 10_000)
  const doubts = pauses(10_000, 10_000)
  let stamp = stampOf(file)

  async function openAnew(): Promise<void> {
    stamp = stampOf(file)
    await reopen()
  }

  /** The file is not as it was opened. What was acknowledged goes into it, wherever it is now, and into no other. */
  async function rescue({ had, store }: Holding): Promise<void> {
    if (!had.db.open) return store.look(['']) === undefined && again.isDue() ? openAnew() : undefined
    if (had.way === 'in memory') return
    const [moved, robbed] = [store.look(['']), store.look(['-wal', '-shm'])]
    if ((moved ?? robbed) === undefined || ![moved, robbed].every(isUnharmed)) return
    had.db.pragma('wal_checkpoint(TRUNCATE)')
    // Where its log was taken away, what that held is in the file now, and there is a new one.
    if (moved === undefined) await openAnew()
  }

  /** It can be read, and cannot be written. */
  async function tryAgain({ had, store }: Holding, why: string): Promise<void> {
    if (!again.isDue()) return
    if (had.way === 'in memory' || why === READ_ONLY) return canBeWritten(file) ? openAnew() : undefined
    await tryToWrite(store)
  }

  /** There was no room for what they need. */
  async function letOthersIn(store: SqliteStore): Promise<void> {
    await tryToWrite(store)
    if ((await store.condition()).unwritable === undefined) await openAnew()
  }

  return async () => {
    const holding = held()
    const { had, store } = holding
    const { unreadable, unwritable } = await store.condition()
    if (unreadable !== undefined) return rescue(holding)
    // Somebody else can write, and has.
    if (had.way === 'in memory' && stampOf(file) !== stamp) return openAnew()
    if (unwritable !== undefined) return tryAgain(holding, unwritable)
    if (had.way === 'alone') return again.isDue() ? letOthersIn(store) : undefined
    again.beginAnew()
    const { bavail, bsize } = statfsSync(file)
    if ((bavail * bsize < LEAST_ROOM || !canBeWritten(file)) && doubts.isDue()) await tryToWrite(store)
  }
}

/** What is open is whole, though it has lost its name. Where another log has taken the name, nobody knows what is in that. */
const isUnharmed = (why: string | undefined) => why === undefined || why.endsWith(' is gone') || why.endsWith(' in the place of its file')

/** What comes of it the store knows. */
const tryToWrite = (store: SqliteStore) => store.tryToWrite().catch(() => {})

/** Changes with whatever is written to a file or its log. */
const stampOf = (file: string): string =>
  [file, `${file}-wal`].map((path) => statSync(path, { throwIfNoEntry: false })).map((found) => `${found?.ino} ${found?.size} ${found?.mtimeMs}`).join()

/** Says when something may be tried again: after pauses that double, in milliseconds. */
function pauses(first: number, longest: number) {
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

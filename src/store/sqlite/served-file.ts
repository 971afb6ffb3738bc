import { realpathSync } from 'node:fs'
import type { Codec, Health, Store } from '../port.ts'
import { startCheckpointer } from './checkpointer.ts'
import { type OpenOptions, prepareFile } from './open.ts'
import { openMaintainedLock } from './server-lock.ts'
import { sqliteStore } from './sqlite-store.ts'
import { type OpenStore, openRecovery } from './recovery.ts'
import { type OpenedDatabase, openBestEffort } from './open-mode.ts'

const ROUND_MS = 1000

export interface ServedFileOptions extends OpenOptions {
  readonly codec: Codec
  /** Told of what becomes of the file. */
  readonly report: (message: string, details: object) => void
  /** How often it is looked after. */
  readonly everyMs?: number
}

/** A file that is kept open as well as it can be had. */
export interface ServedFile {
  readonly store: Store
  /** From now on another server that wants the file waits for this one. */
  readonly stopping: () => void
}

/**
 * Opens a file for the one server that may have it, and looks after it: it is opened anew where it can be had in a
 * better way than it could, as when a full disk has room again.
 * @throws LockTaken where another server has it; NotACalendar, Error as `openDatabase` does, where it cannot even be read
 */
export async function serveFile(file: string, { codec, report, everyMs = ROUND_MS, ...opening }: ServedFileOptions): Promise<ServedFile> {
  prepareFile(file, opening)
  const lock = await openMaintainedLock(file)
  const realPath = realpathSync(file)
  const openAll = (opened: OpenedDatabase): OpenStore => {
    const reportError = (err: unknown) => report('WAL checkpoint failed', { err })
    const checkpointer = opened.mode === 'shared' ? startCheckpointer(realPath, reportError) : undefined
    const unwritable = () => opened.unwritable ?? lock.whyNotHeld()
    const store = sqliteStore(opened.db, codec, { file, unwritable, report, scrub: checkpointer?.scrub })
    return { opened, store, checkpointer }
  }
  let current = openAll(openBestEffort(realPath, opening))
  const closeAll = async () => {
    await current.checkpointer?.stop()
    await current.store.close()
  }
  /** What is there now is the calendar that was there: where it is nothing, it is not made one. */
  const reopen = async () => {
    await closeAll()
    current = openAll(openBestEffort(realPath, { ...opening, create: false }))
  }
  const recover = openRecovery(realPath, { current: () => current, reopen })
  const notify = logHealthChanges(report)
  let isLockNew = false
  const round = async () => {
    if (await lock.maintain()) isLockNew = true
    // Another server may have had the file meanwhile. What is open stays open while its name stands for something else.
    if (isLockNew && current.store.checkFile(['']) === undefined) {
      isLockNew = false
      await reopen()
    }
    await recover()
    notify(await current.store.health())
  }
  const rounds = await inRounds(round, everyMs, (err) => report('store file recovery failed', { err }))
  const close = async () => {
    await rounds.stop()
    await closeAll()
    lock.release()
  }
  return { store: { ...forwardTo<Store>(current.store, () => current.store), close }, stopping: lock.stopping }
}

/** An object with the functions of another, each of which is called on whatever is current then. */
function forwardTo<T extends object>(first: T, current: () => T): T {
  const entries = Object.entries(first).map(([name, value]) => {
    const now = () => current()[name as keyof T]
    if (typeof value === 'function') return [name, (...input: unknown[]) => (now() as (...given: unknown[]) => unknown)(...input)]
    return [name, typeof value === 'object' && value !== null ? forwardTo(value as object, now as () => object) : value]
  })
  return Object.fromEntries(entries) as T
}

/** Tells once when a store can no longer be read or changed, or can be again. */
function logHealthChanges(report: ServedFileOptions['report']): (condition: Health) => void {
  const known: Record<string, string | undefined> = {}
  return ({ unreadable, unwritable }) => {
    for (const [what, why] of [['read', unreadable], ['changed', unreadable === undefined ? unwritable : known['changed']]] as const) {
      if (why !== known[what]) report(why === undefined ? `the store can be ${what} again` : `the store cannot be ${what}`, why === undefined ? {} : { why })
      known[what] = why
    }
  }
}

/** One round now and then the others, without keeping the process alive. */
async function inRounds(round: () => Promise<void>, everyMs: number, onError: (error: unknown) => void) {
  let under: Promise<void> | undefined
  const begin = () => (under ??= round().catch(onError).finally(() => (under = undefined)))
  await begin()
  const timer = setInterval(() => void begin(), everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await under
    },
  }
}

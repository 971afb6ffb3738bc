import { realpathSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { Instant } from '../../domain/interval.ts'
import type { Codec, Health, Store } from '../port.ts'
import { startCheckpointer } from './checkpointer.ts'
import { type OpenOptions, prepareFile } from './open.ts'
import { type MaintainedLock, openMaintainedLock } from './server-lock.ts'
import { sqliteStore } from './sqlite-store.ts'
import { errorCode } from './errors.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { type OpenStore, Recovery } from './recovery.ts'
import { canBeWritten, type OpenedDatabase, openBestEffort } from './open-mode.ts'

const ROUND_MS = 1000

/** How to open and log about a served file. */
export interface ServedFileOptions extends OpenOptions {
  readonly codec: Codec
  /** Logs changes in the state of the file. */
  readonly report: (message: string, details: object) => void
  /** The clock. */
  readonly now: () => Instant
  /** How long entries of the change feed are kept, in seconds. */
  readonly keepFeedFor?: number | undefined
  /** Opens the WAL, to flush it. */
  readonly openLog?: (file: string) => LogFile
  /** The interval of recovery rounds in milliseconds. */
  readonly everyMs?: number
}

/** A store that stays the same object while its file is reopened. */
export interface ServedFile {
  readonly store: Store
  /** Marks this server as stopping, so that a starting server waits for the file. */
  readonly stopping: () => void
}

/**
 * Opens a file for this server alone, and reopens it when that is possible in a better mode: for example when a full disk has
 * space again.
 * @throws LockTaken if another server has the file; NotACalendar, Error as `openDatabase` if it cannot even be read
 */
export async function serveFile(
  file: string,
  { codec, report, now, keepFeedFor, openLog = openLogFile, everyMs = ROUND_MS, ...opening }: ServedFileOptions,
): Promise<ServedFile> {
  prepareFile(file, opening)
  const lock = await openMaintainedLock(file)
  const realPath = realpathSync(file)
  const context = { file, codec, report, now, keepFeedFor, openLog, lock }
  const open = openReopenable((options) => openAll(openBestEffort(realPath, { ...opening, ...options }), context))
  const recovery = new Recovery(realPath, open)
  const notify = logHealthChanges(report)
  let isLockNew = false
  const round = async () => {
    const { store } = open.current()
    if (await lock.maintain()) isLockNew = true
    // Another server may have written to the file before. A file that was moved or deleted stays open.
    if (isLockNew && store.checkFile(['']) === undefined) {
      isLockNew = false
      await open.reopen()
    }
    await recovery.run()
    notify(await open.current().store.health())
  }
  const rounds = await inRounds(round, everyMs, (err) => report('store file recovery failed', { err }))
  const close = async () => {
    await rounds.stop()
    await open.close()
    lock.release()
  }
  const forwarded = forwardTo<Store>(open.current().store, () => open.current().store)
  return { store: { ...forwarded, close }, stopping: lock.stopping }
}

interface OpenContext extends Required<Pick<ServedFileOptions, 'codec' | 'report' | 'now' | 'openLog'>> {
  readonly keepFeedFor: number | undefined
  readonly file: string
  readonly lock: MaintainedLock
}

/** The store of an open database, with its checkpointer if other processes may use the file too. */
function openAll(opened: OpenedDatabase, context: OpenContext): OpenStore {
  const { file, codec, report, now, keepFeedFor, openLog, lock } = context
  const unwritable = () => opened.unwritable ?? lock.whyNotHeld()
  const options = { file, unwritable, report, now, keepFeedFor }
  if (opened.mode !== 'shared')
    return { opened, store: sqliteStore(opened.db, codec, options), checkpointer: undefined }
  const log = canBeWritten(opened.db.name) ? openCheckpointedLog(opened.db, openLog) : undefined
  const reportError = (err: unknown) => report('WAL checkpoint failed', { err })
  const checkpointer = startCheckpointer(opened.db.name, reportError, {
    pauseWrites: () => store.pauseWrites(),
    mayCheckpoint: () => store.mayCheckpoint(),
  })
  const store = sqliteStore(opened.db, codec, { ...options, log, scrub: checkpointer.scrub })
  // Without it, commits must checkpoint the WAL, and cannot while it is flushed in the background.
  void checkpointer.ended.then(() => store.endBackgroundFlush()).catch(() => {})
  return { opened, store, checkpointer }
}

/** Holds the store of a file that may be reopened. */
function openReopenable(openStore: (options: OpenOptions) => OpenStore) {
  let current = openStore({})
  const close = async () => {
    await current.checkpointer?.stop()
    await current.store.close()
  }
  return {
    current: () => current,
    close,
    /** Does not create a new calendar if the file is missing now. */
    reopen: async () => {
      await close()
      current = openStore({ create: false })
    },
  }
}

/**
 * Opens the WAL, with what an earlier process has committed made durable: even if its flush has failed, after which only what
 * is written anew can be relied on.
 */
function openCheckpointedLog(db: Database, openLog: OpenContext['openLog']): LogFile {
  try {
    checkpointUnlessFull(db)
    return openLog(db.name)
  } catch (error) {
    db.close()
    throw error
  }
}

/** On a full disk all stays in the WAL. */
function checkpointUnlessFull(db: Database): void {
  try {
    db.pragma('wal_checkpoint(PASSIVE)')
  } catch (error) {
    if (errorCode(error) !== 'SQLITE_FULL') throw error
  }
}

/** A proxy for an object that may be replaced: each call goes to the current object. Nested objects too. */
function forwardTo<T extends object>(first: T, current: () => T): T {
  const entries = Object.entries(first).map(([name, value]) => {
    const now = () => current()[name as keyof T]
    if (typeof value === 'function')
      return [name, (...input: unknown[]) => (now() as (...given: unknown[]) => unknown)(...input)]
    return [name, typeof value === 'object' && value !== null ? forwardTo(value as object, now as () => object) : value]
  })
  return Object.fromEntries(entries) as T
}

/** Logs once when a store cannot be read or changed any more, and when it can be again. */
function logHealthChanges(report: ServedFileOptions['report']): (health: Health) => void {
  const known: Record<string, string | undefined> = {}
  return ({ unreadable, unwritable }) => {
    for (const [operation, reason] of [
      ['read', unreadable],
      ['changed', unreadable === undefined ? unwritable : known['changed']],
    ] as const) {
      if (reason !== known[operation])
        report(
          reason === undefined ? `the store can be ${operation} again` : `the store cannot be ${operation}`,
          reason === undefined ? {} : { reason },
        )
      known[operation] = reason
    }
  }
}

/** Runs one round now and then periodically, one at a time, without keeping the process alive. */
async function inRounds(round: () => Promise<void>, everyMs: number, onError: (error: unknown) => void) {
  let running: Promise<void> | undefined
  const begin = () =>
    (running ??= round()
      .catch(onError)
      .finally(() => (running = undefined)))
  await begin()
  const timer = setInterval(() => void begin(), everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

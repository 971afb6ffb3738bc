import { existsSync, statSync } from 'node:fs'
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import { beginShowing } from '../store/sqlite/durability.ts'
import { endReading } from '../store/sqlite/errors.ts'
import { openForReading } from '../store/sqlite/open.ts'
import { toCliError } from './explain-error.ts'
import { type Show, withBar } from './progress.ts'
import { interruptedError, CliError } from './cli-error.ts'
import { type AtomicWriteOptions, writeAtomically } from './atomic-file.ts'

export interface Backup {
  readonly bytes: number
  readonly reservations: number
}

/** Pages copied in one event-loop turn, which takes some milliseconds. Signals are handled between turns. */
const PAGES_PER_STEP = 1000

/**
 * Copies a store's file, including its history, as of one instant, while a server may use it. Checks the copy before
 * renaming it to `target`.
 * @throws CliError `exists` if there is such a file and it may not be replaced, `unusable` if the copy is damaged
 */
export async function backup(storeFile: string, target: string, writing: AtomicWriteOptions): Promise<Backup> {
  for (const staleFile of ['-wal', '-journal']) {
    // SQLite would use it as a part of the copy.
    if (existsSync(target + staleFile)) throw new CliError('exists', `${target}${staleFile} is in the way.`)
  }
  const store = openForReading(storeFile, 'any')
  try {
    return await writeAtomically(target, writing, async (temporary) => {
      await copy(store, { file: temporary, displayName: target }, writing.signal)
      return { bytes: statSync(temporary).size, reservations: await verifiedCount(temporary, writing.signal) }
    })
  } finally {
    store.close()
  }
}

/**
 * Copies a database to a new file as of one instant, even while others write to it.
 * @param store open for reading; its read transaction ends with the copy
 * @param target the file, and its name in error messages
 */
export async function copy(
  store: Database,
  target: { readonly file: string; readonly displayName: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    beginShowing(store)
    await withBar({ format: 'copying {bar} {percentage} %', total: 0 }, (show) =>
      copyPages(store, target.file, signal, show),
    )
  } catch (error) {
    // Other errors are the store's.
    throw (error as { code?: string }).code === 'SQLITE_FULL' ? toCliError(error, target.displayName) : error
  } finally {
    endReading(store)
  }
  // Without WAL, the copy can be read from a folder in which no log file can be created.
  const db = new Sqlite(target.file)
  db.pragma('journal_mode = DELETE')
  db.close()
}

const copyPages = (store: Database, file: string, signal: AbortSignal | undefined, show: Show) =>
  store.backup(file, {
    progress: ({ totalPages, remainingPages }) => {
      assertNotInterrupted(signal)
      show(totalPages - remainingPages, undefined, totalPages)
      return PAGES_PER_STEP
    },
  })

async function verifiedCount(temporary: string, signal: AbortSignal | undefined): Promise<number> {
  const copied = openForReading(temporary, 'any')
  try {
    // One table at a time, so that signals are handled in between.
    for (const table of copied
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all() as string[]) {
      const verdict = copied.pragma(`quick_check('${table.replaceAll("'", "''")}')`, { simple: true })
      if (verdict !== 'ok') throw new CliError('unusable', `The copy is damaged, and was deleted: ${String(verdict)}`)
      await yieldToEventLoop()
      assertNotInterrupted(signal)
    }
    return copied.prepare('SELECT count(*) FROM reservations').pluck().get() as number
  } finally {
    copied.close()
  }
}

function assertNotInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interruptedError(signal, 'Nothing was written.')
}

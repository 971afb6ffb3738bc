import { existsSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
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

/** Copied between two turns of the event loop: some milliseconds' worth, after which a signal is heard. */
const PAGES_PER_STEP = 1000

/**
 * Copies a store's file as one instant has it, history and all, while a server reads and writes it; the copy is
 * checked before it gets its name.
 * @throws Trouble `exists` when there is a file of that name and it is not to be replaced; Error when the copy is not sound
 */
export async function backup(storeFile: string, target: string, writing: AtomicWriteOptions): Promise<Backup> {
  for (const staleFile of ['-wal', '-journal']) {
    // SQLite would take it for a part of the copy.
    if (existsSync(target + staleFile)) throw new CliError('exists', `${target}${staleFile} is in the way.`)
  }
  const store = openForReading(storeFile, 'any')
  try {
    return await writeAtomically(target, writing, async (temporary) => {
      await copy(store, { file: temporary, called: target }, writing.signal)
      return { bytes: statSync(temporary).size, reservations: await verifiedCount(temporary, writing.signal) }
    })
  } finally {
    store.close()
  }
}

/**
 * Copies a database to a new file as one instant has it, whoever writes meanwhile.
 * @param store open for reading; the transaction within which it is read is ended
 * @param target the file, and what people are told it is called
 */
export async function copy(store: Database, target: { readonly file: string; readonly called: string }, signal: AbortSignal | undefined): Promise<void> {
  store.exec('BEGIN')
  store.prepare('SELECT count(*) FROM sqlite_schema').get()
  try {
    await withBar({ format: 'copying {bar} {percentage} %', total: 0 }, (show) => copyPages(store, target.file, signal, show))
  } catch (error) {
    // All else is about the store.
    throw (error as { code?: string }).code === 'SQLITE_FULL' ? toCliError(error, target.called) : error
  } finally {
    endReading(store)
  }
  // Whoever has only the copy shall be able to read it where nothing can be written beside it, as a log would have to be.
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
    // Table by table, so that a signal is heard between two.
    for (const table of copied.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]) {
      const verdict = copied.pragma(`quick_check('${table.replaceAll("'", "''")}')`, { simple: true })
      if (verdict !== 'ok') throw new CliError('unusable', `The copy is not sound, and is not kept: ${String(verdict)}`)
      await nextTurn()
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

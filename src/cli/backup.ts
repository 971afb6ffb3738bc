import { existsSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import { endReading } from '../store/sqlite/broken.ts'
import { openForReading } from '../store/sqlite/open.ts'
import { troubleOf } from './explain.ts'
import { type Show, withBar } from './progress.ts'
import { interruption, Trouble } from './trouble.ts'
import { type Writing, writeWhole } from './whole-file.ts'

export interface Backup {
  readonly bytes: number
  readonly reservations: number
}

/** Copied between two turns of the event loop: some milliseconds' worth, after which a signal is heard. */
const PAGES_AT_ONCE = 1000

/**
 * Copies a store's file as one instant has it, history and all, while a server reads and writes it; the copy is
 * checked before it gets its name.
 * @throws Trouble `exists` when there is a file of that name and it is not to be replaced; Error when the copy is not sound
 */
export async function backup(storeFile: string, target: string, writing: Writing): Promise<Backup> {
  for (const leftover of ['-wal', '-journal']) {
    // SQLite would take it for a part of the copy.
    if (existsSync(target + leftover)) throw new Trouble('exists', `${target}${leftover} is in the way.`)
  }
  const store = openForReading(storeFile, 'any')
  try {
    return await writeWhole(target, writing, async (temporary) => {
      await copy(store, { file: temporary, called: target }, writing.signal)
      return { bytes: statSync(temporary).size, reservations: await soundCountOf(temporary, writing.signal) }
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
    throw (error as { code?: string }).code === 'SQLITE_FULL' ? troubleOf(error, target.called) : error
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
      assertGoingOn(signal)
      show(totalPages - remainingPages, undefined, totalPages)
      return PAGES_AT_ONCE
    },
  })

async function soundCountOf(temporary: string, signal: AbortSignal | undefined): Promise<number> {
  const copied = openForReading(temporary, 'any')
  try {
    // Table by table, so that a signal is heard between two.
    for (const table of copied.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all() as string[]) {
      const verdict = copied.pragma(`quick_check('${table.replaceAll("'", "''")}')`, { simple: true })
      if (verdict !== 'ok') throw new Trouble('unusable', `The copy is not sound, and is not kept: ${String(verdict)}`)
      await nextTurn()
      assertGoingOn(signal)
    }
    return copied.prepare('SELECT count(*) FROM reservations').pluck().get() as number
  } finally {
    copied.close()
  }
}

function assertGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw interruption(signal, 'Nothing was written.')
}

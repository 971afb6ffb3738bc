import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { migrate } from './schema.ts'

/** The write-ahead log is folded back by a thread of its own; past this many pages (64 MB) a writer does it itself. */
const WAL_CEILING = 16_384

/**
 * Opens a database file (or `:memory:`) so that a commit is on the disk when it returns. `patience` is how long, in
 * milliseconds, to wait for another process that writes; the waiting holds up the whole thread.
 * @throws Error when the file cannot be had like that
 */
export function openDatabase(file: string, patience = 10_000): Database {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const db = new Sqlite(file, { timeout: patience })
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma(`wal_autocheckpoint = ${WAL_CEILING}`)
  db.pragma('cache_size = -65536')
  db.pragma('mmap_size = 1073741824')
  assertDurable(db, file)
  migrate(db)
  return db
}

/** Opens a database file to look at it, while a server may be writing to it, and closes it after `question`. */
export function reading<T>(file: string, question: (db: Database) => T): T {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: 10_000 })
  try {
    return question(db)
  } finally {
    db.close()
  }
}

/** A WAL database that is opened again comes up with `synchronous=NORMAL`, which may lose acknowledged writes with the power. */
function assertDurable(db: Database, file: string): void {
  const full = 2
  if (db.pragma('synchronous', { simple: true }) !== full) throw new Error(`${file}: SQLite does not keep synchronous=FULL.`)
  const journal = db.pragma('journal_mode', { simple: true })
  if (file !== ':memory:' && journal !== 'wal') throw new Error(`${file}: SQLite does not keep a write-ahead log here (${String(journal)}).`)
}

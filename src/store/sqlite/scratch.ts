import Sqlite, { type Database } from 'better-sqlite3'
import { migrate } from './schema.ts'

/** A temporary database: in memory, and beyond some megabytes in an unnamed temporary file of SQLite. @param file a file to work on instead */
export function scratchDatabase(file = ''): Database {
  const db = new Sqlite(file)
  db.pragma('journal_mode = MEMORY')
  db.pragma('synchronous = OFF')
  return db
}

/**
 * A temporary calendar for dry runs.
 * @param like the copy of a calendar to work on, and the name of the original for messages; empty without it
 */
export function scratchCalendar(like?: { readonly copy: string; readonly of: string }): Database {
  const db = scratchDatabase(like?.copy)
  migrate(db, like?.of ?? 'the scratch')
  return db
}

/** A temporary table of JSON values by two texts, sorted by the second. */
export function scratchTable<T>() {
  const db = scratchDatabase()
  db.exec(
    'CREATE TABLE items (first TEXT NOT NULL, second TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID',
  )
  const select = db.prepare<[string, string], string>('SELECT value FROM items WHERE first = ? AND second = ?').pluck()
  const selectAll = db.prepare<[string], string>('SELECT value FROM items WHERE first = ? ORDER BY second').pluck()
  const put = db.prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?)')
  return {
    get(first: string, second: string): T | undefined {
      const value = select.get(first, second)
      return value === undefined ? undefined : (JSON.parse(value) as T)
    },
    under: (first: string): T[] => selectAll.all(first).map((value) => JSON.parse(value) as T),
    put: (first: string, second: string, value: T) => void put.run(first, second, JSON.stringify(value)),
    close: () => void db.close(),
  }
}

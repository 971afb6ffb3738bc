import Sqlite, { type Database } from 'better-sqlite3'
import { migrate } from './schema.ts'

/** A database to work with: without a name it is in memory, and past some megabytes in a file of SQLite's own that nobody sees. */
export function scratchDatabase(file = ''): Database {
  const db = new Sqlite(file)
  db.pragma('journal_mode = MEMORY')
  db.pragma('synchronous = OFF')
  return db
}

/**
 * A calendar to try something in, of which nothing is to outlive the process.
 * @param like a copy of the calendar that it is to be like, and the name of the one that was copied; without it, it is empty
 */
export function scratchCalendar(like?: { readonly copy: string; readonly of: string }): Database {
  const db = scratchDatabase(like?.copy)
  migrate(db, like?.of ?? 'the scratch')
  return db
}

/** JSON values by two texts, the second of which orders those of one first. */
export function scratchTable<T>() {
  const db = scratchDatabase()
  db.exec('CREATE TABLE items (first TEXT NOT NULL, second TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID')
  const one = db.prepare<[string, string], string>('SELECT value FROM items WHERE first = ? AND second = ?').pluck()
  const batch = db.prepare<[string], string>('SELECT value FROM items WHERE first = ? ORDER BY second').pluck()
  const put = db.prepare('INSERT OR REPLACE INTO items VALUES (?, ?, ?)')
  return {
    get(first: string, second: string): T | undefined {
      const value = one.get(first, second)
      return value === undefined ? undefined : (JSON.parse(value) as T)
    },
    under: (first: string): T[] => batch.all(first).map((value) => JSON.parse(value) as T),
    put: (first: string, second: string, value: T) => void put.run(first, second, JSON.stringify(value)),
    close: () => void db.close(),
  }
}

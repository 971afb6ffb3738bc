import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { errorCode } from './errors.ts'
import { assertCalendar, assertCurrent, holds, migrate, NotACalendar } from './schema.ts'

/** The write-ahead log is folded back by a thread of its own; past this many pages (64 MB) a writer does it itself. */
const WAL_CEILING = 16_384
const TIMEOUT_MS = 10_000

export interface OpenOptions {
  /** How long, in milliseconds, to wait for another process that writes; the waiting holds up the whole thread. */
  readonly timeoutMs?: number
  /** Whether a new calendar is made where there is none; otherwise that is an error. */
  readonly create?: boolean
  /** Told when a new calendar was made. */
  readonly onNew?: (() => void) | undefined
  /** Keeps all other processes out: the log needs no index beside it then, for which a full disk has no room. */
  readonly exclusive?: boolean
}

/**
 * Opens a database file (or `:memory:`) so that a commit is on the disk when it returns, and brings its schema up to
 * date. What is no calendar is not touched. Only its owner may read a file that is made.
 * @throws NotACalendar where there is none, or none that this version can use; Error naming the file where it cannot be had
 */
export function openDatabase(file: string, { timeoutMs = TIMEOUT_MS, create = true, onNew, exclusive = false }: OpenOptions = {}): Database {
  if (file === ':memory:') return prepared(new Sqlite(file), file)
  assertFile(file, create)
  return withFileName(file, () => {
    if (create) makeWithFolder(file)
    const db = new Sqlite(file, { timeout: timeoutMs, fileMustExist: !create })
    return closeUnless(db, () => {
      if (exclusive) db.pragma('locking_mode = EXCLUSIVE')
      const isNew = holds(db) === 'nothing'
      if (isNew && !create) throw new NotACalendar(`${file} holds no calendar: it is empty.`)
      prepared(db, file)
      if (isNew) onNew?.()
      return db
    })
  })
}

/**
 * Sees to it that there is a file, and that it may be a calendar's, without opening it for long.
 * @throws NotACalendar, Error as `openDatabase` does
 */
export function prepareFile(file: string, { create = true }: OpenOptions): void {
  assertFile(file, create)
  withFileName(file, () => {
    if (create) makeWithFolder(file)
    if (statSync(file).nlink > 1) throw new NotACalendar(`${file} has several names (hard links), and the log beside one is not seen by the others: remove all but one.`)
    try {
      const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: TIMEOUT_MS })
      closeUnless(db, () => assertCalendar(db, file, 'or nothing'))
      db.close()
    } catch (error) {
      // Whatever else is wrong is told, or does not matter, when it is opened.
      if (error instanceof NotACalendar || errorCode(error) === 'SQLITE_NOTADB') throw error
    }
  })
}

/**
 * Opens a calendar's file to look at it, while a server may be writing to it. Makes and changes nothing.
 * @param version whether it must have this version's schema
 * @throws NotACalendar where there is none, or none of that version; Error naming the file where it cannot be had
 */
export function openForReading(file: string, version: 'this' | 'any' = 'this'): Database {
  assertFile(file)
  return withFileName(file, () => {
    try {
      const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: TIMEOUT_MS })
      return closeUnless(db, () => {
        assertCalendar(db, file)
        if (version === 'this') assertCurrent(db, file)
        return db
      })
    } catch (error) {
      if (errorCode(error) !== 'SQLITE_CANTOPEN') throw error
      return openInMemory(file)
    }
  })
}

/** So large a file is read into memory. */
const MAX_IN_MEMORY = 134_217_728

/**
 * Reads a calendar into memory where nothing can be written, not even the index of its log that SQLite wants beside it.
 * No connection to the file may be open in this process.
 * @throws NotACalendar as `openDatabase` does, and where it is too large or its log holds something
 */
export function openInMemory(file: string): Database {
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const cannot = (why: string) => new NotACalendar(`${file} cannot be read, as nothing can be written beside it and ${why}.`)
  if (sizeOf(file) > MAX_IN_MEMORY) throw cannot(`it is larger than ${MAX_IN_MEMORY / 1_048_576} MB`)
  if (sizeOf(`${file}-wal`) > 0) throw cannot('its write-ahead log holds something')
  return withFileName(file, () => {
    const bytes = readFileSync(file)
    // "Has a write-ahead log", in the header: it is empty.
    if (bytes.length > 20 && bytes.readUInt16BE(18) === 0x0202) bytes.writeUInt16BE(0x0101, 18)
    const db = new Sqlite(bytes)
    return closeUnless(db, () => {
      assertCalendar(db, file)
      migrate(db, file)
      return db
    })
  })
}

/** Whether all other connections are kept out. */
export const isAlone = (db: Database): boolean => db.pragma('locking_mode', { simple: true }) === 'exclusive'

function prepared(db: Database, file: string): Database {
  assertCalendar(db, file, 'or nothing')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma(`wal_autocheckpoint = ${WAL_CEILING}`)
  db.pragma('cache_size = -65536')
  assertDurable(db, file)
  migrate(db, file)
  return db
}

/** A WAL database that is opened again comes up with `synchronous=NORMAL`, which may lose acknowledged writes with the power. */
function assertDurable(db: Database, file: string): void {
  const full = 2
  if (db.pragma('synchronous', { simple: true }) !== full) throw new NotACalendar(`${file}: SQLite does not keep synchronous=FULL.`)
  const journal = db.pragma('journal_mode', { simple: true })
  if (file !== ':memory:' && journal !== 'wal') throw new NotACalendar(`${file}: SQLite does not keep a write-ahead log here (${String(journal)}).`)
}

function assertFile(file: string, orNothing = false): void {
  const there = withFileName(file, () => statSync(file, { throwIfNoEntry: false }))
  if (there ? !there.isFile() : !orNothing) throw new NotACalendar(`${file} is ${there ? 'no file' : 'not there'}.`, there !== undefined)
}

/** An empty file, where there is none: SQLite's own would be for everybody to read, and so would its log beside it. */
export function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function makeWithFolder(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  makeFile(file)
}

function closeUnless<T>(db: Database, work: () => T): T {
  try {
    return work()
  } catch (error) {
    db.close()
    throw error
  }
}

/** What SQLite and the system say does not always say of which file. Their codes stay. */
function withFileName<T>(file: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (error instanceof NotACalendar || (error as Error).message.startsWith(file)) throw error
    const { message, code } = error as Error & { code?: string }
    throw Object.assign(new Error(`${file} cannot be opened: ${message}`, { cause: error }), { code })
  }
}

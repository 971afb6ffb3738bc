import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { errorCode } from './errors.ts'
import { assertCalendar, assertCurrent, contentsOf, migrate, NotACalendar } from './schema.ts'

/** A worker thread checkpoints the WAL; beyond this many pages (64 MB), commits do it too. */
const WAL_MAX_PAGES = 16_384
const TIMEOUT_MS = 10_000

/** How to open a database file. */
export interface OpenOptions {
  /** How long to wait for another process that writes, in milliseconds. Waiting blocks the event loop, but not that of a served file. */
  readonly timeoutMs?: number
  /** Whether to create a calendar if there is none; otherwise that is an error. */
  readonly create?: boolean
  /** Called when a new calendar was created. */
  readonly onNew?: (() => void) | undefined
  /** Locks out all other processes. Then the WAL needs no index file, for which a full disk has no space. */
  readonly exclusive?: boolean
}

/**
 * Opens a database file (or `:memory:`) with durable commits, and migrates its schema. Does not change a file that is no
 * calendar. New files are readable by their owner only.
 * @throws NotACalendar if there is no calendar, or none that this version can use; Error with the file's name if it cannot be opened
 */
export function openDatabase(
  file: string,
  { timeoutMs = TIMEOUT_MS, create = true, onNew, exclusive = false }: OpenOptions = {},
): Database {
  if (file === ':memory:') return prepared(new Sqlite(file), file)
  assertFile(file, create)
  return withFileName(file, () => {
    if (create) createWithFolder(file)
    const db = new Sqlite(file, { timeout: timeoutMs, fileMustExist: !create })
    return closeUnless(db, () => {
      if (exclusive) db.pragma('locking_mode = EXCLUSIVE')
      const isNew = contentsOf(db) === 'nothing'
      if (isNew && !create) throw new NotACalendar(`${file} holds no calendar: it is empty.`)
      prepared(db, file)
      if (isNew) onNew?.()
      return db
    })
  })
}

/**
 * Creates the file if need be, and checks that it is a calendar or empty, before the server takes its lock.
 * @throws NotACalendar, Error as {@link openDatabase}
 */
export function prepareFile(file: string, { create = true }: OpenOptions): void {
  assertFile(file, create)
  withFileName(file, () => {
    if (create) createWithFolder(file)
    if (statSync(file).nlink > 1)
      throw new NotACalendar(
        `${file} has several names (hard links), and the log beside one is not seen by the others: remove all but one.`,
      )
    try {
      const db = new Sqlite(file, { readonly: true, fileMustExist: true, timeout: TIMEOUT_MS })
      closeUnless(db, () => assertCalendar(db, file, 'or nothing'))
      db.close()
    } catch (error) {
      // `openDatabase` reports or handles everything else.
      if (error instanceof NotACalendar || errorCode(error) === 'SQLITE_NOTADB') throw error
    }
  })
}

/**
 * Opens a calendar for reading, while a server may be writing to it. Creates and changes nothing.
 * @param version `this`: it must have the schema of this version
 * @throws NotACalendar if there is no calendar, or none of that version; Error with the file's name if it cannot be opened
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

/** The maximal size of a file to read into memory, in bytes. */
const MAX_IN_MEMORY = 134_217_728

/**
 * Reads a calendar into memory, for read-only folders, in which SQLite cannot create the WAL index that it needs. This process
 * must have no connection to the file.
 * @throws NotACalendar as {@link openDatabase}, or if the file is too large or its WAL is not empty
 */
export function openInMemory(file: string): Database {
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  const cannotRead = (reason: string) =>
    new NotACalendar(`${file} cannot be read, as nothing can be written beside it and ${reason}.`)
  if (sizeOf(file) > MAX_IN_MEMORY) throw cannotRead(`it is larger than ${MAX_IN_MEMORY / 1_048_576} MB`)
  if (sizeOf(`${file}-wal`) > 0) throw cannotRead('its write-ahead log is not empty')
  return withFileName(file, () => {
    const bytes = readFileSync(file)
    // The header says that there is a WAL, which a database in memory cannot have.
    if (bytes.length > 20 && bytes.readUInt16BE(18) === 0x0202) bytes.writeUInt16BE(0x0101, 18)
    const db = new Sqlite(bytes)
    return closeUnless(db, () => {
      assertCalendar(db, file)
      migrate(db, file)
      return db
    })
  })
}

/** Whether the connection locks out all others. */
export const isExclusive = (db: Database): boolean => db.pragma('locking_mode', { simple: true }) === 'exclusive'

function prepared(db: Database, file: string): Database {
  assertCalendar(db, file, 'or nothing')
  db.pragma('journal_mode = WAL')
  flushEachCommit(db)
  db.pragma('cache_size = -65536')
  assertDurable(db, file)
  migrate(db, file)
  return db
}

/** Makes SQLite flush each commit, and checkpoint a WAL that has become large. */
export function flushEachCommit(db: Database): void {
  db.pragma('synchronous = FULL')
  db.pragma(`wal_autocheckpoint = ${WAL_MAX_PAGES}`)
}

/** With `synchronous=NORMAL`, the default of a WAL database, a power failure may lose acknowledged commits. */
function assertDurable(db: Database, file: string): void {
  const full = 2
  if (db.pragma('synchronous', { simple: true }) !== full)
    throw new NotACalendar(`${file}: SQLite does not keep synchronous=FULL.`)
  const journal = db.pragma('journal_mode', { simple: true })
  if (file !== ':memory:' && journal !== 'wal')
    throw new NotACalendar(`${file}: SQLite does not keep a write-ahead log here (${String(journal)}).`)
}

function assertFile(file: string, orNothing = false): void {
  const found = withFileName(file, () => statSync(file, { throwIfNoEntry: false }))
  if (found ? !found.isFile() : !orNothing)
    throw new NotACalendar(`${file} is ${found ? 'no file' : 'not there'}.`, found !== undefined)
}

/** Creates an empty file, if there is none, that only its owner can read; so is then its WAL. SQLite would make both readable by everybody. */
export function createFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function createWithFolder(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  createFile(file)
}

function closeUnless<T>(db: Database, work: () => T): T {
  try {
    return work()
  } catch (error) {
    db.close()
    throw error
  }
}

/** Adds the file's name to errors of SQLite and the system. Keeps their codes. */
function withFileName<T>(file: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (error instanceof NotACalendar || (error as Error).message.startsWith(file)) throw error
    const { message, code } = error as Error & { code?: string }
    throw Object.assign(new Error(`${file} cannot be opened: ${message}`, { cause: error }), { code })
  }
}

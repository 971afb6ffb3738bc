import Sqlite, { type Database } from 'better-sqlite3'
import { Failure } from '../../domain/failure.ts'

/** A constraint that does not hold is a bug of ours; anything else that SQLite throws means it cannot answer now. */
const isDatabaseError = (error: unknown) => (error instanceof Sqlite.SqliteError && !error.code.startsWith('SQLITE_CONSTRAINT')) || isClosed(error)

/** What is asked after the store was closed finds no store; better-sqlite3 knows no error of its own for that. */
const isClosed = (error: unknown) => error instanceof TypeError && error.message === 'The database connection is not open'

/** @throws Failure `unavailable` where SQLite cannot answer */
export function asUnavailable<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isDatabaseError(error)) throw error
    throw storeUnavailable(error)
  }
}

/**
 * Ends a transaction in which nothing was written. Where the disk failed, SQLite has ended it already, and where that
 * fails as well, what is wrong has been told: it is ended before the next begins.
 */
export function endReading(db: Database): void {
  try {
    if (db.open && db.inTransaction) db.exec('ROLLBACK')
  } catch {}
}

export const storeUnavailable = (cause: unknown): Failure =>
  new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.', [], { cause })

export const storeReadOnly = (why: string, cause?: unknown): Failure =>
  new Failure('unavailable', `The calendar can be read but not changed just now: ${why}.`, [], { cause })

/** SQLite's code of what is behind a failure, as `SQLITE_FULL` or `SQLITE_IOERR_WRITE`. */
export function errorCode(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code
  return cause === undefined ? '' : errorCode(cause)
}

export const READ_ONLY = 'its file or its folder is read-only'

/** Why a file cannot be written, in a few words; undefined where something else is wrong, or another process is at it. */
export function whyUnwritable(code: string): string | undefined {
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'its disk is full'
  if (/^SQLITE_(READONLY|PERM|AUTH)/.test(code)) return READ_ONLY
  if (/^SQLITE_(CANTOPEN|IOERR(?!_(READ|SHORT_READ|CORRUPTFS|DATA)))/.test(code)) return 'its disk cannot be written'
  return undefined
}

/** Why a question is not answered, in a few words; undefined where it is. */
export function whyUnreadable(question: () => unknown): string | undefined {
  try {
    question()
    return undefined
  } catch (error) {
    const code = errorCode(error)
    return /^SQLITE_(CORRUPT|NOTADB)/.test(code) ? 'its file is damaged' : `it does not answer: ${(error as Error).message}`
  }
}

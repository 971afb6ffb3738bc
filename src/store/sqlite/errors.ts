import Sqlite, { type Database } from 'better-sqlite3'
import { Failure } from '../../domain/failure.ts'

/** Whether SQLite cannot answer now. A violated constraint is a bug instead. */
const isDatabaseError = (error: unknown) =>
  (error instanceof Sqlite.SqliteError && !error.code.startsWith('SQLITE_CONSTRAINT')) || isClosed(error)

/** Whether the store is closed, for which better-sqlite3 has no error class. */
const isClosed = (error: unknown) =>
  error instanceof TypeError && error.message === 'The database connection is not open'

/** Runs `work` and rethrows errors of SQLite as a Failure. @throws Failure `unavailable` if SQLite cannot answer */
export function asUnavailable<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isDatabaseError(error)) throw error
    throw storeUnavailable(error)
  }
}

/**
 * Ends a read transaction. Never throws: after a disk error SQLite has already ended it, and if the rollback fails, it is
 * repeated before the next transaction begins.
 */
export function endReading(db: Database): void {
  try {
    if (db.open && db.inTransaction) db.exec('ROLLBACK')
  } catch {}
}

/** The Failure for a store that does not answer. */
export const storeUnavailable = (cause: unknown): Failure =>
  new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.', [], { cause })

/** The Failure for a store that can be read but not written. */
export const storeReadOnly = (reason: string, cause?: unknown): Failure =>
  new Failure('unavailable', `The calendar can be read but not changed just now: ${reason}.`, [], { cause })

/** Whether another process has the write lock. */
export const isBusy = (error: unknown): boolean => errorCode(error).startsWith('SQLITE_BUSY')

/** The SQLite code of an error or of its causes, like `SQLITE_FULL`; empty if there is none. */
export function errorCode(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' && code.startsWith('SQLITE_')) return code
  return cause === undefined ? '' : errorCode(cause)
}

/** The reason why a file without write permission cannot be written. */
export const READ_ONLY = 'its file or its folder is read-only'

/** The reason why nothing is written after a failed flush. */
export const NOT_FLUSHED = 'its disk did not keep what was written'

/** Why a file cannot be written, as a few words. Undefined for other errors, and if another process is writing. */
export function whyUnwritable(code: string): string | undefined {
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return 'its disk is full'
  if (/^SQLITE_(READONLY|PERM|AUTH)/.test(code)) return READ_ONLY
  if (/^SQLITE_(CANTOPEN|IOERR(?!_(READ|SHORT_READ|CORRUPTFS|DATA)))/.test(code)) return 'its disk cannot be written'
  return undefined
}

/** Why a query fails, as a few words; undefined if it succeeds. */
export function whyUnreadable(query: () => unknown): string | undefined {
  try {
    query()
    return undefined
  } catch (error) {
    const code = errorCode(error)
    return /^SQLITE_(CORRUPT|NOTADB)/.test(code)
      ? 'its file is damaged'
      : `it does not answer: ${(error as Error).message}`
  }
}

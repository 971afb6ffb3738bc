import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const fdatasyncOf = promisify(fdatasync)

/** The write-ahead log (WAL) of an open database, to flush it. */
export interface LogFile {
  /** Resolves when all that has been written to the log is on the disk. Runs in the thread pool. @throws Error of the system */
  flush(): Promise<void>
  close(): void
}

/**
 * Opens the WAL of a database file that is open in WAL mode, and flushes what an earlier process may have left. SQLite locks
 * the file and the index of its log, but never the log, so that closing this drops no lock.
 * @throws Error of the system
 */
export function openLogFile(file: string): LogFile {
  // SQLite puts the WAL next to the target of a symbolic link.
  const path = `${realpathSync(file)}-wal`
  const fd = openSync(path, 'r+')
  try {
    fdatasyncSync(fd)
    syncFolder(dirname(path))
  } catch (error) {
    closeSync(fd)
    throw error
  }
  let flushing: Promise<unknown> = Promise.resolve()
  return {
    flush() {
      const done = fdatasyncOf(fd)
      flushing = done.catch(() => {})
      return done
    },
    // Closed under a flush, the number could stand for another file.
    close: () => void flushing.then(() => closeSync(fd)),
  }
}

/** Flushes the WAL of a database file, if there is one. @throws Error of the system */
export function syncLog(file: string): void {
  let fd: number
  try {
    fd = openSync(`${realpathSync(file)}-wal`, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Makes the names of new files durable. Some systems cannot, and need not. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    closeSync(fd)
  }
}

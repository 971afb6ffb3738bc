import Sqlite, { type Database } from 'better-sqlite3'
import { withTimeout } from '../../concurrency.ts'
import { endReading, NOT_FLUSHED, storeReadOnly } from './errors.ts'
import { type LogFile, syncLog } from './log-file.ts'
import { flushEachCommit, isExclusive } from './open.ts'
import { prepare, type Statements } from './statements.ts'

/** A flush that takes longer has failed: the disk hangs. */
const FLUSH_TIMEOUT_MS = 30_000

/** A connection for reading, and its statements. */
export interface View {
  readonly db: Database
  readonly sql: Statements
}

/** The statements of changes, and the view of readers. */
export interface Access {
  readonly sql: Statements
  readonly view: View
}

/** Makes commits durable, and shows readers only what is durable. */
export interface Durability {
  /** Shows only what is on the disk. */
  readonly view: View
  /** How long a transaction may wait for another process that writes, besides what SQLite itself waits, in milliseconds. */
  readonly lockTimeoutMs: number
  /** Runs a commit that writes. Readers do not see it before it is flushed. */
  commit(commit: () => void): void
  /** Whether a commit has to be flushed. */
  isPending(): boolean
  /** Flushes all commits, within 30 s. Do not commit again before `show`. @throws Failure `unavailable` now and ever after if that fails */
  flush(): Promise<void>
  /** Shows flushed commits to readers. */
  show(): void
  /** Resolves at once or with the flush in progress, in a turn of the event loop in which all commits are on the disk. */
  flushed(): Promise<void>
  /** A value that changes with each commit of another connection that the view shows. */
  foreignVersion(): unknown
  /** Called before anyone learns what this connection has read: flushes what other processes have committed and not flushed. */
  beforeShowing(): void
  /** Flushes each commit through SQLite from now on. Call it in a pause of writes. */
  endBackground(): void
  /** Why nothing can be written any more, as a few words: a flush has failed. */
  whyUnwritable(): string | undefined
  /** Closes the view, and the connection that writes. */
  close(): void
}

/** For a connection whose commits are durable at once: with `synchronous=FULL`, or in memory. */
export function flushedBySqlite(db: Database, sql: Statements): Durability {
  const isAlone = db.memory || isExclusive(db)
  const foreignVersion = dataVersionOf(db)
  let flushedVersion: unknown
  return {
    view: { db, sql },
    lockTimeoutMs: 0,
    commit: (commit) => commit(),
    isPending: () => false,
    flush: () => Promise.resolve(),
    show: () => {},
    foreignVersion,
    flushed: () => Promise.resolve(),
    beforeShowing() {
      const current = isAlone ? flushedVersion : foreignVersion()
      if (current !== flushedVersion) syncLog(db.name)
      flushedVersion = current
    },
    endBackground: () => {},
    whyUnwritable: () => undefined,
    close: () => void db.close(),
  }
}

/**
 * Flushes commits off the event loop: SQLite writes them to the WAL without flushing it (`synchronous=NORMAL`), and the thread
 * pool flushes. Meanwhile readers use a second connection, which holds a read transaction from before the commit.
 *
 * After a failed flush the system may take for written what is not, so nothing is written or flushed any more: readers keep
 * the last durable state until the file is opened again.
 */
export const flushedInBackground = (db: Database, log: LogFile): Durability => new BackgroundFlush(db, log)

class BackgroundFlush implements Durability {
  readonly view: View
  readonly lockTimeoutMs: number
  private readonly db: Database
  private readonly log: LogFile
  private readonly dataVersion: () => unknown
  private pending = false
  /** The data version of the state that the view holds. */
  private heldVersion: unknown
  private hasFailed = false
  private isBackground = true
  private flushing: Promise<void> = Promise.resolve()

  constructor(db: Database, log: LogFile) {
    this.db = db
    this.log = log
    this.dataVersion = dataVersionOf(db)
    const reader = new Sqlite(db.name, { readonly: true, fileMustExist: true })
    reader.pragma('cache_size = -32768')
    this.view = { db: reader, sql: prepare(reader) }
    // SQLite would wait on the event loop, and hold up all readers.
    this.lockTimeoutMs = db.pragma('busy_timeout', { simple: true }) as number
    db.pragma('busy_timeout = 0')
    db.pragma('synchronous = NORMAL')
    // A commit that has rearranged a table looks at each page in the cache: 16 MB are enough for what changes read again.
    db.pragma('cache_size = -16384')
    // While a read transaction is held, a checkpoint that a commit does is never complete: the checkpointer waits for a pause.
    db.pragma('wal_autocheckpoint = 0')
  }

  commit(commit: () => void): void {
    if (!this.pending) {
      beginReading(this.view.db)
      // The transaction to commit keeps other connections from committing in between.
      this.heldVersion = this.dataVersion()
    }
    try {
      commit()
      this.pending ||= this.isBackground
    } finally {
      if (!this.pending) endReading(this.view.db)
    }
  }

  isPending(): boolean {
    return this.pending && !this.hasFailed
  }

  flush(): Promise<void> {
    // A second flush might succeed, and prove nothing.
    if (this.hasFailed) return this.flushing
    const hangs = () => new Error('The disk did not flush the write-ahead log within 30 seconds.')
    this.flushing = withTimeout(this.log.flush(), FLUSH_TIMEOUT_MS, hangs).catch((error: unknown) => {
      this.hasFailed = true
      throw storeReadOnly(NOT_FLUSHED, error)
    })
    this.flushing.catch(() => {})
    return this.flushing
  }

  show(): void {
    if (!this.isPending()) return
    this.pending = false
    endReading(this.view.db)
  }

  foreignVersion(): unknown {
    return this.pending ? this.heldVersion : this.dataVersion()
  }

  flushed(): Promise<void> {
    return this.flushing
  }

  /** The commits of other processes are flushed before they can be seen. */
  beforeShowing(): void {}

  endBackground(): void {
    this.isBackground = false
    flushEachCommit(this.db)
  }

  whyUnwritable(): string | undefined {
    return this.hasFailed ? NOT_FLUSHED : undefined
  }

  /** The last connection that can write checkpoints the WAL and deletes it. After a failed flush, none may do that. */
  close(): void {
    this.log.close()
    if (!this.hasFailed) this.view.db.close()
    this.db.close()
    this.view.db.close()
  }
}

/** Changes with each commit of another connection. */
function dataVersionOf(db: Database): () => unknown {
  const version = db.prepare('PRAGMA data_version').pluck()
  return () => version.get()
}

/** Begins a read transaction of the current state: by the least of reads, since `BEGIN` alone does not fix it. */
export function beginReading(db: Database): void {
  endReading(db)
  db.exec('BEGIN; PRAGMA user_version')
}

/** Begins a read transaction of the current state, and flushes it if a server has not done that yet. */
export function beginShowing(db: Database): void {
  beginReading(db)
  if (!db.memory) syncLog(db.name)
}

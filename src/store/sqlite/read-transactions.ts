import Sqlite, { type Database } from 'better-sqlite3'
import type { Semaphore } from '../../concurrency.ts'
import { beginReading, type Durability } from './durability.ts'
import { endReading, asUnavailable } from './errors.ts'
import type { GroupCommit } from './group-commit.ts'
import type { ListStatements } from './list-statements.ts'
import { isExclusive } from './open.ts'
import { prepare, type Statements } from './statements.ts'

/** A consistent view of what is durable, for reading a long list. */
export interface ReadTransaction {
  readonly sql: ListStatements
  close(): void
}

/** A pool of connections for read transactions. */
export interface ReadTransactions {
  /** Waits for a connection. @throws Failure `busy` if too many callers wait */
  open(): Promise<ReadTransaction>
  close(): void
}

interface ReadContext {
  readonly db: Database
  readonly commits: GroupCommit
  readonly durability: Durability
}

/**
 * Opens one connection for each permit of the semaphore, so that long reads do not block others. They are opened now, because
 * the file could be replaced later. A database in memory or with exclusive locking allows no other connection: then writes wait.
 */
export function openReadTransactions({ db, commits, durability }: ReadContext, semaphore: Semaphore): ReadTransactions {
  const { sql } = durability.view
  const connections =
    db.memory || isExclusive(db) ? [] : Array.from({ length: semaphore.concurrency }, () => openReadConnection(db.name))
  const idle = [...connections]

  async function begin(release: () => void): Promise<ReadTransaction> {
    // The view is held for good then.
    if (durability.whyUnwritable() !== undefined) return { sql, close: release }
    await durability.flushed()
    const connection = idle.pop()
    if (!connection) return { sql, close: closeAfter(await commits.hold(), release) }
    const end = () => {
      endReading(connection.db)
      idle.push(connection)
    }
    try {
      asUnavailable(() => beginReading(connection.db))
    } catch (error) {
      end()
      throw error
    }
    return { sql: connection.sql, close: closeAfter(end, release) }
  }

  return {
    async open() {
      const release = await semaphore.acquire()
      try {
        return await begin(release)
      } catch (error) {
        release()
        throw error
      }
    },
    close: () => connections.forEach((connection) => connection.db.close()),
  }
}

const closeAfter =
  (...steps: readonly (() => void)[]) =>
  () =>
    steps.forEach((step) => step())

/** Its statements are prepared for its first list: few servers ever use all connections. */
function openReadConnection(file: string) {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  db.pragma('cache_size = -2048')
  let prepared: Statements | undefined
  return {
    db,
    get sql() {
      return (prepared ??= prepare(db))
    },
  }
}

import Sqlite, { type Database } from 'better-sqlite3'
import type { Semaphore } from '../../concurrency.ts'
import { endReading, asUnavailable } from './errors.ts'
import type { GroupCommit } from './group-commit.ts'
import { type ListStatements, prepareLists } from './list-statements.ts'
import { isAlone } from './open.ts'

/** The store as one instant has it, for as long as it takes to go through a long list. */
export interface ReadTransaction {
  readonly sql: ListStatements
  close(): void
}

export interface ReadTransactions {
  /** @throws Failure `unavailable` where too many are reading long lists */
  open(): Promise<ReadTransaction>
  close(): void
}

/**
 * Each has a connection of its own, so that others go on reading and writing meanwhile. They are opened here and now, so
 * that it is this file, whatever its name may lead to later. What is only in memory, or keeps all others out,
 * has no other connection: there whoever writes waits.
 */
export function openReadTransactions(db: Database, sql: ListStatements, commits: GroupCommit, semaphore: Semaphore): ReadTransactions {
  const connections = db.memory || isAlone(db) ? [] : Array.from({ length: semaphore.concurrency }, () => openReadConnection(db.name))
  const idle = [...connections]

  async function extra(release: () => void): Promise<ReadTransaction> {
    const mine = idle.pop()
    if (!mine) return { sql, close: closeAfter(await commits.hold(), release) }
    const end = () => {
      endReading(mine.db)
      idle.push(mine)
    }
    try {
      asUnavailable(() => {
        endReading(mine.db)
        mine.db.exec('BEGIN')
      })
    } catch (error) {
      end()
      throw error
    }
    return { sql: mine.say, close: closeAfter(end, release) }
  }

  return {
    async open() {
      const release = await semaphore.acquire()
      try {
        return await extra(release)
      } catch (error) {
        release()
        throw error
      }
    },
    close: () => connections.forEach(({ db: connection }) => connection.close()),
  }
}

const closeAfter = (...steps: readonly (() => void)[]) => () => steps.forEach((step) => step())

function openReadConnection(file: string) {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  db.pragma('cache_size = -2048')
  return { db, say: prepareLists(db) }
}

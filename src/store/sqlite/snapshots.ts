import Sqlite, { type Database } from 'better-sqlite3'
import type { Gate } from '../../pace.ts'
import { endReading, unlessBroken } from './broken.ts'
import type { Committer } from './committer.ts'
import { type ListStatements, prepareLists } from './list-statements.ts'
import { isAlone } from './open.ts'

/** The store as one instant has it, for as long as it takes to go through a long list. */
export interface Snapshot {
  readonly say: ListStatements
  close(): void
}

export interface Snapshots {
  /** @throws Failure `unavailable` where too many are reading long lists */
  open(): Promise<Snapshot>
  close(): void
}

/**
 * Each has a connection of its own, so that others go on reading and writing meanwhile. They are opened here and now, so
 * that it is this file, whatever its name may lead to later. What is only in memory, or keeps all others out,
 * has no other connection: there whoever writes waits.
 */
export function snapshotsOf(db: Database, say: ListStatements, commits: Committer, gate: Gate): Snapshots {
  const connections = db.memory || isAlone(db) ? [] : Array.from({ length: gate.atOnce }, () => connectionTo(db.name))
  const free = [...connections]

  async function besides(leave: () => void): Promise<Snapshot> {
    const mine = free.pop()
    if (!mine) return { say, close: inTheEnd(await commits.hold(), leave) }
    const end = () => {
      endReading(mine.db)
      free.push(mine)
    }
    try {
      unlessBroken(() => {
        endReading(mine.db)
        mine.db.exec('BEGIN')
      })
    } catch (error) {
      end()
      throw error
    }
    return { say: mine.say, close: inTheEnd(end, leave) }
  }

  return {
    async open() {
      const leave = await gate.enter()
      try {
        return await besides(leave)
      } catch (error) {
        leave()
        throw error
      }
    },
    close: () => connections.forEach(({ db: connection }) => connection.close()),
  }
}

const inTheEnd = (...steps: readonly (() => void)[]) => () => steps.forEach((step) => step())

function connectionTo(file: string) {
  const db = new Sqlite(file, { readonly: true, fileMustExist: true })
  db.pragma('cache_size = -2048')
  return { db, say: prepareLists(db) }
}

import type { Database } from 'better-sqlite3'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { nextTurn, pieceOf } from '../../pace.ts'
import { openLongLists } from '../long-lists.ts'
import type { Codec, Store } from '../store.ts'
import { archiveOf } from './archive.ts'
import { unlessBroken, whySilent } from './broken.ts'
import { changer } from './change.ts'
import { committer } from './committer.ts'
import { renewTexts } from './editions.ts'
import { feedOf } from './feed.ts'
import { figuresOf } from './figures.ts'
import { guardOf } from './guard.ts'
import type { Row } from './list-statements.ts'
import { listsOf } from './lists.ts'
import { outboxOf } from './outbox.ts'
import { type Part as FilePart, presenceIn } from './presence.ts'
import { historyOf, standingUnder, storedOf } from './rows.ts'
import { snapshotsOf } from './snapshots.ts'
import { prepare } from './statements.ts'

const PAGE = 500
/** So that nobody else waits long for the thread. */
const TOGETHER = 50

interface PageRow extends Row {
  readonly event_id: string
  readonly start: number
}

/** A store in a file, and what keeping it open takes. */
export interface SqliteStore extends Store {
  /** Writes what makes no difference, to see whether it can be written. @throws Failure `unavailable` where it cannot */
  tryToWrite(): Promise<void>
  /** Whether some of its parts are still what was opened; what is wrong, in a few words. */
  look(parts: readonly FilePart[]): string | undefined
}

export interface SqliteOptions {
  /** Where a database was read into memory from. */
  readonly file?: string
  /** Why it cannot be written however often one tries, in a few words; undefined where it may be. */
  readonly unwritable?: () => string | undefined
}

/** The calendar in one SQLite file. Takes over `db`, as `openDatabase` gives it, and closes it in the end. */
export function sqliteStore(db: Database, codec: Codec, { file, unwritable }: SqliteOptions = {}): SqliteStore {
  renewTexts(db, codec)
  const say = prepare(db)
  const { presence, parts } = presenceIn(db, file)
  const guard = guardOf({ presence, parts, written: () => say.written.get() as number, unwritable })
  const commits = committer(say, () => db.inTransaction, guard)
  const read = <T>(question: () => T) =>
    Promise.resolve().then(() =>
      unlessBroken(() => {
        guard.beforeReading()
        return question()
      }),
    )
  const longLists = openLongLists()
  const snapshots = snapshotsOf(db, say, commits, longLists)

  return {
    find: (id) => read(() => standingUnder(id, say, codec)),
    async findAll(ids) {
      const found = new Map<ReservationId, Stored[]>()
      for (const [index, id] of ids.entries()) {
        if (index > 0 && index % TOGETHER === 0) await nextTurn()
        found.set(id, await read(() => standingUnder(id, say, codec)))
      }
      return found
    },
    ...listsOf(say, snapshots, read, codec),
    history: (id, part = {}) => nextTurn().then(() => read(() => historyOf(id, part, say, codec))),
    change: changer(say, commits, codec),
    together: TOGETHER,
    bulk: { size: TOGETHER, lanes: 1 },
    longLists,
    outbox: outboxOf(say, commits, read),
    feed: feedOf(say, read, codec),
    archive: archiveOf(db, say, { commits, read }, codec),
    async *all() {
      // In pages, since no one could write while a statement is open; by id, which never changes, so that none is missed.
      let last: PageRow | undefined
      do {
        const [id, start] = [last?.event_id ?? '', last?.start ?? 0]
        const rows = await read(() => pieceOf(say.page.iterate(id, start) as Iterable<PageRow>, ({ doc }) => doc.length, PAGE))
        for (const row of rows) yield storedOf(row, codec)
        last = rows.at(-1)
      } while (last)
    },
    ping: () => read(() => void say.ping.get()),
    condition: async () => {
      const unreadable = guard.whyUnreadable() ?? whySilent(() => say.ping.get())
      return { unreadable, unwritable: unreadable ?? guard.whyUnwritable() }
    },
    figures: () => figuresOf(file ?? db.name, () => say.count.get() as number),
    look: presence.look,
    tryToWrite: () => commits(() => writeTheSame(db)).then(guard.wrote),
    close: async () => {
      // What is on its way is answered first; that nothing can be written any more is told to whoever asked.
      await commits(() => undefined).catch(() => {})
      snapshots.close()
      db.close()
    },
  }
}

/** Of a row that stays as it is SQLite writes nothing; of the header it does. */
const writeTheSame = (db: Database) => void db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`)

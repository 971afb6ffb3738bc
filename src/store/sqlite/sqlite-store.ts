import type { Database } from 'better-sqlite3'
import type { ReservationId } from '../../domain/reservation.ts'
import { yieldToEventLoop, CHUNK_BYTES, takeChunk } from '../../concurrency.ts'
import { openLongLists } from '../long-lists.ts'
import type { Codec, Slot, Store } from '../port.ts'
import { archiveOf } from './archive.ts'
import { asUnavailable, whyUnreadable } from './errors.ts'
import { openChange } from './change.ts'
import { openGroupCommit } from './group-commit.ts'
import { reencodeTexts } from './reencode.ts'
import { openFeed } from './feed.ts'
import { readStats } from './stats.ts'
import { openFileGuard } from './file-guard.ts'
import type { Row } from './list-statements.ts'
import { openLists } from './lists.ts'
import { outboxOf } from './outbox.ts'
import { type Part as FilePart, presenceIn } from './file-presence.ts'
import { revisionsUnder, decodeListed, slotsOf, storedUnder } from './rows.ts'
import { openReadTransactions } from './read-transactions.ts'
import { type DamagedRow, NO_SCRUBBER, startScrubber } from './scrubber.ts'
import { prepare } from './statements.ts'

const PAGE_SIZE = 500
/** So that nobody else waits long for the thread. */
const MAX_BATCH = 50
/** How often all texts are looked over; and how soon again where some are damaged, or others write. */
const SCRUB_MS = 600_000
const SCRUB_RETRY_MS = 10_000

/** A store in a file, and what keeping it open takes. */
export interface SqliteStore extends Store {
  /** Writes what makes no difference, to see whether it can be written. @throws Failure `unavailable` where it cannot */
  probeWrite(): Promise<void>
  /** Whether some of its parts are still what was opened; what is wrong, in a few words. */
  checkFile(parts: readonly FilePart[]): string | undefined
}

export interface SqliteOptions {
  /** Where a database was read into memory from. */
  readonly file?: string
  /** Why it cannot be written however often one tries, in a few words; undefined where it may be. */
  readonly unwritable?: () => string | undefined
  /** Told of rows that cannot be read; names nobody. */
  readonly report?: ((message: string, details: object) => void) | undefined
  /** Looks all texts over on a thread of its own. Without it each is looked at whenever it goes out. */
  readonly scrub?: (() => Promise<readonly DamagedRow[]>) | undefined
}

/** The calendar in one SQLite file. Takes over `db`, as `openDatabase` gives it, and closes it in the end. */
export function sqliteStore(db: Database, codec: Codec, { file, unwritable, report = () => {}, scrub }: SqliteOptions = {}): SqliteStore {
  reencodeTexts(db, codec)
  const sql = prepare(db)
  const { presence, parts } = presenceIn(db, file)
  const guard = openFileGuard({ presence, parts, written: () => sql.written.get() as number, unwritable })
  const commits = openGroupCommit(sql, () => db.inTransaction, guard)
  const read = <T>(question: () => T) =>
    Promise.resolve().then(() =>
      asUnavailable(() => {
        guard.beforeReading()
        return question()
      }),
    )
  const notify = reportOnce(report)
  const onError = (err: unknown) => report('store scrub failed', { err })
  const scrubber = scrub ? startScrubber(db, { lookOver: scrub, everyMs: SCRUB_MS, pauseMs: SCRUB_RETRY_MS, report: notify, onError }) : NO_SCRUBBER
  const longLists = openLongLists()
  const listReads = openReadTransactions(db, sql, commits, longLists)
  // Outlines take little memory, and decide who may command: they do not wait for lists.
  const outlineReads = openReadTransactions(db, sql, commits, openLongLists())

  return {
    find: (id) => read(() => storedUnder(id, sql, codec)),
    async slotsUnder(ids) {
      const found = new Map<ReservationId, readonly Slot[]>()
      let spent = 0
      for (const id of ids) {
        if (spent >= CHUNK_BYTES) [spent] = [0, await yieldToEventLoop()]
        const { slots, length } = await read(() => slotsOf(id, sql, codec))
        found.set(id, slots)
        spent += length + CHUNK_BYTES / MAX_BATCH
      }
      return found
    },
    ...openLists(sql, { snapshots: listReads, glances: outlineReads }, read, codec, scrubber),
    history: (id, part = {}) => yieldToEventLoop().then(() => read(() => revisionsUnder(id, part, sql, codec))),
    change: openChange(sql, commits, codec),
    maxBatch: MAX_BATCH,
    bulk: { size: MAX_BATCH, concurrency: 1 },
    longLists,
    outbox: outboxOf(sql, commits, read),
    feed: openFeed(sql, read, codec),
    archive: archiveOf(db, sql, { commits, read }, codec),
    async *all() {
      // In pages, since no one could write while a statement is open; by id, which never changes, so that none is missed.
      let last: Row | undefined
      do {
        const [id, start] = [last?.id ?? '', last?.start ?? 0]
        const rows = await read(() => takeChunk(sql.page.iterate(id, start) as Iterable<Row>, ({ doc }) => doc.length, PAGE_SIZE))
        for (const row of rows) {
          const [stored] = decodeListed(row, codec)
          if (stored) yield stored
          else notify([row])
        }
        last = rows.at(-1)
      } while (last)
    },
    ping: () => read(() => void sql.ping.get()),
    health: async () => {
      const unreadable = guard.whyUnreadable() ?? whyUnreadable(() => sql.ping.get())
      return { unreadable, unwritable: unreadable ?? guard.whyUnwritable() }
    },
    stats: () => readStats(file ?? db.name, () => ({ reservations: sql.count.get() as number, damaged: scrubber.damaged() })),
    checkFile: presence.check,
    probeWrite: () => commits(() => rewriteUnchanged(db)).then(guard.wrote),
    close: async () => {
      // What is on its way is answered first; that nothing can be written any more is told to whoever asked.
      await commits(() => undefined).catch(() => {})
      scrubber.stop()
      listReads.close()
      outlineReads.close()
      db.close()
    },
  }
}

/** Tells of each row once. */
function reportOnce(report: (message: string, details: object) => void): (damaged: readonly DamagedRow[]) => void {
  const reported = new Set<string>()
  return (damaged) => {
    for (const { id, start } of damaged) {
      if (!reported.has(`${id} ${start}`)) report('skipped an unreadable row', { event_id: id, start })
      reported.add(`${id} ${start}`)
    }
  }
}

/** Of a row that stays as it is SQLite writes nothing; of the header it does. */
const rewriteUnchanged = (db: Database) => void db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`)

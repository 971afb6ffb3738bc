import type { Database } from 'better-sqlite3'
import { arrivals } from '../../arrivals.ts'
import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { yieldToEventLoop, CHUNK_BYTES, takeChunk } from '../../concurrency.ts'
import { openLongLists } from '../long-lists.ts'
import type { Codec, Slot, Store } from '../port.ts'
import { openArchive } from './archive.ts'
import { openCalendarFeeds } from './calendar-feeds.ts'
import { openCancelled } from './cancelled.ts'
import { NOT_FLUSHED, storeReadOnly, whyUnreadable } from './errors.ts'
import { openChange } from './change.ts'
import { type GroupCommit, openGroupCommit } from './group-commit.ts'
import { reencodeTexts } from './reencode.ts'
import { type Durability, flushedBySqlite, flushedInBackground } from './durability.ts'
import type { LogFile } from './log-file.ts'
import { openFeed } from './feed.ts'
import { readStats } from './stats.ts'
import { type FileGuard, type GuardedRead, guardedRead, openFileGuard } from './file-guard.ts'
import type { Row } from './list-statements.ts'
import { listsFromImages } from './image-lists.ts'
import { openLists } from './lists.ts'
import { openOutbox } from './outbox.ts'
import { type Part as FilePart, presenceIn } from './file-presence.ts'
import { revisionsUnder, decodeListed, slotsOf, storedUnder } from './rows.ts'
import { openReadTransactions } from './read-transactions.ts'
import { type DamagedRow, NO_SCRUBBER, startScrubber } from './scrubber.ts'
import { SiteImages } from './site-images.ts'
import { SiteVersions } from './site-versions.ts'
import { prepare, type Statements } from './statements.ts'

const PAGE_SIZE = 500
/** Keeps one change from blocking the event loop for long. */
const MAX_BATCH = 50
/** The intervals of scrubbing: usually, and while texts are damaged or other processes write. */
const SCRUB_MS = 600_000
const SCRUB_RETRY_MS = 10_000

/** A store in a SQLite file, with what its recovery needs. */
export interface SqliteStore extends Store {
  versionOf: NonNullable<Store['versionOf']>
  /** Checks whether the file can be written, by a write that changes nothing. @throws Failure `unavailable` */
  probeWrite(): Promise<void>
  /** Resolves when all commits are on the disk, with a function that lets the next ones run. @throws Failure `unavailable` if a flush has failed */
  pauseWrites(): Promise<() => void>
  /** Whether the WAL may be checkpointed: not after a failed flush. */
  mayCheckpoint(): boolean
  /** Flushes each commit on the event loop from now on. */
  endBackgroundFlush(): Promise<void>
  /** Checks whether parts of the file were moved or replaced. @returns the problem as a few words; undefined if there is none */
  checkFile(parts: readonly FilePart[]): string | undefined
}

/** Callbacks and options of a SQLite store. */
export interface SqliteOptions {
  /** The file that a database in memory was read from. */
  readonly file?: string
  /** Flushes commits off the event loop; the store closes it. Without it SQLite flushes each commit. */
  readonly log?: LogFile | undefined
  /** Why retrying a write is of no use, as a few words; undefined if it may succeed. */
  readonly unwritable?: () => string | undefined
  /** Called for unreadable rows. The arguments contain no personal data. */
  readonly report?: ((message: string, details: object) => void) | undefined
  /** Reads all texts on another thread. Without it, lists check each text. */
  readonly scrub?: (() => Promise<readonly DamagedRow[]>) | undefined
  /** The clock. With it, and with `scrub`, the coming weeks are kept in memory. */
  readonly now?: (() => Instant) | undefined
  /** How long each change keeps the entries of the change feed, in seconds. Without it none is deleted. */
  readonly keepFeedFor?: number | undefined
}

/** The store in one SQLite file. @param db from `openDatabase`; the store closes it */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function sqliteStore(
  db: Database,
  codec: Codec,
  { file, log, unwritable, report = () => {}, scrub, now, keepFeedFor }: SqliteOptions = {},
): SqliteStore {
  reencodeTexts(db, codec)
  const sql = prepare(db)
  const { presence, parts } = presenceIn(db, file)
  const durability = log ? flushedInBackground(db, log) : flushedBySqlite(db, sql)
  const { view } = durability
  const written = () => sql.written.get() as number
  const whyNot = () => durability.whyUnwritable() ?? unwritable?.()
  const guard = openFileGuard({ presence, parts, written, unwritable: whyNot })
  const commits = openGroupCommit({ sql, inTransaction: () => db.inTransaction, guard, durability })
  const read = guardedRead(guard, durability)
  const reportDamaged = reportOnce(report)
  const onError = (err: unknown) => report('store scrub failed', { err })
  const scrubber = scrub
    ? startScrubber(() => durability.foreignVersion(), {
        scrub,
        everyMs: SCRUB_MS,
        retryMs: SCRUB_RETRY_MS,
        report: reportDamaged,
        onError,
      })
    : NO_SCRUBBER
  const version = arrivals.shared(() => scrubber.version())
  const versions = new SiteVersions(version)
  const images = scrub && now ? new SiteImages({ sql: view.sql, read, scrubber, version, now }) : undefined
  const followers = images ? [versions, images] : [versions]
  const longLists = openLongLists()
  const listReads = openReadTransactions({ db, commits, durability }, longLists)
  // Outlines need little memory, and decide who may command a telescope: they do not wait for lists.
  const outlineReads = openReadTransactions({ db, commits, durability }, openLongLists())

  const lists = openLists({ sql: view.sql, read, codec, scrubber, listReads, outlineReads })

  return {
    ...lists,
    ...(images && listsFromImages(lists, images, read, codec)),
    versionOf: (sites) => read(() => versions.of(sites)),
    ...openRows(view.sql, read, codec, reportDamaged),
    change: openChange(sql, commits, codec, {
      onDurable(changes) {
        // So that nobody sees these changes without those that another process made before them.
        arrivals.forget()
        followers.forEach((one) => one.apply(changes))
      },
      keepFeedFor,
    }),
    maxBatch: MAX_BATCH,
    maxSeries: MAX_BATCH,
    bulk: { size: MAX_BATCH, concurrency: 1 },
    longLists,
    outbox: openOutbox({ sql, view }, commits, read),
    cancelled: openCancelled(view.sql, read, codec),
    calendarFeeds: openCalendarFeeds({ sql, view }, commits, read),
    feed: openFeed(view.sql, read, codec),
    archive: openArchive(
      { sql, view },
      { commits, read, onImported: () => followers.forEach((one) => one.clear()) },
      codec,
    ),
    ...openHealth(view.sql, guard, read),
    stats: () =>
      readStats(file ?? db.name, () => ({ reservations: view.sql.count.get() as number, damaged: scrubber.damaged() })),
    checkFile: presence.check,
    probeWrite: () => commits(() => rewriteUnchanged(db, sql)),
    ...openPauses(commits, durability),
    close: async () => {
      // Queued work ends first; its callers get its errors.
      await commits(() => undefined).catch(() => {})
      scrubber.stop()
      listReads.close()
      outlineReads.close()
      durability.close()
    },
  }
}

function openPauses(
  commits: GroupCommit,
  durability: Durability,
): Pick<SqliteStore, 'pauseWrites' | 'mayCheckpoint' | 'endBackgroundFlush'> {
  const mayCheckpoint = () => durability.whyUnwritable() === undefined
  const pauseWrites = async () => {
    const release = await commits.hold()
    if (mayCheckpoint()) return release
    release()
    throw storeReadOnly(NOT_FLUSHED)
  }
  const endBackgroundFlush = async () => {
    const release = await pauseWrites()
    try {
      durability.endBackground()
    } finally {
      release()
    }
  }
  return { pauseWrites, mayCheckpoint, endBackgroundFlush }
}

function openHealth(sql: Statements, guard: FileGuard, read: GuardedRead): Pick<Store, 'ping' | 'health'> {
  return {
    ping: () => read(() => void sql.ping.get()),
    health: async () => {
      const unreadable = guard.whyUnreadable() ?? whyUnreadable(() => sql.ping.get())
      return { unreadable, unwritable: unreadable ?? guard.whyUnwritable() }
    },
  }
}

function openRows(
  sql: Statements,
  read: GuardedRead,
  codec: Codec,
  reportDamaged: (damaged: readonly DamagedRow[]) => void,
): Pick<Store, 'find' | 'slotsUnder' | 'history' | 'all'> {
  return {
    find: (id) => read(() => storedUnder(id, sql, codec)),
    async slotsUnder(ids) {
      const found = new Map<ReservationId, readonly Slot[]>()
      let cost = 0
      for (const id of ids) {
        if (cost >= CHUNK_BYTES) [cost] = [0, await yieldToEventLoop()]
        const { slots, length } = await read(() => slotsOf(id, sql, codec))
        found.set(id, slots)
        cost += length + CHUNK_BYTES / MAX_BATCH
      }
      return found
    },
    history: (id, range = {}) => yieldToEventLoop().then(() => read(() => revisionsUnder(id, range, sql, codec))),
    async *all() {
      // In pages, since an open statement blocks writes; sorted by id, which never changes, so that no row is missed.
      let last: Row | undefined
      do {
        const [id, start] = [last?.id ?? '', last?.start ?? 0]
        const rows = await read(() =>
          takeChunk(sql.page.iterate(id, start) as Iterable<Row>, ({ doc }) => doc.length, PAGE_SIZE),
        )
        for (const row of rows) {
          const [stored] = decodeListed(row, codec)
          if (stored) yield stored
          else reportDamaged([row])
        }
        last = rows.at(-1)
      } while (last)
    },
  }
}

/** Reports each row once. */
function reportOnce(report: (message: string, details: object) => void): (damaged: readonly DamagedRow[]) => void {
  const reported = new Set<string>()
  return (damaged) => {
    for (const { id, start } of damaged) {
      if (!reported.has(`${id} ${start}`)) report('skipped an unreadable row', { event_id: id, start })
      reported.add(`${id} ${start}`)
    }
  }
}

/** Writes the header, since SQLite does not write a row that is unchanged; and such a row, since it counts rows only. */
function rewriteUnchanged(db: Database, sql: Statements): void {
  db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`)
  sql.touch.run()
}

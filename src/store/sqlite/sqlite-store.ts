import type { Database } from 'better-sqlite3'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { nextTurn } from '../../pace.ts'
import type { Change, Codec, Decision, Part, Scope, Standing, Store } from '../store.ts'
import { archiveOf } from './archive.ts'
import { unlessBroken, whySilent } from './broken.ts'
import { committer } from './committer.ts'
import { renewTexts } from './editions.ts'
import { feedOf } from './feed.ts'
import { guardOf } from './guard.ts'
import { outboxOf, post } from './outbox.ts'
import { type Part as FilePart, presenceIn } from './presence.ts'
import { acrossOf, historyOf, rowOf, standingUnder, storedOf } from './rows.ts'
import { prepare, type Row, type Statements } from './statements.ts'

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
    list: (query) =>
      read(() => {
        const rows = 'sites' in query ? say.overlapping.all(placesOf(query.sites, query.during)) : say.ofObserver.all(query)
        return (rows as Row[]).map((row) => storedOf(row, codec))
      }),
    listBytes: (query, eyes) =>
      read(() => {
        const seen = { whole: eyes.sees === 'everything' ? 1 : 0, eyes: eyes.sees === 'own' ? (eyes.observer ?? null) : null }
        const bytes =
          'sites' in query
            ? say.overlappingBytes.get({ ...placesOf(query.sites, query.during), ...seen })
            : say.ofObserverBytes.get({ ...query, ...seen })
        return bytes as Uint8Array<ArrayBuffer>
      }),
    history: (id, part = {}) => nextTurn().then(() => read(() => historyOf(id, part, say, codec))),
    change: (scope, decide) => commits(() => changeWithin(scope, decide, say, codec)),
    together: TOGETHER,
    bulk: { size: TOGETHER, lanes: 1 },
    outbox: outboxOf(say, commits, read),
    feed: feedOf(say, read, codec),
    archive: archiveOf(db, say, { commits, read }, codec),
    async *all() {
      // In pages, since no one could write while a statement is open; by id, which never changes, so that none is missed.
      let last: PageRow | undefined
      do {
        const rows = await read(() => say.page.all(last?.event_id ?? '', last?.start ?? 0, PAGE) as PageRow[])
        for (const row of rows) yield storedOf(row, codec)
        last = rows.at(-1)
      } while (last)
    },
    ping: () => read(() => void say.ping.get()),
    condition: async () => {
      const unreadable = guard.whyUnreadable() ?? whySilent(() => say.ping.get())
      return { unreadable, unwritable: unreadable ?? guard.whyUnwritable() }
    },
    look: presence.look,
    tryToWrite: () => commits(() => writeTheSame(db)).then(guard.wrote),
    close: async () => {
      // What is on its way is answered first; that nothing can be written any more is told to whoever asked.
      await commits(() => undefined).catch(() => {})
      db.close()
    },
  }
}

/** Of a row that stays as it is SQLite writes nothing; of the header it does. */
const writeTheSame = (db: Database) => void db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`)

const placesOf = (sites: readonly string[], during: { start: number; end: number }) => ({
  sites: JSON.stringify([...new Set(sites)]),
  start: during.start,
  end: during.end,
})

/** One change, inside the transaction that is open: nothing can move between what `decide` sees and what is written. */
function changeWithin<T>(scope: Scope, decide: (standing: Standing) => Decision<T>, say: Statements, codec: Codec): T {
  const named = (id: ReservationId) => standingUnder(id, say, codec)
  const nextRevision = (id: ReservationId) => (say.lastRevision.get(id) as number) + 1
  const around = (scope.around?.(named) ?? []).flatMap(({ site, during }) =>
    (say.overlapping.all(placesOf([site], during)) as Row[]).map((row) => storedOf(row, codec)),
  )
  const standing = {
    named,
    history: (id: ReservationId, part: Part = {}) => historyOf(id, part, say, codec),
    largest: (id: ReservationId) => (say.largest.get({ id }) as number | null) ?? 0,
    nextRevision,
    around,
  }
  const { changes, answer } = decide(standing)
  for (const change of changes) apply(change, nextRevision, say, codec)
  return answer
}

function apply(change: Change, nextRevision: (id: ReservationId) => number, say: Statements, codec: Codec): void {
  const { before, after, at, by, via } = change
  const id = after?.id ?? before?.reservation.id
  if (id === undefined) throw new Error('A change without a reservation.')
  const number = nextRevision(id)
  const docBefore = before ? codec.encode(before.reservation) : null
  const docAfter = after ? codec.encode(after) : null
  if (before) say.remove.run(id, before.reservation.start)
  if (after && docAfter !== null) say.put.run(rowOf(after, docAfter, number, codec))
  say.record.run({ id, number, at, by, via, before: docBefore, after: docAfter, across: acrossOf(change.across) })
  const [site, formerSite] = [(after ?? before?.reservation)?.site, before?.reservation.site]
  say.tell.run({ id, number, site, formerSite: formerSite === site ? null : formerSite })
  for (const message of change.messages ?? []) post({ message, revision: number, writtenAt: at, attempts: 0, due: 0 }, say)
}

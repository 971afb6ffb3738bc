import type { Database } from 'better-sqlite3'
import type { ReservationId } from '../../domain/reservation.ts'
import { nextTurn, PIECE, pieceOf } from '../../pace.ts'
import { openLongLists } from '../long-lists.ts'
import type { Codec, Slot, Store } from '../store.ts'
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
import { historyOf, listedOf, slotsOf, standingUnder } from './rows.ts'
import { snapshotsOf } from './snapshots.ts'
import { type Damaged, NEVER_SURE, soundnessOf } from './soundness.ts'
import { prepare } from './statements.ts'

const PAGE = 500
/** So that nobody else waits long for the thread. */
const TOGETHER = 50
/** How often all texts are looked over; and how soon again where some are damaged, or others write. */
const LOOK_OVER_MS = 600_000
const LOOK_AGAIN_MS = 10_000

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
  /** Told of rows that cannot be read; names nobody. */
  readonly report?: ((message: string, facts: object) => void) | undefined
  /** Looks all texts over on a thread of its own. Without it each is looked at whenever it goes out. */
  readonly lookOver?: (() => Promise<readonly Damaged[]>) | undefined
}

/** The calendar in one SQLite file. Takes over `db`, as `openDatabase` gives it, and closes it in the end. */
export function sqliteStore(db: Database, codec: Codec, { file, unwritable, report = () => {}, lookOver }: SqliteOptions = {}): SqliteStore {
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
  const tell = tellingOnce(report)
  const onError = (err: unknown) => report('the texts of the store cannot be looked over', { err })
  const soundness = lookOver ? soundnessOf(db, { lookOver, everyMs: LOOK_OVER_MS, pauseMs: LOOK_AGAIN_MS, report: tell, onError }) : NEVER_SURE
  const longLists = openLongLists()
  const snapshots = snapshotsOf(db, say, commits, longLists)
  // Outlines take little memory, and decide who may command: they do not wait for lists.
  const glances = snapshotsOf(db, say, commits, openLongLists())

  return {
    find: (id) => read(() => standingUnder(id, say, codec)),
    async slotsUnder(ids) {
      const found = new Map<ReservationId, readonly Slot[]>()
      let spent = 0
      for (const id of ids) {
        if (spent >= PIECE) [spent] = [0, await nextTurn()]
        const { slots, length } = await read(() => slotsOf(id, say, codec))
        found.set(id, slots)
        spent += length + PIECE / TOGETHER
      }
      return found
    },
    ...listsOf(say, { snapshots, glances }, read, codec, soundness),
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
      let last: Row | undefined
      do {
        const [id, start] = [last?.id ?? '', last?.start ?? 0]
        const rows = await read(() => pieceOf(say.page.iterate(id, start) as Iterable<Row>, ({ doc }) => doc.length, PAGE))
        for (const row of rows) {
          const [stored] = listedOf(row, codec)
          if (stored) yield stored
          else tell([row])
        }
        last = rows.at(-1)
      } while (last)
    },
    ping: () => read(() => void say.ping.get()),
    condition: async () => {
      const unreadable = guard.whyUnreadable() ?? whySilent(() => say.ping.get())
      return { unreadable, unwritable: unreadable ?? guard.whyUnwritable() }
    },
    figures: () => figuresOf(file ?? db.name, () => ({ reservations: say.count.get() as number, damaged: soundness.damaged() })),
    look: presence.look,
    tryToWrite: () => commits(() => writeTheSame(db)).then(guard.wrote),
    close: async () => {
      // What is on its way is answered first; that nothing can be written any more is told to whoever asked.
      await commits(() => undefined).catch(() => {})
      soundness.stop()
      snapshots.close()
      glances.close()
      db.close()
    },
  }
}

/** Tells of each row once. */
function tellingOnce(report: (message: string, facts: object) => void): (damaged: readonly Damaged[]) => void {
  const told = new Set<string>()
  return (damaged) => {
    for (const { id, start } of damaged) {
      if (!told.has(`${id} ${start}`)) report('a row of the store cannot be read and is left out', { event_id: id, start })
      told.add(`${id} ${start}`)
    }
  }
}

/** Of a row that stays as it is SQLite writes nothing; of the header it does. */
const writeTheSame = (db: Database) => void db.pragma(`user_version = ${String(db.pragma('user_version', { simple: true }))}`)

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Sqlite, { type Database } from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { CHUNK_BYTES, yieldToEventLoop } from '../../src/concurrency.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { bytesAtInstant, isScheduled, isTaken } from '../../src/service/queries.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { rowOf } from '../../src/store/sqlite/rows.ts'
import { checkStore } from '../../src/store/sqlite/check.ts'
import { openLogFile } from '../../src/store/sqlite/log-file.ts'
import { openDatabase, openForReading } from '../../src/store/sqlite/open.ts'
import { migrate } from '../../src/store/sqlite/schema.ts'
import { type SqliteOptions, sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../../src/store/sqlite/statements.ts'
import type { Finding } from '../../src/store/integrity.ts'
import type { ArchiveEntry, Store } from '../../src/store/port.ts'
import { eventCodec, eventOf } from '../../src/wire/event.ts'
import { entriesOf, fillStore } from '../fixtures.ts'
import { emptied, joined, waiting } from '../outbox.ts'
import {
  ada,
  bo,
  changing,
  from,
  grace,
  memoryStore,
  on,
  saf,
  TODAY,
  asItIs,
  proposed,
  scheduler,
  worldOf,
} from '../context.ts'
import { calendarContract } from './calendar-contract.ts'
import { closureContract } from './closure-contract.ts'
import { storeContract } from './contract.ts'
import { outboxContract } from './outbox-contract.ts'
import { receiverOutboxContract } from './receiver-outbox-contract.ts'
import { feedContract, KEPT } from './feed-contract.ts'
import { quotaContract } from './quota-contract.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function findingsIn(file: string): Finding[] {
  const db = openForReading(file)
  try {
    return [...checkStore(db, eventCodec)]
  } finally {
    db.close()
  }
}
/** A store that flushes off the event loop, as the server's does. */
function servedStore(file: string, options: SqliteOptions = {}): Store {
  const db = openDatabase(file)
  return sqliteStore(db, eventCodec, { log: openLogFile(file), ...options })
}
const freshFile = () => join(folder, `${++files}`, 'calendar.db')

/** A file of an earlier version. */
function databaseOf(version: number, file: string): Database {
  mkdirSync(dirname(file), { recursive: true })
  const db = new Sqlite(file)
  migrate(db, file, version)
  return db
}

storeContract('SQLite in a file', async () => sqliteStore(openDatabase(freshFile()), eventCodec))
storeContract('SQLite as served', async () => servedStore(freshFile()), 0.25)
closureContract('SQLite in a file', async () => sqliteStore(openDatabase(freshFile()), eventCodec))
closureContract('SQLite as served', async () => servedStore(freshFile()))

const twoStores = async (): Promise<[Store, Store]> => {
  const file = freshFile()
  return [servedStore(file), sqliteStore(openDatabase(file), eventCodec)]
}
outboxContract('SQLite', twoStores)
receiverOutboxContract('SQLite', twoStores)
calendarContract('SQLite', twoStores)
quotaContract('SQLite', twoStores)

feedContract('SQLite as served', async () => servedStore(freshFile(), { keepFeedFor: KEPT }))

const parsed = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as unknown[]

describe('a SQLite file', () => {
  it('is opened with durable commits, the second time as well', () => {
    const file = freshFile()
    openDatabase(file).close()
    const db = openDatabase(file)
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    db.close()
  })

  it('keeps its contents when it is opened again', async () => {
    const file = freshFile()
    const store = sqliteStore(openDatabase(file), eventCodec)
    const { reservation } = await reserve(proposed(), ada, { override: false }, worldOf(store))
    await store.close()
    const again = sqliteStore(openDatabase(file), eventCodec)
    expect(await again.find(reservation.id)).toEqual([{ reservation, revision: 1 }])
    expect(await again.history(reservation.id)).toHaveLength(1)
    await again.close()
  })

  it('commits queued changes when the store is closed', async () => {
    const file = freshFile()
    const store = sqliteStore(openDatabase(file), eventCodec)
    const many = Array.from({ length: 600 }, () => proposed())
    const created = Promise.all(many.map((one) => reserve(one, ada, { override: false }, worldOf(store))))
    await store.close()
    await expect(created).resolves.toHaveLength(600)
    const again = sqliteStore(openDatabase(file), eventCodec)
    expect(await again.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toHaveLength(600)
    // More than one page.
    const ids: string[] = []
    for await (const { reservation } of again.all()) ids.push(reservation.id)
    expect(new Set(ids)).toEqual(new Set(many.map(({ id }) => id)))
    expect(ids).toHaveLength(600)
    await again.close()
  })

  it('rejects a change that reads more than one turn of the event loop allows', async () => {
    const store = memoryStore()
    const large = [1, 2, 3].map((hour) =>
      proposed({
        id: `large-${hour}`,
        start: on(9, '00:00') + hour * HOUR,
        extra: { padding: 'p'.repeat(CHUNK_BYTES / 2) },
      }),
    )
    for (const after of large) await changing(store, [{ after }])
    const decide = vi.fn(() => ({ changes: [], answer: 'decided' }))
    const ids = large.map(({ id }) => id)
    await expect(store.change({ ids }, decide)).rejects.toMatchObject({ code: 'too_large' })
    expect(decide).not.toHaveBeenCalled()
    expect(await store.change({ ids: ids.slice(0, 1) }, decide)).toBe('decided')
    await store.close()
  })

  it('is rejected if a newer version has written it', () => {
    const file = freshFile()
    const db = openDatabase(file)
    db.pragma('user_version = 99')
    db.close()
    expect(() => openDatabase(file)).toThrow(`${file}: this database was written by a newer version of the calendar.`)
    expect(() => openForReading(file)).toThrow(/newer version/)
  })

  it('is rejected with its name if it is no database, or no file', () => {
    const file = join(folder, 'note.db')
    writeFileSync(file, 'Dear Ada, the dome is stuck again. '.repeat(100))
    for (const open of [openDatabase, openForReading]) {
      expect(() => open(file)).toThrow(`${file} cannot be opened: file is not a database`)
      expect(() => open(folder)).toThrow(`${folder} is no file.`)
    }
  })

  it("is rejected and not changed if it is another program's", () => {
    const others = {
      tables: 'CREATE TABLE recipes (name TEXT)',
      'tables of our names':
        'CREATE TABLE reservations (table_number INTEGER); CREATE TABLE revisions (text TEXT); PRAGMA user_version = 2',
      'an id of its own': 'PRAGMA application_id = 252006675',
      'a version of its own': 'PRAGMA user_version = 1',
    }
    for (const [name, sql] of Object.entries(others)) {
      const file = join(folder, `${name}.db`)
      new Sqlite(file).exec(sql).close()
      const before = readFileSync(file)
      for (const open of [openDatabase, openForReading]) {
        expect(() => open(file), name).toThrow(`${file} holds no calendar: it is another program's.`)
      }
      expect(readFileSync(file), name).toEqual(before)
    }
  })

  it('is recognised without an application_id, and gets one', () => {
    const file = freshFile()
    const old = openDatabase(file)
    old.pragma('application_id = 0')
    old.close()
    openForReading(file).close()
    openDatabase(file, { create: false }).close()
    const db = openForReading(file)
    expect(db.pragma('application_id', { simple: true })).toBe(0x50524361)
    db.close()
  })

  it('is created for its owner alone, and reported', () => {
    const file = freshFile()
    const created: string[] = []
    const onNew = () => created.push(file)
    const db = openDatabase(file, { onNew })
    const modes = ['', '-wal', '-shm'].map((part) => statSync(`${file}${part}`).mode & 0o777)
    expect([...modes, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o600, 0o600, 0o700])
    db.close()
    openDatabase(file, { onNew }).close()
    expect(created).toEqual([file])
  })

  it('is not created, nor its folder, if create is false', () => {
    const file = freshFile()
    for (const open of [() => openDatabase(file, { create: false }), () => openForReading(file)]) {
      expect(open).toThrow(`${file} is not there.`)
    }
    expect(existsSync(dirname(file))).toBe(false)
    const empty = join(folder, 'empty.db')
    writeFileSync(empty, '')
    for (const open of [() => openDatabase(empty, { create: false }), () => openForReading(empty)]) {
      expect(open).toThrow(`${empty} holds no calendar: it is empty.`)
    }
    expect(statSync(empty).size).toBe(0)
  })

  it('is not written to when it is opened and current', () => {
    const file = freshFile()
    openDatabase(file).close()
    const before = readFileSync(file)
    openDatabase(file).close()
    expect(readFileSync(file)).toEqual(before)
  })

  it('has texts of an older encoding or masking rewritten', async () => {
    const file = freshFile()
    const store = sqliteStore(openDatabase(file), eventCodec)
    const { reservation } = await reserve(
      proposed({ title: 'M31 @ f/8', creator: 'ada@example.org' }),
      ada,
      { override: false },
      worldOf(store),
    )
    const other = await reserve(proposed({ title: 'M31', creator: 'Ada' }), ada, { override: false }, worldOf(store))
    await store.close()
    const db = openDatabase(file)
    const [doc, masked] = [
      eventCodec.encode(reservation),
      eventCodec.encode({ ...reservation, creator: 'ada', title: 'M31 ' }),
    ]
    const odd = doc.replace('"project_id":"none"', '"project_id":"undefined#undefined"')
    db.prepare('UPDATE reservations SET doc = ?, masked = ? WHERE event_id = ?').run(odd, masked, reservation.id)
    db.prepare('UPDATE revisions SET after = ? WHERE event_id = ?').run(odd, reservation.id)
    db.exec("UPDATE encoding SET version = 'another'")
    expect([...checkStore(db, eventCodec)]).toEqual([
      { severity: 'notice', text: expect.stringContaining('older encoding') },
    ])
    db.close()

    const again = sqliteStore(openDatabase(file), eventCodec)
    const bytes = await again.listBytes({ sites: [saf.code], during: from(9, '00:00', '12:00') }, viewerOf(anonymous))
    const seen = [{ ...reservation, creator: 'ada' }, other.reservation].map(eventOf)
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(
      seen.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1)),
    )
    await again.close()
    expect(findingsIn(file)).toEqual([])
  })

  it('keeps a damaged text unchanged', async () => {
    const file = freshFile()
    const store = sqliteStore(openDatabase(file), eventCodec)
    await reserve(proposed({ creator: 'ada@example.org' }), ada, { override: false }, worldOf(store))
    await store.close()
    const db = openDatabase(file)
    db.exec("UPDATE reservations SET doc = '{\"@', masked = '{'; UPDATE encoding SET version = 'another'")
    sqliteStore(db, eventCodec)
    expect(db.prepare('SELECT doc, masked FROM reservations').get()).toEqual({ doc: '{"@', masked: '{' })
    db.close()
  })
})

describe('a SQLite store that cannot answer', () => {
  let db: Database
  let store: Store
  beforeEach(async () => {
    db = openDatabase(':memory:')
    store = sqliteStore(db, eventCodec)
    await reserve(proposed({ id: 'adas' }), ada, { override: false }, worldOf(store))
  })
  afterEach(() => db.close())

  const during = from(9, '00:00', '12:00')
  const everyQuestion: [string, () => Promise<unknown>][] = [
    ['find', () => store.find('adas')],
    ['list', () => store.list({ sites: [saf.code], during }, asItIs)],
    ["list of an observer's", () => store.list({ observer: ada.id, endingFrom: TODAY }, asItIs)],
    ['list as bytes', () => store.listBytes({ sites: [saf.code], during }, viewerOf(anonymous))],
    ['history', () => store.history('adas')],
    ['all', () => store.all()[Symbol.asyncIterator]().next()],
    ['dossiers', () => store.archive.entries()[Symbol.asyncIterator]().next()],
    ['adoption', () => store.archive.importAll([{ id: 'bos', reservations: [], history: [], messages: [] }])],
    ['the end of the feed', () => store.feed.end()],
    ['a place in the feed', () => store.feed.cursor('1-00000000')],
    ['what the feed tells', () => store.feed.since('1-00000000', 10)],
    ['a claim', () => store.outbox.claim({ now: TODAY, until: TODAY + HOUR, limit: 20, token: 'mine' })],
    ['the backlog', () => store.outbox.backlog()],
    ['ping', () => store.ping()],
    ['change', () => reserve(proposed({ start: on(9, '05:00') }), ada, { override: false }, worldOf(store))],
  ]

  it.each(everyQuestion)('rejects when it is closed, instead of returning nothing: %s', async (_, ask) => {
    db.close()
    await expect(ask()).rejects.toMatchObject({ name: 'Failure', code: 'unavailable' })
  })

  it.each(everyQuestion)('rejects when the file is damaged: %s', async (_, ask) => {
    db.exec('DROP TABLE reservations; DROP TABLE revisions; DROP TABLE outbox; DROP TABLE feed')
    await expect(ask()).rejects.toMatchObject({ name: 'Failure', code: 'unavailable' })
  })

  it('rejects changes when the disk is full, writes nothing, and continues to read', async () => {
    db.pragma(`max_page_count = ${db.pragma('page_count', { simple: true }) as number}`)
    const large = (time: string) => proposed({ start: on(9, time), extra: { padding: 'p'.repeat(60_000) } })
    const both = [large('05:00'), large('07:00')]
    const context = worldOf(store)
    const outcomes = await Promise.allSettled(both.map((one) => reserve(one, ada, { override: false }, context)))
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    for (const { id } of both) expect(await store.find(id)).toEqual([])
    expect(await store.find('adas')).toHaveLength(1)

    db.pragma('max_page_count = 1000000')
    for (const one of both) await reserve(one, ada, { override: false }, context)
    for (const { id } of both) expect(await store.find(id)).toHaveLength(1)
  })

  it('writes nothing of a change that failed midway, and continues afterwards', async () => {
    const context = worldOf(store, { hasProjectsService: true })
    const half = proposed({ start: on(9, '05:00'), project: { name: 'M31', createdAt: '2030' } })
    db.exec('ALTER TABLE outbox RENAME TO mislaid')
    await expect(reserve(half, ada, { override: false }, context)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await store.find(half.id)).toEqual([])
    db.exec('ALTER TABLE mislaid RENAME TO outbox')
    await expect(reserve(half, ada, { override: false }, context)).resolves.toMatchObject({ revision: 1 })
  })

  it('rejects while another program locks the file', async () => {
    const file = freshFile()
    const mine = openDatabase(file)
    mine.pragma('busy_timeout = 50')
    const held = sqliteStore(mine, eventCodec)
    const other = openDatabase(file)
    other.exec('BEGIN IMMEDIATE')
    await expect(reserve(proposed(), ada, { override: false }, worldOf(held))).rejects.toMatchObject({
      code: 'unavailable',
    })
    other.exec('ROLLBACK')
    await expect(reserve(proposed(), ada, { override: false }, worldOf(held))).resolves.toMatchObject({ revision: 1 })
    other.close()
    await held.close()
  })
})

describe('changes that share a transaction', () => {
  let store: Store
  beforeEach(() => {
    store = memoryStore()
  })
  afterEach(() => store.close())

  it('are rejected one by one, without affecting the others', async () => {
    const context = worldOf(store)
    const outcomes = await Promise.allSettled([
      reserve(proposed({ start: on(9, '01:00') }), ada, { override: false }, context),
      reserve(proposed({ by: bo, start: on(9, '01:30') }), bo, { override: false }, context),
      reserve(proposed({ start: on(9, '03:00') }), ada, { override: false }, context),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toHaveLength(2)
  })

  it('are limited to some milliseconds; the others share the next', async () => {
    let [turns, done] = [0, false]
    const count = () => {
      turns += 1
      if (!done) setImmediate(count)
    }
    count()
    const long = () => {
      for (const startedAt = performance.now(); performance.now() - startedAt < 10;);
      return { changes: [], answer: turns }
    }
    const answers = await Promise.all(Array.from({ length: 8 }, () => store.change({ ids: [] }, long)))
    done = true
    expect(new Set(answers).size).toBe(8)
  })

  it('fail one by one if one of them has a bug', async () => {
    const context = worldOf(store)
    const bug = new TypeError('undefined is not a function')
    const outcomes = await Promise.allSettled([
      reserve(proposed({ start: on(9, '01:00') }), ada, { override: false }, context),
      store.change({ ids: [] }, () => {
        throw bug
      }),
      reserve(proposed({ start: on(9, '03:00') }), ada, { override: false }, context),
    ])
    expect(outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: bug },
      { status: 'fulfilled' },
    ])
    expect(await store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toHaveLength(2)
  })

  it('roll back only the one that violates a constraint', async () => {
    const context = worldOf(store)
    const { reservation } = await reserve(proposed(), ada, { override: false }, context)
    const half = proposed({ start: on(9, '05:00') })
    const recorded = { at: TODAY, by: 'import', via: 'import' } as const
    const outcomes = await Promise.allSettled([
      store.change({ ids: [] }, () => ({
        changes: [half, reservation].map((after) => ({ after, ...recorded })),
        answer: 0,
      })),
      reserve(proposed({ start: on(9, '07:00') }), ada, { override: false }, context),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    expect(await store.find(half.id)).toEqual([])
  })
})

describe('a SQLite store with many reservations at one site', () => {
  const STANDING = 600
  let db: Database
  let store: Store
  const context = () => worldOf(store, { sites: new Map() })
  const march = { start: TODAY, end: TODAY + 30 * DAY }
  /** Rows of Ada's that start a second after each other, inserted directly, since reserving that many takes long. */
  const crowd = (site: string, count: number, overrides: Partial<Reservation> = {}) => {
    const say = prepare(db)
    say.begin.run()
    for (let n = 0; n < count; n += 1) {
      const one = proposed({ id: `${site}-${n}`, site, start: TODAY + n, end: TODAY + n + HOUR, ...overrides })
      say.put.run(rowOf(one, eventCodec.encode(one), 0, eventCodec))
    }
    say.commit.run()
  }
  beforeEach(() => {
    db = openDatabase(freshFile())
    store = sqliteStore(db, eventCodec)
  })
  afterEach(() => store.close())

  it('finds the slots of large reservations over several turns of the event loop', async () => {
    crowd('saf', 40, { extra: { padding: 'p'.repeat(60_000) } })
    let [turns, done] = [0, false]
    const count = () => {
      turns += 1
      if (!done) setImmediate(count)
    }
    count()
    const ids = Array.from({ length: 40 }, (_, n) => `saf-${n}`)
    const found = await store.slotsUnder(ids)
    done = true
    expect(ids.map((id) => found.get(id)?.length)).toEqual(ids.map(() => 1))
    expect(turns).toBeGreaterThan(7)
  })

  it('finds large cancelled reservations over several turns of the event loop', async () => {
    crowd('saf', 40, { extra: { padding: 'p'.repeat(60_000) } })
    const context = worldOf(store, { sites: new Map() })
    for (let n = 0; n < 40; n += 1) await cancel({ reference: { id: `saf-${n}` } }, grace, context)
    let [turns, done] = [0, false]
    const count = () => {
      turns += 1
      if (!done) setImmediate(count)
    }
    count()
    const found = await store.cancelled({ site: 'saf' }, 0, { people: 99, programs: 0 })
    done = true
    expect(found).toHaveLength(40)
    expect(turns).toBeGreaterThan(7)
  })

  it('measures a list in bytes, and not in characters', async () => {
    // Three bytes each.
    crowd('saf', 560, { extra: { padding: '漢'.repeat(20_000) } })
    const query = { sites: ['saf'], during: march }
    await expect(store.listBytes(query, viewerOf(bo))).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('32 MB') as unknown,
    })
    await expect(
      store.list({ sites: ['saf'], during: { start: TODAY, end: TODAY + 150 } }, ({ reservation }) => reservation.id),
    ).rejects.toMatchObject({ code: 'too_large', message: expect.stringContaining('8 MB') as unknown })
    const closure = reserve(
      proposed({ by: grace, kind: 'maintenance', ...march }),
      grace,
      { override: true },
      context(),
    )
    await expect(closure).rejects.toMatchObject({ code: 'too_large' })
    const shorter = await store.listBytes({ sites: ['saf'], during: { start: TODAY, end: TODAY + 500 } }, viewerOf(bo))
    expect(shorter.length).toBeGreaterThan(29_000_000)
  })

  it.each([
    ['made of', () => store.list({ sites: ['saf'], during: march }, ({ reservation }) => reservation.id)],
    ['that count at an instant', async () => parsed(await bytesAtInstant('saf', TODAY + 100, viewerOf(bo), context()))],
    ['as bytes', async () => parsed(await store.listBytes({ sites: ['saf'], during: march }, viewerOf(bo)))],
    ["of an observer's", async () => parsed(await store.listBytes({ observer: ada.id, endingFrom: 0 }, viewerOf(bo)))],
  ])('reads large reservations in pieces, for few callers at a time: %s', async (_, read) => {
    crowd('saf', 60, { extra: { padding: 'p'.repeat(64_000) } })
    let [turns, done] = [0, false]
    const count = () => {
      turns += 1
      if (!done) setImmediate(count)
    }
    count()
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, read))
    done = true
    const rejected = outcomes.filter(({ status }) => status === 'rejected')
    expect(rejected).toEqual(
      Array.from(
        { length: 3 },
        () => expect.objectContaining({ reason: expect.objectContaining({ code: 'busy' }) as unknown }) as unknown,
      ),
    )
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') expect(outcome.value).toHaveLength(60)
    expect(turns).toBeGreaterThan(100)
    expect(store.longLists.active()).toBe(0)
  })

  it('shows all overlaps to a change with override, while others read and writers wait', async () => {
    crowd('saf', STANDING)
    const seen: string[] = []
    const closure = reserve(
      proposed({ by: grace, kind: 'maintenance', ...march }),
      grace,
      { override: true },
      context(),
    ).then((created) => (seen.push('closed'), created))
    const read = (async () => {
      for (let n = 0; n < 3; n += 1) {
        await yieldToEventLoop()
        expect(await store.find('saf-0')).toHaveLength(1)
        seen.push('read')
      }
    })()
    const made = reserve(proposed({ site: 'else' }), ada, { override: false }, context()).then(() => seen.push('made'))
    await Promise.all([closure, read, made])
    expect((await closure).overlapping).toHaveLength(STANDING)
    expect(seen.indexOf('read')).toBeLessThan(seen.indexOf('closed'))
    expect(await store.list({ sites: ['else'], during: march }, asItIs)).toHaveLength(1)
    expect((await store.history((await closure).reservation.id))[0]?.overlapping).toHaveLength(STANDING)
  })

  it('rolls back such a change if it is rejected or has a bug, and continues', async () => {
    crowd('saf', STANDING)
    const closing = (by: typeof ada | typeof grace) =>
      reserve(proposed({ by, kind: 'maintenance', ...march }), by, { override: true }, context())
    await expect(closing(ada)).rejects.toMatchObject({ code: 'forbidden' })
    const bug = new TypeError('a bug')
    const windows = () => [{ site: 'saf', during: march }]
    await expect(
      store.change({ ids: [], windows }, () => {
        throw bug
      }),
    ).rejects.toBe(bug)
    expect(db.inTransaction).toBe(false)
    await expect(closing(grace)).resolves.toMatchObject({ revision: 1 })
  })

  it("rejects another observer's proposed reservation with some of the conflicts, and accepts one of its own observer", async () => {
    crowd('saf', STANDING)
    const rejected = reserve(proposed({ by: bo, ...from(1, '00:00', '12:00') }), bo, { override: false }, context())
    await expect(rejected).rejects.toMatchObject({ code: 'conflict', hasMore: true })
    await expect(
      reserve(proposed({ ...from(1, '00:00', '12:00') }), ada, { override: false }, context()),
    ).resolves.toMatchObject({ overlapping: [] })
  })

  it('rejects changes that would have to read more than 20,000 rows', async () => {
    crowd('saf', 20_000)
    for (const by of [ada, bo, grace] as const) {
      await expect(
        reserve(proposed({ by, ...from(1, '00:00', '12:00') }), by, { override: by === grace }, context()),
      ).rejects.toMatchObject({ code: 'too_large' })
    }
    await expect(
      reserve(proposed({ by: bo, start: on(9, '03:00') }), bo, { override: false }, context()),
    ).resolves.toMatchObject({ revision: 1 })
    expect(await isScheduled(bo.id, 'saf', TODAY + 3600, context())).toBe(false)
    expect(await isScheduled(ada.id, 'saf', TODAY + 3600, context())).toBe(true)
    expect(await isTaken(bo.id, 'saf', march, context())).toBe(true)
    expect(await isTaken(ada.id, 'saf', { start: TODAY, end: TODAY + DAY }, context())).toBe(false)
  })

  it('returns of cancelled reservations some 8 MB, the newest', async () => {
    const title = 't'.repeat(400_000)
    const made = Array.from({ length: 30 }, (_, n) => proposed({ start: TODAY + n * HOUR, title }))
    for (const [n, after] of made.entries()) {
      await changing(store, [{ after }])
      const before = { reservation: after, revision: 1 }
      await store.change({ ids: [after.id] }, () => ({
        changes: [{ before, at: TODAY + n, by: 'import', via: 'cancel' }],
        answer: undefined,
      }))
    }
    const found = await store.cancelled({ site: saf.code }, 0, { people: 1000, programs: 1000 })
    const newest = made.toReversed().slice(0, 20)
    expect(found.map(({ reservation: { id } }) => id)).toEqual(newest.map(({ id }) => id))
  })

  it('lets two read long lists concurrently and twenty wait', async () => {
    crowd('saf', 100, { extra: { padding: 'p'.repeat(20_000) } })
    const lists = Promise.allSettled(
      Array.from({ length: 30 }, () => store.listBytes({ sites: ['saf'], during: march }, viewerOf(anonymous))),
    )
    await vi.waitUntil(() => store.longLists.active() === 2)
    const outcomes = await lists
    const [done, rejected] = ['fulfilled', 'rejected'].map((status) => outcomes.filter((one) => one.status === status))
    expect([done?.length, rejected?.length]).toEqual([22, 8])
    for (const one of rejected ?? [])
      expect(one).toMatchObject({ reason: { code: 'busy', message: expect.stringContaining('long lists') } })
    expect([store.longLists.active(), store.longLists.waiting()]).toEqual([0, 0])
  })

  it('returns no list of more than 32 MB, and frees its memory', async () => {
    crowd('saf', 520, { extra: { padding: 'p'.repeat(62_000) } })
    for (const query of [
      { sites: ['saf'], during: march },
      { observer: ada.id, endingFrom: 0 },
    ]) {
      await expect(store.listBytes(query, viewerOf(anonymous))).rejects.toMatchObject({
        code: 'too_large',
        message: expect.stringContaining('32 MB'),
      })
    }
    expect(store.longLists.active()).toBe(0)
  })

  it('attaches a project to many large reservations in several changes', async () => {
    crowd('saf', 60, { extra: { padding: 'p'.repeat(50_000) } })
    const references = Array.from({ length: 60 }, (_, n) => ({ id: `saf-${n}` }))
    const attached = await attachProject({ name: 'M31', createdAt: '2030' }, references, grace, context())
    expect(attached.every(({ status }) => status === 'updated')).toBe(true)
    expect((await store.find('saf-59'))[0]?.reservation.project?.name).toBe('M31')
  })
})

describe('a file from before quotas', () => {
  it("gets an index with the kinds of an observer's reservations, and keeps its revisions", async () => {
    const file = freshFile()
    const old = databaseOf(9, file)
    const reservation = proposed({ kind: 'maintenance' })
    const doc = eventCodec.encode(reservation)
    old
      .prepare(`INSERT INTO reservations (site, length_class, start, event_id, end, observer, kind, revision, doc)
      VALUES (:site, 0, :start, :id, :end, :observer, :kind, 1, :doc)`)
      .run({ ...rowOf(reservation, doc, 1, eventCodec) })
    old
      .prepare(`INSERT INTO revisions (event_id, number, at, by, via, after) VALUES (?, 1, 0, 'x', 'reserve', ?)`)
      .run(reservation.id, doc)
    old.close()
    const store = sqliteStore(openDatabase(file), eventCodec)
    const outlines = await store.change(
      { ids: [], observers: () => [{ observer: reservation.observer, endingFrom: TODAY }] },
      ({ ofObservers }) => ({ changes: [], answer: ofObservers }),
    )
    expect(outlines).toMatchObject([{ id: reservation.id, kind: 'maintenance' }])
    expect(await store.history(reservation.id)).toMatchObject([{ number: 1, after: reservation }])
    expect(findingsIn(file)).toEqual([])
    await store.close()
  })
})

describe('the query plans', () => {
  const db = openDatabase(':memory:')
  afterAll(() => db.close())
  const say = prepare(db)
  const values = {
    sites: '["saf"]',
    start: 0,
    end: 1,
    seesEverything: 0,
    viewer: null,
    isClean: 0,
    observer: 'x',
    endingFrom: 0,
  }
  const planOf = (sql: string, overrides: object | unknown[]) =>
    (db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(overrides) as { detail: string }[]).map(({ detail }) => detail)

  it.each(['overlapping', 'overlappingBytes'] as const)('search the primary key for an overlap: %s', (statement) => {
    const plan = planOf(say[statement].source, values)
    expect(plan).toContain('SEARCH r USING PRIMARY KEY (site=? AND length_class=? AND start>? AND start<?)')
    expect(plan.filter((step) => step.startsWith('SCAN r'))).toEqual([])
  })

  it.each([
    'inClass',
    'inClassSeen',
    'inClassOutlines',
    'onFrom',
    'onFromSeen',
    'planned',
    'countAround',
    'sizeOfOverlapping',
    'measureClasses',
    'overlappingExcept',
  ] as const)('read an index in chunks, without sorting: %s', (statement) => {
    const plan = planOf(say[statement].source, {
      ...values,
      site: 'saf',
      k: 0,
      id: 'x',
      from: 0,
      after: 0,
      before: 1,
      exceptObserver: null,
      onlyMaintenance: 0,
    })
    expect(plan.filter((step) => /SCAN (r|reservations)\b|TEMP/.test(step))).toEqual([])
    expect(
      plan.some((step) => /^SEARCH (r|reservations) USING (PRIMARY KEY|INDEX|COVERING INDEX) .*(start|end)/.test(step)),
    ).toBe(true)
  })

  it('have no limit as a parameter, which SQLite would compile again each time', () => {
    const limited = Object.values(say).filter(({ source }) => /LIMIT\s+[:?@]/i.test(source) && !/outbox/.test(source))
    expect(limited.map(({ source }) => source)).toEqual([])
  })

  it('compare no column with a bare parameter when they sort, for which SQLite would compile them again each time', () => {
    const sorted = Object.values(say).filter(({ reader, source }) => reader && /ORDER BY|max\(/i.test(source))
    expect(sorted.length).toBeGreaterThan(20)
    const compared = sorted.filter(({ source }) => /(WHERE|AND) [\w.]+ = [:?@]/i.test(source))
    expect(compared.map(({ source }) => source)).toEqual([])
  })

  it.each(['ofObserver', 'ofObserverBytes'] as const)(
    "searches the index for an observer's, in its order: %s",
    (statement) => {
      const plan = planOf(say[statement].source, values)
      expect(plan).toContainEqual(expect.stringMatching(/^SEARCH r USING INDEX reservation_by_observer/))
      expect(plan.filter((step) => step.startsWith('SCAN r'))).toEqual([])
    },
  )

  it("read an observer's outlines from the index alone", () => {
    expect(planOf(say.outlinesOfObserver.source, values)).toEqual([
      'SEARCH r USING COVERING INDEX reservation_by_observer (observer=? AND end>?)',
    ])
  })

  it('search the index for a page, without sorting', () => {
    const search = expect.stringMatching(/^SEARCH reservations USING INDEX reservation_by_id/) as unknown
    expect(planOf(say.page.source, ['', 0])).toEqual([search])
  })

  it.each([
    ['entriesAfter', 'SEARCH feed USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
    ['entriesOfSite', 'SEARCH feed USING INDEX feed_by_site (site=? AND sequence>? AND sequence<?)'],
    [
      'entriesOfFormerSite',
      'SEARCH feed USING INDEX feed_by_former_site (former_site=? AND sequence>? AND sequence<?)',
    ],
    ['gap', 'SEARCH feed USING INDEX feed_gaps (sequence>? AND sequence<?)'],
  ] as const)('searches an index for what the feed tells, and sorts nothing: %s', (statement, plan) => {
    expect(planOf(say[statement].source, { after: 0, last: 1, most: 1, site: 'saf' })).toEqual([plan])
  })

  const CANCELLED = { site: 'saf', observer: 'ada', ofProgram: 0, since: 0, at: 1, id: '', firstStart: 0 }
  it.each([
    [
      'cancelledAt',
      'SEARCH cancelled USING INDEX cancelled_by_site (site=? AND of_program=? AND at>? AND (at,event_id,first_start)<(?,?,?))',
    ],
    [
      'cancelledOf',
      'SEARCH cancelled USING INDEX cancelled_by_observer (observer=? AND of_program=? AND at>? AND (at,event_id,first_start)<(?,?,?))',
    ],
  ] as const)('searches an index for what was cancelled, and sorts nothing: %s', (statement, plan) => {
    expect(planOf(say[statement].source, CANCELLED)).toEqual([plan])
  })

  it('search the index of large revisions for the largest size', () => {
    const plan = planOf(say.largestSize.source, { id: 'x' })
    expect(plan).toContainEqual(expect.stringMatching(/^SEARCH revisions USING COVERING INDEX large_revision/))
    expect(plan.filter((step) => step.startsWith('SCAN r'))).toEqual([])
  })

  it('search the index for due and oldest messages, without sorting', () => {
    const request = { receiver: '', now: 0, limit: 1 }
    expect(planOf(say.due.source, request)).toEqual([
      expect.stringMatching(/^SEARCH m USING INDEX message_by_due \(receiver=\? AND due<\?\)/),
      expect.stringMatching(/^CORRELATED SCALAR SUBQUERY/),
      expect.stringMatching(/^SEARCH earlier USING PRIMARY KEY \(event_id=\? AND receiver=\? AND number<\?\)/),
    ])
    expect(planOf(say.dueTooLate.source, request)).toEqual([
      expect.stringMatching(/^SEARCH outbox USING INDEX message_by_wait \(<expr>>\?\)/),
    ])
    expect(planOf(say.receiverDueTooLate.source, request)).toEqual([
      expect.stringMatching(/^SEARCH outbox USING INDEX message_by_due \(receiver=\? AND due>\?\)/),
    ])
    const counting = planOf(say.backlog.source, request).filter((step) => /^(SCAN|SEARCH) outbox/.test(step))
    expect(counting).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^SEARCH outbox USING COVERING INDEX/)),
    )
    expect(planOf(say.removeFailed.source, { receiver: '', before: 0 })).toContainEqual(
      expect.stringMatching(/^SEARCH outbox USING COVERING INDEX failed_message \(receiver=\? AND failed_at<\?\)/),
    )
    expect(planOf(say.messagePage.source, { id: '', receiver: '', number: 0, name: '', createdAt: '' })).toEqual([
      expect.stringMatching(/^SEARCH outbox USING PRIMARY KEY/),
    ])
  })

  it('search indexes for a page of all ids, without sorting', () => {
    const plan = planOf(say.ids.source, { after: '', max: 1 })
    const searches = plan.filter((step) => step.startsWith('SEARCH') || step.startsWith('SCAN'))
    expect(searches.toSorted()).toEqual([
      expect.stringMatching(/^SEARCH outbox USING PRIMARY KEY/),
      expect.stringMatching(/^SEARCH reservations USING COVERING INDEX reservation_by_id/),
      expect.stringMatching(/^SEARCH revisions USING PRIMARY KEY/),
    ])
    expect(plan.filter((step) => step.includes('TEMP'))).toEqual([])
  })
})

describe('the feed of a SQLite file', () => {
  it('has the changes of two processes, in one order for both', async () => {
    const file = freshFile()
    const stores = [servedStore(file), sqliteStore(openDatabase(file), eventCodec)] as const
    const feeds = stores.map(({ feed }) => feed)
    const { id: start } = (await feeds[0]?.end()) ?? expect.fail()
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        reserve(
          proposed({ start: on(9, '00:00') + n * HOUR }),
          ada,
          { override: false },
          worldOf(stores[n % 2] as Store, { sites: new Map() }),
        ),
      ),
    )
    const [one, other] = await Promise.all(feeds.map((feed) => feed.since(start, 1000)))
    expect(one?.entries).toHaveLength(40)
    expect(other).toEqual(one)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('keeps the age of its entries when it is upgraded', async () => {
    const file = freshFile()
    const old = databaseOf(10, file)
    old.exec(`
      INSERT INTO revisions (event_id, number, at, by, via) VALUES ('m31', 1, ${TODAY}, 'ada', 'reserve');
      INSERT INTO feed (event_id, number, site) VALUES ('m31', 1, 'saf')`)
    old.close()
    const db = openDatabase(file)
    expect(db.prepare('SELECT event_id, at FROM feed ORDER BY sequence').all()).toEqual([
      { event_id: null, at: null },
      { event_id: 'm31', at: TODAY },
    ])
    db.close()
  })

  const opened = (file: string) => {
    const store = sqliteStore(openDatabase(file), eventCodec)
    const { feed } = store
    const make = async () =>
      (
        await reserve(
          proposed({ site: `feed-of-${++files}` }),
          ada,
          { override: false },
          worldOf(store, { sites: new Map() }),
        )
      ).reservation.id
    const idsSince = async (place: string) => (await feed.since(place, 100))?.entries.map(({ revision }) => revision.id)
    return { store, feed, make, idsSince }
  }

  it('has what another process commits', async () => {
    const file = freshFile()
    const [one, other] = [opened(file), opened(file)]
    const { id: place } = await one.feed.end()
    const ids = [await other.make(), await one.make(), await other.make()]
    expect(await one.idsSince(place)).toEqual(ids)
    expect(await other.idsSince(place)).toEqual(ids)
    await Promise.all([one.store.close(), other.store.close()])
  })

  it('continues when the file is opened again', async () => {
    const file = freshFile()
    const first = opened(file)
    const { id: place } = await first.feed.end()
    const ids = [await first.make()]
    await first.store.close()
    const again = opened(file)
    ids.push(await again.make())
    expect(await again.idsSince(place)).toEqual(ids)
    await again.store.close()
  })

  it('does not continue from a cursor that was lost with a restored backup', async () => {
    const [file, backup] = [freshFile(), join(folder, 'backup.db')]
    const first = opened(file)
    const { id: before } = await first.feed.end()
    await first.store.close()
    copyFileSync(file, backup)
    const lost = opened(file)
    await lost.make()
    const { id: place } = await lost.feed.end()
    await lost.store.close()
    const restored = opened(backup)
    const ids = [await restored.make(), await restored.make()]
    expect(await restored.idsSince(place)).toBeUndefined()
    expect(await restored.idsSince(before)).toEqual(ids)
    await restored.store.close()
  })

  it('begins when a file without a feed is opened', async () => {
    const file = freshFile()
    databaseOf(1, file).close()
    const { store, feed, make, idsSince } = opened(file)
    const { id: place } = await feed.end()
    expect(await idsSince(place)).toEqual([])
    const id = await make()
    expect(await idsSince(place)).toEqual([id])
    await store.close()
  })

  it('has kinds and origins of a file without these columns', async () => {
    const file = join(folder, 'from-before-kinds.db')
    const old = new Sqlite(file)
    migrate(old, file, 5)
    const rows = [
      proposed({ id: 'plain' }),
      proposed({ id: 'closed', kind: 'maintenance' }),
      proposed({ id: 'planned', origin: 'lco' }),
    ]
    for (const one of rows) {
      const { kind: _, origin: __, ...row } = rowOf(one, eventCodec.encode(one), 1, eventCodec)
      old
        .prepare(
          'INSERT INTO reservations VALUES (:site, :lengthClass, :start, :id, :end, :observer, :revision, :doc, :masked)',
        )
        .run(row)
    }
    old.close()
    const store = sqliteStore(openDatabase(file), eventCodec)
    const kinds: string[] = []
    for await (const chunk of store.outlines({ site: saf.code, during: from(9, '00:00', '12:00') }))
      kinds.push(...chunk.map(({ id, kind }) => `${id} ${kind}`))
    expect(kinds.toSorted()).toEqual(['closed maintenance', 'plain realtime', 'planned realtime'])
    const planned: string[] = []
    for await (const chunk of store.planned({ site: saf.code, startingAfter: 0, endingAfter: 0 }))
      planned.push(...chunk)
    expect(planned).toEqual(['planned'])
    await store.close()
  })

  it('continues in a file without sites in the feed', async () => {
    const file = join(folder, 'from-before-sites.db')
    const old = new Sqlite(file)
    migrate(old, file, 4)
    const [there, here] = [proposed({ id: 'moved', site: 'there' }), proposed({ id: 'moved', site: 'here' })].map(
      eventCodec.encode,
    )
    old.prepare("INSERT INTO feed (event_id, number) VALUES ('moved', 1), ('moved', 2), ('moved', 3)").run()
    const record = old.prepare("INSERT INTO revisions VALUES ('moved', ?, 0, 'import', 'import', ?, ?, NULL)")
    for (const [index, row] of [
      [null, there],
      [there, here],
      [here, null],
    ].entries())
      record.run(index + 1, ...row)
    const place = old.prepare("SELECT sequence || '-' || mark FROM feed WHERE event_id IS NULL").pluck().get() as string
    old.close()
    const { store, feed } = opened(file)
    const numbersAt = async (site: string) =>
      (await feed.since(place, 100, new Set([site])))?.entries.map(({ revision }) => revision.number)
    expect([await numbersAt('there'), await numbersAt('here'), await numbersAt('nowhere')]).toEqual([
      [1, 2],
      [2, 3],
      [],
    ])
    await store.close()
  })
})

describe('the cancelled reservations of a file that does not know which are of programs', () => {
  it('are told apart', async () => {
    const file = freshFile()
    const old = databaseOf(14, file)
    const service = { observer: scheduler.id }
    const all = [
      proposed({ id: 'of-a-person' }),
      proposed({ id: 'of-the-scheduler', origin: 'lco' }),
      { ...proposed({ id: 'of-a-service' }), ...service },
      { ...proposed({ id: 'closure', kind: 'maintenance' }), ...service },
    ]
    const record = old.prepare(
      'INSERT INTO revisions (event_id, number, at, by, via, before) VALUES (?, 2, :at, :by, :via, :before)',
    )
    const put = old.prepare(
      'INSERT INTO cancelled (event_id, first_start, number, at, site, observer) VALUES (?, 0, 2, ?, ?, ?)',
    )
    for (const [at, one] of all.entries()) {
      record.run(one.id, { at, by: 'ada', via: 'cancel', before: eventCodec.encode(one) })
      put.run(one.id, at, one.site, one.observer)
    }
    old.close()
    const store = sqliteStore(openDatabase(file), eventCodec)
    const found = async (people: number, programs: number) =>
      (await store.cancelled({ site: saf.code }, 0, { people, programs })).map(({ reservation: { id } }) => id)
    expect([await found(9, 0), await found(0, 9)]).toEqual([
      ['closure', 'of-a-person'],
      ['of-a-service', 'of-the-scheduler'],
    ])
    await store.close()
  })
})

describe('the outbox of a file with several messages for one reservation and project', () => {
  it('keeps the last of them, with its attempts and due time', async () => {
    const file = freshFile()
    const old = databaseOf(2, file)
    const post = old.prepare(
      'INSERT INTO outbox (event_id, what, project_name, created_at, attempts, due) VALUES (?, ?, ?, ?, ?, ?)',
    )
    post.run('one', 'remove-project-event', 'M31', '2030-01-01', 7, 1000)
    post.run('one', 'add-project-event', 'M42', '2030-01-01', 0, 0)
    post.run('two', 'add-project-event', 'M31', '2030-01-01', 0, 0)
    post.run('one', 'add-project-event', 'M31', '2030-01-01', 2, 500)
    old.close()
    const store = sqliteStore(openDatabase(file), eventCodec)
    expect(await waiting(store)).toEqual([
      { message: joined('one'), revision: 0, writtenAt: expect.any(Number), attempts: 2, due: 500 },
      { message: joined('one', 'M42'), revision: 0, writtenAt: expect.any(Number), attempts: 0, due: 0 },
      { message: joined('two'), revision: 0, writtenAt: expect.any(Number), attempts: 0, due: 0 },
    ])
    // Their age counts from the migration, since the old schema has no time.
    expect((await store.outbox.backlog()).oldest).toBeGreaterThan(on(9, '00:00') - 20 * 365 * DAY)
    expect(await emptied(store)).toHaveLength(3)
    await store.close()
  })
})

describe('the archive of a SQLite store', () => {
  it('lets others write between its pages', async () => {
    const [store, target] = [memoryStore(), memoryStore()]
    const many = Array.from({ length: 1200 }, (_, n) => proposed({ id: `${1000 + n}`, start: TODAY + n * HOUR }))
    await Promise.all(many.map((one) => reserve(one, ada, { override: false }, worldOf(store, { sites: new Map() }))))
    const seen: ArchiveEntry[] = []
    for await (const entry of store.archive.entries()) {
      seen.push(entry)
      if (seen.length === 1) await cancel({ reference: { id: '1100' } }, ada, worldOf(store))
    }
    expect(seen.map(({ id }) => id)).toEqual(many.map(({ id }) => id))
    expect(seen[100]).toMatchObject({ reservations: [], history: [{ number: 1 }, { number: 2 }] })
    expect(await target.archive.importAll(seen)).toBe(1200)
    expect(await entriesOf(target)).toEqual(await entriesOf(store))
    await Promise.all([store.close(), target.close()])
  })

  it('rejects an id with two rows at one start', async () => {
    const store = memoryStore()
    const stored = ['early', 'late'].map((note) => ({ reservation: proposed({ id: 'twice', note }), revision: 0 }))
    const imported = store.archive.importAll([{ id: 'twice', reservations: stored, history: [], messages: [] }])
    await expect(imported).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('twice') })
    expect(await store.find('twice')).toEqual([])
    await store.close()
  })

  it('keeps imported entries when it is opened again', async () => {
    const file = freshFile()
    const [source, store] = [memoryStore(), sqliteStore(openDatabase(file), eventCodec)]
    await fillStore(source)
    const entries = await entriesOf(source)
    await store.archive.importAll([...entries.values()])
    await store.close()
    expect(findingsIn(file).filter(({ severity }) => severity === 'problem')).toEqual([])
    const again = sqliteStore(openDatabase(file), eventCodec)
    expect(await entriesOf(again)).toEqual(entries)
    await Promise.all([source.close(), again.close()])
  })
})

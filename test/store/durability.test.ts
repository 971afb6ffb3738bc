import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { reserve } from '../../src/service/reserve.ts'
import { startCheckpointer } from '../../src/store/sqlite/checkpointer.ts'
import { checkStore } from '../../src/store/sqlite/check.ts'
import { openLogFile } from '../../src/store/sqlite/log-file.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { serveFile } from '../../src/store/sqlite/served-file.ts'
import { type SqliteStore, sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, asItIs, bo, changing, grace, on, proposed, saf, TODAY, worldOf } from '../context.ts'
import { joined } from '../outbox.ts'
import { logSizeOf, type SlowLog, slowLog } from './slow-log.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'durability-'))
  file = join(folder, 'calendar.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const during = { start: TODAY, end: TODAY + 30 * DAY }
const here = { sites: [saf.code], during }
const UNKNOWN = { name: 'Failure', code: 'unavailable' }
const NOT_FLUSHED = 'its disk did not keep what was written'

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const value of values) found.push(value)
  return found
}
/** Whether a promise is settled after all due callbacks have run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => void (settled = true)
  promise.then(settle, settle)
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
  return settled
}
/** The ids that another connection sees. */
function idsInFile(): string[] {
  const db = new Sqlite(file, { readonly: true })
  const ids = db.prepare('SELECT event_id FROM reservations ORDER BY event_id').pluck().all() as string[]
  db.close()
  return ids
}

describe('while a commit is flushed', () => {
  let db: Database
  let log: SlowLog
  let store: SqliteStore
  beforeEach(() => {
    log = slowLog()
    db = openDatabase(file)
    store = sqliteStore(db, eventCodec, { log })
  })
  afterEach(async () => {
    log.beQuick()
    await store.close()
  })
  const made = (id: string, hour: string, by: typeof ada | typeof bo = ada) =>
    reserve(proposed({ id, start: on(9, hour), end: on(9, hour) + HOUR, by }), by, { override: false }, worldOf(store))

  it('shows the commit to no reader, list, stream, worker or archive, and answers no caller', async () => {
    const start = await store.feed.end()
    const message = { ...joined('M31'), reservation: 'new' }
    const change = changing(store, [{ after: proposed({ id: 'new' }), messages: [message] }])
    await log.inProgress()
    expect(idsInFile(), 'it is committed').toEqual(['new'])
    const shown = async () => ({
      find: (await store.find('new')).length,
      slots: (await store.slotsUnder(['new'])).get('new')?.length,
      list: (await store.list(here, asItIs)).length,
      bytes: (JSON.parse(Buffer.from(await store.listBytes(here, viewerOf(grace))).toString()) as unknown[]).length,
      outlines: (await all(store.outlines({ site: saf.code, during }))).flat().length,
      history: (await store.history('new')).length,
      feed: (await store.feed.since(start.id, 10))?.entries.length,
      isAtEnd: (await store.feed.end()).id !== start.id,
      claims: (await store.outbox.claim({ now: TODAY + DAY, until: TODAY + 2 * DAY, limit: 1, token: 'one' })).claims
        .length,
      backlog: (await store.outbox.backlog()).depth,
      archive: (await all(store.archive.entries())).length,
      all: (await all(store.all())).length,
      counted: (await store.stats?.())?.reservations,
    })
    const nothing = { find: 0, slots: 0, list: 0, bytes: 0, outlines: 0, history: 0, feed: 0, isAtEnd: false }
    expect(await shown()).toEqual({ ...nothing, claims: 0, backlog: 0, archive: 0, all: 0, counted: 0 })
    expect(await isSettled(change)).toBe(false)

    log.beQuick()
    await change
    const one = { find: 1, slots: 1, list: 1, bytes: 1, outlines: 1, history: 1, feed: 1, isAtEnd: true }
    expect(await shown()).toEqual({ ...one, claims: 1, backlog: 1, archive: 1, all: 1, counted: 1 })
  })

  it('starts a long list after the flush, with the commit', async () => {
    log.beQuick()
    const padding = 'p'.repeat(60_000)
    const large = (n: number) =>
      proposed({ id: `large-${n}`, site: 'big', start: TODAY + n * HOUR, extra: { padding } })
    for (let n = 0; n < 60; n += 30)
      await changing(
        store,
        Array.from({ length: 30 }, (_, index) => ({ after: large(n + index) })),
      )
    const slow = sqliteStore(openDatabase(file), eventCodec, { log: (log = slowLog()) })
    const change = changing(slow, [{ after: large(60) }])
    await log.inProgress()
    const list = slow.list({ sites: ['big'], during }, ({ reservation }) => reservation.id)
    expect(await isSettled(list)).toBe(false)
    expect(slow.longLists.active()).toBe(1)
    log.succeed()
    await change
    expect(await list).toHaveLength(61)
    await slow.close()
  })

  it('commits the changes that are queued in the meantime together, with one flush', async () => {
    const first = made('first', '01:00')
    await log.inProgress()
    const others = [made('second', '02:00'), made('third', '03:00')]
    expect(await isSettled(others[0]!)).toBe(false)
    expect(idsInFile()).toEqual(['first'])
    log.succeed()
    await first
    await log.inProgress()
    expect(idsInFile()).toEqual(['first', 'second', 'third'])
    expect(await isSettled(Promise.race(others))).toBe(false)
    log.succeed()
    await Promise.all(others)
    expect(log.begun()).toBe(2)
  })

  it.each(['in the same turn', 'later'])(
    'rejects a conflicting change only after the flush: requested %s',
    async (when) => {
      const first = made('first', '01:00')
      if (when === 'later') await log.inProgress()
      const refusal = made('second', '01:00', bo)
      await log.inProgress()
      expect(await isSettled(refusal)).toBe(false)
      log.succeed()
      await first
      await expect(refusal).rejects.toMatchObject({ code: 'conflict' })
      expect(log.begun()).toBe(1)
    },
  )

  it('flushes nothing for a change that writes nothing', async () => {
    await changing(store, [])
    expect(log.begun()).toBe(0)
  })

  it('flushes a probe of the disk', async () => {
    const probe = store.probeWrite()
    await log.inProgress()
    expect(await isSettled(probe)).toBe(false)
    log.succeed()
    await probe
  })

  it('flushes a change that reads over several turns before it answers', async () => {
    log.beQuick()
    for (let n = 0; n < 550; n += 50)
      await changing(
        store,
        Array.from({ length: 50 }, (_, index) => ({
          after: proposed({ id: `n-${n + index}`, start: TODAY + (n + index) * 60, end: TODAY + (n + index + 1) * 60 }),
        })),
      )
    await store.close()
    db = openDatabase(file)
    store = sqliteStore(db, eventCodec, { log: (log = slowLog()) })
    const after = proposed({ id: 'over all', start: TODAY, end: TODAY + DAY })
    const change = changing(store, [{ after }])
    await log.inProgress()
    expect([await isSettled(change), await store.find('over all')]).toEqual([false, []])
    log.succeed()
    await change
    expect(await store.find('over all')).toHaveLength(1)
  })

  it('rejects all callers as unavailable if the flush fails, and rejects later changes', async () => {
    const before = made('before', '00:00')
    await log.inProgress()
    log.succeed()
    await before
    const outcomes = Promise.allSettled([made('lost', '01:00'), made('refused', '01:00', bo)])
    await log.inProgress()
    const later = Promise.allSettled([made('later', '02:00')])
    const list = store.list(here, ({ reservation }) => reservation.id)
    log.fail(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
    const message = `The calendar can be read but not changed just now: ${NOT_FLUSHED}.`
    for (const outcome of [...(await outcomes), ...(await later)])
      expect(outcome).toMatchObject({ status: 'rejected', reason: { ...UNKNOWN, message } })
    await expect(store.probeWrite()).rejects.toMatchObject(UNKNOWN)
    expect(log.begun()).toBe(2)

    expect([await list, await store.find('lost')]).toEqual([['before'], []])
    expect(await store.health()).toEqual({ unreadable: undefined, unwritable: NOT_FLUSHED })
    expect(store.mayCheckpoint()).toBe(false)
    await expect(store.pauseWrites()).rejects.toMatchObject(UNKNOWN)

    // The WAL must not be checkpointed: the disk may have other contents than were written.
    const [main, size] = [readFileSync(file), logSizeOf(file)]
    await store.close()
    expect(readFileSync(file).equals(main)).toBe(true)
    expect(logSizeOf(file)).toBe(size)
    store = sqliteStore(openDatabase(file), eventCodec)
    expect(await store.find('before')).toHaveLength(1)
  })

  it('treats a flush that takes longer than 30 seconds as failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const outcome = made('hanging', '01:00').catch((error: unknown) => error)
    await log.inProgress()
    vi.advanceTimersByTime(29_999)
    expect(await store.health()).toMatchObject({ unwritable: undefined })
    vi.advanceTimersByTime(1)
    expect(await outcome).toMatchObject(UNKNOWN)
    expect(await store.health()).toMatchObject({ unwritable: NOT_FLUSHED })
    log.succeed()
  })
})

it('changes the version of sites for a commit of another process when readers see it, and not before', async () => {
  const log = slowLog()
  const scrub = () => Promise.resolve([])
  const store = sqliteStore(openDatabase(file), eventCodec, { log, scrub, now: () => TODAY })
  const other = sqliteStore(openDatabase(file), eventCodec)
  const version = () => store.versionOf([saf.code])
  await vi.waitUntil(async () => (await version()) !== undefined)
  const before = await version()
  const change = changing(store, [{ after: proposed({ id: 'mine', site: 'elsewhere' }) }])
  await log.inProgress()
  await changing(other, [{ after: proposed({ id: 'foreign' }) }])
  // With a new version, a client would cache this empty list.
  expect([await store.list(here, asItIs), await version()]).toEqual([[], before])
  log.succeed()
  await change
  expect(await store.list(here, asItIs)).toHaveLength(1)
  expect(await version()).not.toBe(before)
  await store.close()
  await other.close()
})

it('reopens the file after a failed flush when the disk can be flushed', async () => {
  const [failing, healthy] = [slowLog(), slowLog()]
  const logs = [failing, healthy]
  const served = await serveFile(file, {
    codec: eventCodec,
    now: () => TODAY,
    report: () => {},
    everyMs: 10,
    openLog: () => logs.shift() ?? openLogFile(file),
  })
  const change = changing(served.store, [{ after: proposed({ id: 'unknown' }) }])
  await failing.inProgress()
  healthy.beQuick()
  failing.fail(new Error('EIO'))
  await expect(change).rejects.toMatchObject(UNKNOWN)
  await vi.waitUntil(async () => (await served.store.health()).unwritable === undefined, 20_000)
  await changing(served.store, [{ after: proposed({ id: 'new', start: on(9, '05:00') }) }])
  expect(await served.store.find('new')).toHaveLength(1)
  await served.store.close()
  expect(existsSync(`${file}-probe`)).toBe(false)
})

it('restarts the WAL under continuous writes with slow flushes', async () => {
  const db = openDatabase(file)
  const disk = openLogFile(file)
  const log = { ...disk, flush: () => sleep(5).then(() => disk.flush()) }
  const store = sqliteStore(db, eventCodec, { log })
  const errors: unknown[] = []
  const checkpointer = startCheckpointer(file, (error) => errors.push(error), store)
  const extra = { padding: 'p'.repeat(30_000) }
  const framesInLog = () => (db.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log
  let [minutes, longest, last, restarts] = [0, 0, 0, 0]
  const write = async () => {
    while (restarts < 2) {
      const start = TODAY + DAY + 60 * minutes++
      await changing(store, [{ after: proposed({ start, end: start + 60, extra }) }])
      const frames = framesInLog()
      if (frames < last) restarts += 1
      ;[last, longest] = [frames, Math.max(frames, longest)]
    }
  }
  await Promise.all([write(), write(), write(), write()])
  await checkpointer.stop()
  expect(errors).toEqual([])
  // Each restart waited for a pause in the writes, so the WAL had grown beyond the limit of an occasional checkpoint.
  expect(longest).toBeGreaterThan(4096)
  await store.close()
}, 120_000)

it('flushes each commit itself when the checkpointer has ended', async () => {
  const log = slowLog()
  const db = openDatabase(file)
  const store = sqliteStore(db, eventCodec, { log })
  expect(db.pragma('synchronous', { simple: true })).toBe(1)
  await store.endBackgroundFlush()
  await changing(store, [{ after: proposed({ id: 'one' }) }])
  expect([log.begun(), await store.find('one')]).toEqual([0, [expect.anything()]])
  expect(['synchronous', 'wal_autocheckpoint'].map((name) => db.pragma(name, { simple: true }))).toEqual([2, 16_384])
  await store.close()
})

it('keeps acknowledged changes wherever the WAL is cut behind its flushed part', async () => {
  await sqliteStore(openDatabase(file), eventCodec).close()
  const db = openDatabase(file)
  const disk = openLogFile(file)
  let flushed = 0
  const flush = async () => {
    const size = logSizeOf(file)
    await disk.flush()
    flushed = size
  }
  const store = sqliteStore(db, eventCodec, { log: { ...disk, flush } })
  const answered: { id: string; size: number }[] = []
  for (let n = 10; n < 22; n += 1) {
    await changing(store, [{ after: proposed({ id: `n-${n}`, start: TODAY + n * HOUR }) }])
    answered.push({ id: `n-${n}`, size: flushed })
  }
  const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)]
  await store.close()

  const all = answered.map(({ id }) => id)
  for (let cut = 0; cut < log.length + 509; cut += 509) {
    writeFileSync(file, main)
    writeFileSync(`${file}-wal`, log.subarray(0, cut))
    const cutOff = new Sqlite(file, { readonly: true })
    const found = cutOff.prepare('SELECT event_id FROM reservations ORDER BY event_id').pluck().all()
    expect(found).toEqual(all.slice(0, found.length))
    expect(found.length).toBeGreaterThanOrEqual(answered.filter(({ size }) => size <= cut).length)
    expect([...checkStore(cutOff, eventCodec)]).toEqual([])
    cutOff.close()
    rmSync(`${file}-shm`)
  }
  expect(answered.at(-1)?.size).toBe(log.length)
})

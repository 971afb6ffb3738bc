import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import { checkStore } from '../../src/store/sqlite/check.ts'
import { openDatabase, openForReading } from '../../src/store/sqlite/open.ts'
import { serveFile } from '../../src/store/sqlite/served-file.ts'
import { type DamagedRow, startScrubber } from '../../src/store/sqlite/scrubber.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, bo, from, grace, on, saf, TODAY, asItIs, proposed, worldOf } from '../context.ts'

let folder: string
let file: string
let store: Store
let reports: object[]
const report = (message: string, details: object) => void reports.push({ message, ...details })
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'damaged-'))
  file = join(folder, 'calendar.db')
  reports = []
  store = sqliteStore(openDatabase(file), eventCodec, { report })
  for (const [index, id] of ['first', 'second', 'third'].entries())
    await reserve(proposed({ id, start: on(9, `0${index + 1}:00`) }), ada, { override: false }, worldOf(store))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const during = from(9, '00:00', '12:00')
const LEFT_OUT = { message: 'skipped an unreadable row', event_id: 'second', start: on(9, '02:00') }

/** Damage by a disk or another program. */
function damage(sql: string): void {
  const db = new Sqlite(file)
  db.exec(sql)
  db.close()
}
const SECOND = "WHERE event_id = 'second'"
const DAMAGES = {
  'is cut off': `UPDATE reservations SET doc = substr(doc, 1, 40) ${SECOND}`,
  'is empty': `UPDATE reservations SET doc = '' ${SECOND}`,
  'is no event': `UPDATE reservations SET doc = '7' ${SECOND}`,
  'is null': `UPDATE reservations SET doc = 'null' ${SECOND}`,
  "is another's": `UPDATE reservations SET doc = (SELECT doc FROM reservations WHERE event_id = 'third') ${SECOND}`,
  'is written loosely': `UPDATE reservations SET doc = replace(doc, '"', '''') ${SECOND}`,
}
const idsIn = (bytes: Uint8Array) =>
  (JSON.parse(Buffer.from(bytes).toString()) as { event_id: string }[]).map(({ event_id }) => event_id)

describe.each(Object.entries(DAMAGES))('an event whose stored text %s', (_, sql) => {
  beforeEach(() =>
    damage(`${sql}; UPDATE reservations SET masked = doc WHERE event_id = 'second' AND masked IS NOT NULL`),
  )

  it('is skipped in every list', async () => {
    for (const viewer of [viewerOf(anonymous), viewerOf(grace), viewerOf(ada)]) {
      expect(idsIn(await store.listBytes({ sites: [saf.code], during }, viewer))).toEqual(['first', 'third'])
      expect(idsIn(await store.listBytes({ observer: ada.id, endingFrom: TODAY }, viewer))).toEqual(['first', 'third'])
    }
    expect((await store.list({ sites: [saf.code], during }, asItIs)).map(({ reservation }) => reservation.id)).toEqual([
      'first',
      'third',
    ])
  })

  it('is read from its history, and can be deleted', async () => {
    expect(await store.find('second')).toMatchObject([
      { reservation: { id: 'second', start: on(9, '02:00') }, revision: 1 },
    ])
    await cancel({ reference: { id: 'second' } }, ada, worldOf(store))
    expect(await store.find('second')).toEqual([])
  })

  it('still blocks its time', async () => {
    const attempt = reserve(proposed({ by: bo, start: on(9, '02:10') }), bo, { override: false }, worldOf(store))
    await expect(attempt).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is reported when all are read, and by check', async () => {
    const ids: string[] = []
    for await (const { reservation } of store.all()) ids.push(reservation.id)
    expect(ids).toEqual(['first', 'third'])
    expect(reports).toEqual([LEFT_OUT])
    const db = openForReading(file)
    expect([...checkStore(db, eventCodec)].map(({ text }) => text).join('\n')).toMatch(/^second: /m)
    db.close()
  })
})

it('an event with a damaged masked text is skipped for anonymous callers only', async () => {
  damage(`UPDATE reservations SET masked = '{' ${SECOND}`)
  const list = async (viewer: ReturnType<typeof viewerOf>) =>
    idsIn(await store.listBytes({ sites: [saf.code], during }, viewer))
  expect(await list(viewerOf(anonymous))).toEqual(['first', 'third'])
  for (const viewer of [viewerOf(ada), viewerOf(grace)])
    expect(await list(viewer)).toEqual(['first', 'second', 'third'])
})

it('an event whose history is damaged too is an error, and changes nothing', async () => {
  damage(`UPDATE reservations SET doc = '{' ${SECOND}; UPDATE revisions SET after = '{' ${SECOND}`)
  for (const ask of [
    () => store.find('second'),
    () => store.history('second'),
    () => cancel({ reference: { id: 'second' } }, ada, worldOf(store)),
  ]) {
    await expect(ask()).rejects.toMatchObject({
      name: 'Failure',
      code: 'unavailable',
      message: expect.stringContaining('damaged'),
    })
  }
  // Nor can such a store be migrated, which would lose the event.
  const moved: string[] = []
  const move = async () => {
    for await (const { id } of store.archive.entries()) moved.push(id)
  }
  await expect(move()).rejects.toMatchObject({ code: 'unavailable' })
  expect(moved).toEqual(['first'])
})

it('the feed continues after a damaged revision', async () => {
  damage(`UPDATE revisions SET after = '{' ${SECOND}`)
  const db = new Sqlite(file, { readonly: true })
  const begin = db
    .prepare("SELECT sequence || '-' || nonce FROM feed ORDER BY sequence LIMIT 1")
    .pluck()
    .get() as string
  db.close()
  const page = await store.feed.since(begin, 100)
  expect(page?.entries.map(({ revision }) => revision.id)).toEqual(['first', 'third'])
  expect(page?.next).toEqual(await store.feed.end())
})

describe('a served file', () => {
  it('is scrubbed: damage is reported once and counted, even if another program causes it', async () => {
    await store.close()
    const served = await serveFile(file, { codec: eventCodec, now: () => TODAY, report })
    store = served.store
    const until = async (damaged: number) => {
      while ((await store.stats?.())?.damaged !== damaged) await sleep(20)
    }
    const list = async () => idsIn(await store.listBytes({ sites: [saf.code], during }, viewerOf(grace)))
    await until(0)
    expect(await list()).toEqual(['first', 'second', 'third'])
    damage(DAMAGES['is cut off'])
    expect(await list()).toEqual(['first', 'third'])
    await until(1)
    expect(await list()).toEqual(['first', 'third'])
    expect(reports).toEqual([LEFT_OUT])
  })
})

describe('the scrubber', () => {
  let mine: Database
  let others: Database
  let scrubs: PromiseWithResolvers<readonly DamagedRow[]>[]
  let reported: DamagedRow[]
  const scrub = () => {
    const check = Promise.withResolvers<readonly DamagedRow[]>()
    scrubs.push(check)
    return check.promise
  }
  const nthScrub = async (count: number) => {
    while (scrubs.length < count) await sleep(1)
    return scrubs[count - 1] ?? expect.fail()
  }
  const known = async (scrubber: ReturnType<typeof startScrubber>, expected: boolean) => {
    while (scrubber.isProbablyClean() !== expected) await sleep(1)
    expect(scrubber.isClean()).toBe(expected)
  }
  const open = () =>
    startScrubber(() => mine.pragma('data_version', { simple: true }), {
      scrub,
      everyMs: 3_600_000,
      retryMs: 1,
      report: (found) => void reported.push(...found),
      onError: (error) => expect.fail(String(error)),
    })
  const write = (db: Database) => db.exec("UPDATE encoding SET version = version || 'x'")
  beforeEach(() => {
    ;[mine, others] = [openDatabase(file), openDatabase(file)]
    scrubs = []
    reported = []
  })
  afterEach(() => {
    mine.close()
    others.close()
  })

  it('is clean after a scrub, and stays so whatever this connection writes', async () => {
    const scrubber = open()
    expect(scrubber.isClean()).toBe(false)
    ;(await nthScrub(1)).resolve([])
    await known(scrubber, true)
    write(mine)
    expect(scrubber.isClean()).toBe(true)
    expect(scrubber.damaged()).toBe(0)
    scrubber.stop()
  })

  it('is not clean after another connection has written, until the next scrub', async () => {
    const scrubber = open()
    ;(await nthScrub(1)).resolve([])
    await known(scrubber, true)
    write(others)
    expect(scrubber.isClean()).toBe(false)
    const second = await nthScrub(2)
    // A scrub may have missed what is written in the meantime.
    write(others)
    second.resolve([])
    const third = await nthScrub(3)
    expect(scrubber.isClean()).toBe(false)
    third.resolve([])
    await known(scrubber, true)
    scrubber.stop()
  })

  it('is not clean while a text is damaged, but after it was repaired', async () => {
    const scrubber = open()
    ;(await nthScrub(1)).resolve([{ id: 'x', start: 1 }])
    ;(await nthScrub(2)).resolve([])
    await known(scrubber, true)
    expect(reported).toEqual([{ id: 'x', start: 1 }])
    scrubber.stop()
  })
})

import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Viewer, viewerOf } from '../../src/domain/access.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { DAY, HOUR, type Interval, MINUTE } from '../../src/domain/interval.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { NO_SCRUBBER } from '../../src/store/sqlite/scrubber.ts'
import { type ImagesContext, SiteImages } from '../../src/store/sqlite/site-images.ts'
import { type SqliteOptions, type SqliteStore, sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Query, SiteQuery, Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, asItIs, bo, changing, grace, proposed, TODAY } from '../context.ts'
import { slowLog } from './slow-log.ts'

let folder: string
let file: string
let db: Database
let now: number
let imaged: SqliteStore
/** Another connection to the same file, without images. */
let plain: SqliteStore
const openSpy = () => vi.spyOn(SiteImages.prototype, 'find')
let spy: ReturnType<typeof openSpy>
/** For each list that images could answer, whether they did. */
const answered = () => spy.mock.results.map(({ value }) => value !== undefined)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'images-'))
  file = join(folder, 'calendar.db')
  now = TODAY
  db = openDatabase(file)
  imaged = open()
  plain = sqliteStore(openDatabase(file), eventCodec)
  spy = openSpy()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await imaged.close()
  await plain.close()
  rmSync(folder, { recursive: true })
})

const open = (options: SqliteOptions = {}) =>
  sqliteStore(db, eventCodec, { scrub: async () => [], now: () => now, ...options })

const VIEWERS: readonly Viewer[] = [anonymous, ada, bo, grace].map(viewerOf)
const SITES = ['saf', 'aro1', 'mrc1']
/** The enclosure of `aro1`. */
const WEMA = 'aro'
const week: Interval = { start: TODAY, end: TODAY + 7 * DAY }

/** Repeats a query until an image answers it. */
async function loaded(query: Extract<Query, { sites: unknown }>, store: Store = imaged): Promise<void> {
  await vi.waitFor(async () => {
    for (let n = 0; n < 40; n += 1) await store.listBytes(query, VIEWERS[0] as Viewer)
    if (!answered().at(-1)) throw new Error('not yet')
  }, 20_000)
}

const textOf = async (store: Store, query: Query, viewer: Viewer) =>
  Buffer.from(await store.listBytes(query, viewer)).toString()

/** Compares every kind of list of the two stores. */
async function compare(query: Extract<Query, { sites: unknown }>): Promise<void> {
  for (const asked of [query, { ...query, inEffect: true }])
    for (const viewer of VIEWERS) expect(await textOf(imaged, asked, viewer)).toBe(await textOf(plain, asked, viewer))
  expect(await imaged.list(query, asItIs)).toEqual(await plain.list(query, asItIs))
  const [[site = ''], [wema] = []] = [query.sites, query.wemas]
  expect(await outlinesOf(imaged, site, query.during, wema)).toEqual(await outlinesOf(plain, site, query.during, wema))
}

async function outlinesOf(store: Store, site: string, during: Interval, wema?: string) {
  const found = await Array.fromAsync(store.outlines({ site, during, wema }))
  return found.flat().map(({ id, site, start, end, observer, kind }) => ({ id, site, start, end, observer, kind }))
}

const IDS = Array.from({ length: 40 }, (_, n) => `${['a', 'é', '\u{1f52d}', '\ufffd'][n % 4]}${n}`)
const NAMES = ['Ada', 'ada@example.org', 'Åsa 🔭 asa@example.org', '"quoted", comma']
const LENGTHS = [5 * MINUTE, HOUR, 9 * HOUR, 3 * DAY, 200 * DAY]

const aStart = fc.integer({ min: -14 * 24 * 2, max: 80 * 24 * 2 }).map((halfHours) => TODAY + halfHours * 30 * MINUTE)
const aReservation = fc.record({
  site: fc.constantFrom(...SITES, WEMA),
  start: aStart,
  length: fc.constantFrom(...LENGTHS),
  by: fc.constantFrom(ada, bo),
  name: fc.constantFrom(...NAMES),
  kind: fc.constantFrom('realtime', 'maintenance'),
} as const)
/** A row is created, replaced, lengthened or deleted, by this connection or another; or an entry imported; or time goes on. */
const aStep = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      id: fc.constantFrom(...IDS),
      to: fc.oneof(aReservation, fc.constantFrom('longer', 'gone')),
      by: fc.constantFrom('us', 'us', 'us', 'us', 'another'),
    } as const),
  },
  { weight: 1, arbitrary: fc.record({ imported: aReservation }) },
  { weight: 1, arbitrary: fc.record({ hours: fc.constantFrom(1, 24, -24) }) },
)
const aQuestion = fc.record({
  at: fc.constantFrom<Pick<SiteQuery, 'sites' | 'wemas' | 'resource'>>(
    { sites: ['saf'] },
    { sites: ['aro1'] },
    { sites: ['mrc1', 'mrc1'] },
    { sites: SITES },
    { sites: ['aro1'], wemas: [WEMA], resource: 'aro1' },
    { sites: SITES, wemas: [WEMA] },
    { sites: [...SITES, WEMA] },
  ),
  start: aStart,
  length: fc.constantFrom(1, HOUR, 3 * DAY, 30 * DAY),
})

const reservationOf = (
  id: string,
  { length, name, ...one }: typeof aReservation extends fc.Arbitrary<infer T> ? T : never,
) => proposed({ ...one, id, end: one.start + length, creator: name, title: name })

/** The change of a step, if there is anything to change. */
async function changeOf(id: string, to: Parameters<typeof reservationOf>[1] | 'longer' | 'gone') {
  const [before] = await plain.find(id)
  if (!before) return typeof to === 'string' ? undefined : { after: reservationOf(id, to) }
  if (to === 'gone') return { before }
  if (to !== 'longer') return { before, after: reservationOf(id, to) }
  return { before, after: { ...before.reservation, end: before.reservation.end + HOUR } }
}

let imports = 0
async function take(step: typeof aStep extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  if ('hours' in step) now += step.hours * HOUR
  else if ('imported' in step) {
    const reservation = reservationOf(`imported-${++imports}`, step.imported)
    const { id } = reservation
    await imaged.archive.importAll([{ id, reservations: [{ reservation, revision: 0 }], history: [], messages: [] }])
  } else {
    const change = await changeOf(step.id, step.to)
    if (change) await changing(step.by === 'us' ? imaged : plain, [change])
  }
}

it('an image answers like SQLite after any changes by any connection', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(aStep, aQuestion), { minLength: 1, maxLength: 40 }), async (script) => {
      for (const site of [...SITES, WEMA]) await loaded({ sites: [site], during: { start: now, end: now + DAY } })
      for (const [step, { at, start, length }] of script) {
        await take(step)
        await compare({ ...at, during: { start, end: start + length } })
        await compare({ sites: ['aro1'], wemas: [WEMA], resource: 'aro1', during: { start: now, end: now + 9 * DAY } })
        await compare({ sites: SITES, during: { start: now - DAY, end: now + 59 * DAY } })
      }
    }),
    { numRuns: 30 },
  )
  expect(answered().filter(Boolean).length).toBeGreaterThan(answered().length / 3)
}, 120_000)

it('an image answers after enough queries of a site', async () => {
  await changing(imaged, [{ after: proposed({ id: 'one' }) }])
  const query = { sites: ['saf'], during: { start: TODAY, end: TODAY + 14 * DAY } }
  for (let n = 0; n < 20; n += 1) await textOf(imaged, query, VIEWERS[0]!)
  expect(answered()).not.toContain(true)
  await loaded(query)
  // This connection's own writes are known to the images, so that this one, which bypasses the store, is not noticed.
  db.exec(`DELETE FROM reservations`)
  expect(await textOf(imaged, query, VIEWERS[0]!)).toContain('"one"')
  expect(await textOf(plain, query, VIEWERS[0]!)).toBe('[]')
})

it('an image is dropped when another connection writes, and loaded again after a scrub', async () => {
  const query = { sites: ['saf'], during: week }
  await changing(imaged, [{ after: proposed({ id: 'first', start: TODAY + DAY }) }])
  await loaded(query)
  await changing(plain, [{ after: proposed({ id: 'second', start: TODAY + 2 * DAY }) }])
  expect(await textOf(imaged, query, VIEWERS[0]!)).toContain('"second"')
  expect(answered().at(-1)).toBe(false)
  await loaded(query)
  expect(await textOf(imaged, query, VIEWERS[0]!)).toBe(await textOf(plain, query, VIEWERS[0]!))
})

it('an image does not answer while texts are damaged', async () => {
  const store = open({ scrub: async () => [{ id: 'one', start: TODAY }] })
  for (let n = 0; n < 100; n += 1) await textOf(store, { sites: ['saf'], during: week }, VIEWERS[0]!)
  expect(answered()).toHaveLength(100)
  expect(answered()).not.toContain(true)
})

it('an image does not answer when the file was moved', async () => {
  const query = { sites: ['saf'], during: week }
  await loaded(query)
  renameSync(file, `${file}.moved`)
  await expect(imaged.listBytes(query, VIEWERS[0]!)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(imaged.list(query, asItIs)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(outlinesOf(imaged, 'saf', week)).rejects.toMatchObject({ code: 'unavailable' })
  renameSync(`${file}.moved`, file)
  expect(await textOf(imaged, query, VIEWERS[0]!)).toBe('[]')
})

it('an image excludes a reservation that ends at the start of the window, beside a longer one', async () => {
  const hours = (from: number, to: number) => ({ start: TODAY + from * HOUR, end: TODAY + to * HOUR })
  await changing(imaged, [{ after: proposed({ id: 'short', ...hours(1, 2) }) }])
  await loaded({ sites: ['saf'], during: week })
  // Its end counts for all that start after it.
  await changing(imaged, [{ after: proposed({ id: 'long', ...hours(0, 9) }) }])
  const idsDuring = async (during: Interval) =>
    (await imaged.list({ sites: ['saf'], during }, asItIs)).map(({ reservation }) => reservation.id)
  expect(await idsDuring(hours(1, 2))).toEqual(['long', 'short'])
  expect(await idsDuring(hours(2, 3))).toEqual(['long'])
  expect(await idsDuring(hours(9, 10))).toEqual([])
  expect(answered().slice(-3)).toEqual([true, true, true])
})

it('an image is loaded again when its weeks are no longer current', async () => {
  const late = { start: TODAY + 64 * DAY, end: TODAY + 64 * DAY + HOUR }
  await changing(imaged, [{ after: proposed({ id: 'late', ...late }) }])
  await loaded({ sites: ['saf'], during: week })
  now += 5 * DAY
  expect(await textOf(imaged, { sites: ['saf'], during: late }, VIEWERS[0]!)).toContain('"late"')
  await loaded({ sites: ['saf'], during: late })
  expect(await textOf(imaged, { sites: ['saf'], during: late }, VIEWERS[0]!)).toContain('"late"')
})

it('an image covers two days before and sixty after, at any time of day', async () => {
  for (const time of [TODAY, TODAY + DAY - 1, TODAY + 5 * DAY]) {
    now = time
    await loaded({ sites: ['saf'], during: { start: now - 2 * DAY, end: now + 60 * DAY } })
  }
  spy.mockClear()
  await textOf(imaged, { sites: ['saf'], during: { start: now - 3 * DAY, end: now } }, VIEWERS[0]!)
  await textOf(imaged, { sites: ['saf'], during: { start: now, end: now + 62 * DAY } }, VIEWERS[0]!)
  expect(answered()).toEqual([])
})

/** Rows that follow each other without overlap, with texts of some `bytes` each. */
const rowsOf = (site: string, count: number, bytes: number) =>
  Array.from({ length: count }, (_, n) =>
    proposed({
      id: `${site} ${n}`,
      site,
      start: TODAY + n * MINUTE,
      end: TODAY + (n + 1) * MINUTE,
      extra: { pad: 'p'.repeat(bytes) },
    }),
  )

async function fill(site: string, count: number, bytes: number): Promise<void> {
  const rows = rowsOf(site, count, bytes)
  for (let from = 0; from < count; from += 50)
    await changing(
      imaged,
      rows.slice(from, from + 50).map((after) => ({ after })),
    )
}

it('a site of more than 600 kB gets no image, and one that grows beyond 2 MB loses it', async () => {
  await fill('saf', 13, 50_000)
  for (let n = 0; n < 100; n += 1)
    await textOf(imaged, { sites: ['saf'], during: { start: TODAY, end: TODAY + 1 } }, VIEWERS[0]!)
  expect(answered()).not.toContain(true)

  const query = { sites: ['aro1'], during: { start: TODAY, end: TODAY + 1 } }
  await fill('aro1', 10, 50_000)
  await loaded(query)
  const [first] = await plain.find('aro1 0')
  for (let n = 0; n < 30 && answered().at(-1); n += 1) {
    const [before] = await plain.find('aro1 0')
    await changing(imaged, [{ before: before!, after: { ...first!.reservation, note: `${n}` } }])
    expect(await textOf(imaged, query, VIEWERS[0]!)).toBe(await textOf(plain, query, VIEWERS[0]!))
  }
  expect(answered().at(-1)).toBe(false)
  await loaded(query)
})

it('the least recently used image is dropped when all exceed 32 MB', async () => {
  const text = Buffer.alloc(500_000)
  const row = { ...proposed(), revision: 1, docLength: text.length, maskedLength: text.length }
  const images = new SiteImages({
    sql: {
      sizeOfOverlapping: { get: () => [1, text.length] },
      imageRows: { all: () => [row] },
      imageTexts: { get: () => ({ docs: text, masked: text }) },
    } as unknown as ImagesContext['sql'],
    read: async (query) => query(),
    scrubber: { ...NO_SCRUBBER, version: () => 1 },
    version: () => 1,
    now: () => now,
  })
  const isKnown = (site: string) => images.find({ sites: [site], during: week }, Infinity) !== undefined
  const sites = Array.from({ length: 40 }, (_, n) => `site-${n}`)
  for (const site of sites) {
    for (let n = 0; n < 30; n += 1) isKnown(site)
    await vi.waitFor(() => expect(isKnown(site)).toBe(true))
  }
  expect(sites.toReversed().map(isKnown)).toEqual(sites.map((_, n) => n < 31))
})

it('an image sorts ids by their bytes, as SQLite does', async () => {
  for (const [n, id] of ['\ufffd', '\u{1f52d}', 'z', 'é'].entries())
    await changing(imaged, [{ after: proposed({ id, site: SITES[n % 2]!, start: TODAY + DAY }) }])
  for (const site of SITES) await loaded({ sites: [site], during: week })
  await changing(imaged, [{ after: proposed({ id: '\u{1f600}', site: 'saf', start: TODAY + DAY }) }])
  await compare({ sites: ['saf'], during: week })
  await compare({ sites: SITES, during: week })
  expect(answered()).toContain(true)
})

it('an image is dropped for a write that the scrubber has noticed and scrubbed before', async () => {
  let scrubs = 0
  const store = open({ scrub: async () => (++scrubs, []) })
  await loaded({ sites: ['saf'], during: week }, store)
  await changing(plain, [{ after: proposed({ id: 'one', start: TODAY + DAY }) }])
  const before = scrubs
  await vi.waitFor(async () => {
    await textOf(store, { sites: ['saf'], during: { start: 0, end: DAY } }, VIEWERS[0]!)
    expect(scrubs).toBeGreaterThan(before)
  })
  expect(await textOf(store, { sites: ['saf'], during: week }, VIEWERS[0]!)).toContain('"one"')
})

it('shows no change before it is durable, nor one whose flush has failed', async () => {
  const log = slowLog()
  const store = sqliteStore(openDatabase(file), eventCodec, { log, scrub: async () => [], now: () => now })
  const query = { sites: ['saf'], during: week }
  const listed = async () => {
    const ids = (await store.list(query, asItIs)).map(({ reservation }) => reservation.id)
    return [answered().at(-1), await store.versionOf(['saf']), ...ids]
  }
  await loaded(query, store)
  const [, first] = await listed()
  const one = changing(store, [{ after: proposed({ id: 'one', start: TODAY + DAY }) }])
  await log.inProgress()
  expect(await listed()).toEqual([true, first])
  log.succeed()
  await one
  const [, second, ...ids] = await listed()
  expect([ids, second === first]).toEqual([['one'], false])

  const two = changing(store, [{ after: proposed({ id: 'two', start: TODAY + 2 * DAY }) }])
  await log.inProgress()
  log.fail(new Error('EIO'))
  await expect(two).rejects.toMatchObject({ code: 'unavailable' })
  expect(await listed()).toEqual([true, second, 'one'])
  await store.close()
})

it('is loaded from what is durable, while a change is flushed', async () => {
  const log = slowLog()
  const store = sqliteStore(openDatabase(file), eventCodec, { log, scrub: async () => [], now: () => now })
  const query = { sites: ['saf'], during: week }
  await vi.waitFor(async () => expect(await store.versionOf(['saf'])).toBeDefined())
  const one = changing(store, [{ after: proposed({ id: 'one', start: TODAY + DAY }) }])
  await log.inProgress()
  await loaded(query, store)
  expect(await textOf(store, query, VIEWERS[0]!)).toBe('[]')
  log.succeed()
  await one
  expect(await textOf(store, query, VIEWERS[0]!)).toContain('"one"')
  expect(answered().at(-1)).toBe(true)
  log.beQuick()
  await store.close()
})

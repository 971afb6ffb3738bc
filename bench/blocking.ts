/** How long large operations block the event loop. `npm run bench:blocking` */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Body } from 'astronomy-engine'
import { viewerOf } from '../src/domain/access.ts'
import { Conflict } from '../src/domain/conflict.ts'
import { Failure } from '../src/domain/failure.ts'
import { DAY } from '../src/domain/interval.ts'
import { anonymous } from '../src/domain/observer.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import { bytesAtInstant } from '../src/service/queries.ts'
import { readHistory } from '../src/service/history.ts'
import { suggestFreeTime } from '../src/service/suggest-free-time.ts'
import { visibilityOf } from '../src/service/target-visibility.ts'
import type { Target } from '../src/sky/target.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { rowOf } from '../src/store/sqlite/rows.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../src/store/sqlite/statements.ts'
import { eventCodec } from '../src/wire/event.ts'
import { contextOf, DAWN, nth, print, printMachine, verdict } from './lib.ts'
import { watching } from './watch.ts'

const GOAL_MS = 20
const YEAR = { start: DAWN, end: DAWN + 366 * DAY }
const ADMIN = { role: 'admin', id: 'grace', name: 'Grace' } as const

const folder = mkdtempSync(join(tmpdir(), 'blocking-'))
const file = join(folder, 'calendar.db')
printMachine()
fill()
const store = sqliteStore(openDatabase(file), eventCodec)
const dome = {
  code: 'crowded',
  name: 'Crowded',
  latitude: 35.55,
  longitude: -105.87,
  elevation: 2194,
  timeZone: 'America/Denver',
  enclosure: 'dome',
}
const context = contextOf(store, { now: () => DAWN, sites: new Map([['crowded', dome]]) })
const sites = Array.from({ length: 100 }, (_, n) => `site${n}`)
const viewer = viewerOf(anonymous)
const zones = ['UTC', 'Europe/Paris', 'Asia/Kolkata', 'Asia/Tokyo', 'Australia/Sydney', 'Pacific/Auckland']
const everywhere = new Map(
  sites.map((code, n) => [
    code,
    { ...dome, code, latitude: n - 50, longitude: 3.6 * n - 180, timeZone: zones[n % zones.length] ?? 'UTC' },
  ]),
)
const fat = Array.from({ length: 1000 }, (_, n) => `fat-${n}`)
print(
  "\nlongest time in one turn of the event loop, of the thread's CPU (other programs do not count) and by the clock; second of two runs",
)
try {
  await measured('70,000 reservations of one site at one time, 24 MB', () =>
    store.listBytes({ sites: ['dense'], during: YEAR }, viewer),
  )
  await measured('200,000 of one observer, refused at 32 MB', () =>
    store.listBytes({ observer: 'ada', endingFrom: 0 }, viewer),
  )
  await measured('a year at 100 sites, 60,000', () => store.listBytes({ sites, during: YEAR }, viewer))
  await measured('the same decoded, 16,000', () =>
    store.list({ sites: sites.slice(0, 25), during: YEAR }, ({ reservation }) => reservation.id),
  )
  await measured('62 of 64 kB at one instant', () => bytesAtInstant('fat', DAWN, viewer, context))
  await measured('the same as bytes', () => store.listBytes({ sites: ['fat'], during: YEAR }, viewer))
  await measured('the slots of 1,000 of 64 kB', () => store.slotsUnder(fat))
  await measured('who has a site, among 200,000', () => counted(store.outlines({ site: 'busy', during: YEAR })))
  await measured('other time for who is refused, among 200,000', otherTime)
  let days = 300
  await measured('the same where no night is known yet', () => otherTime((days += 40)))
  let months = 0
  await measured('a target at 100 sites in 31 nights', () => visibility({ ra: 10.7, dec: 41.3 }))
  await measured('Jupiter, where no night is known yet', () => visibility({ body: Body.Jupiter }, (months += 2)))
  await measured('what the scheduler has planned, 100,000', () =>
    counted(store.planned({ site: 'busy', startingAfter: 0, endingAfter: 0 })),
  )
  await measured('100,000 revisions, refused at 8 MB', () =>
    readHistory({ id: 'changed' }, ADMIN, context, ({ number }) => number),
  )
  await measured('the newest 1,000 of them', () =>
    readHistory({ id: 'changed', limit: 1000 }, ADMIN, context, ({ number }) => number),
  )
  await measured('60 revisions from 64 kB to 64 kB', () =>
    readHistory({ id: 'fat-changed' }, ADMIN, context, ({ number }) => number),
  )
  await measured('all 10,000 changes that the feed keeps', catchUp)
  await measured('10,000 cancelled, 60 of them of 64 kB', () =>
    store.cancelled({ site: 'gone' }, 0, { people: 10_000, programs: 0 }),
  )
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}

async function measured(what: string, work: () => Promise<unknown>): Promise<void> {
  let report = ''
  for (let run = 0; run < 2; run += 1) {
    const watch = watching()
    const startedAt = performance.now()
    const outcome = await work().catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error
      return error.code
    })
    const { cpu, wall, turns } = watch.stop()
    const reported = typeof outcome === 'string' ? `, ${outcome}` : ''
    report = `${cpu.toFixed(1)} ms CPU (${wall.toFixed(0)} ms), in ${turns} turns and ${(performance.now() - startedAt).toFixed(0)} ms${reported}; goal ≤ ${GOAL_MS} ms: ${verdict(cpu <= GOAL_MS)}`
  }
  print(`  ${what.padEnd(52)} ${report}`)
}

async function counted(chunks: AsyncIterable<readonly unknown[]>): Promise<number> {
  let count = 0
  for await (const chunk of chunks) count += chunk.length
  return count
}

/** An hour, this many days later. */
function otherTime(days = 15): Promise<void> {
  const proposed = { ...nth(1), site: 'crowded', start: DAWN + days * DAY, end: DAWN + days * DAY + 3600 }
  return suggestFreeTime(context, anonymous, Promise.reject(new Conflict(proposed, [])))
}

/** When a target can be observed in a month at 100 sites in six time zones. */
function visibility(target: Target, months = 0): Promise<unknown> {
  const start = DAWN + months * 31 * DAY
  const question = {
    sites,
    target,
    during: { start, end: start + 31 * DAY },
    darkness: 'astronomical',
    maxAirmass: 2,
  } as const
  return visibilityOf(question, { sites: everywhere }, ({ nights }) => JSON.stringify(nights.map(({ curve }) => curve)))
}

async function catchUp(): Promise<number> {
  const { feed } = store
  const { number } = (await feed.end()).positions.get('') ?? { number: 0 }
  const looking = openDatabase(file)
  const oldest = looking
    .prepare("SELECT sequence || '-' || nonce FROM feed WHERE sequence = ?")
    .pluck()
    .get(number - 9999) as string
  looking.close()
  let count = 0
  for (
    let page = await feed.since(oldest, 500);
    page && page.entries.length > 0;
    page = await feed.since(page.next.id, 500)
  )
    count += page.entries.length
  return count
}

function fill(): void {
  const db = openDatabase(file)
  db.pragma('synchronous = OFF')
  const sql = prepare(db)
  const put = (overrides: Partial<Reservation>) => {
    const one = { ...nth(1), ...overrides }
    sql.put.run(rowOf(one, eventCodec.encode(one), 1, eventCodec))
  }
  sql.begin.run()
  for (let n = 0; n < 70_000; n += 1)
    put({ id: `dense-${n}`, site: 'dense', start: DAWN, end: DAWN + 3600, observer: 'bo' })
  for (let n = 0; n < 200_000; n += 1)
    put({
      id: `busy-${n}`,
      site: 'busy',
      start: DAWN + n * 150,
      end: DAWN + n * 150 + 140,
      observer: 'ada',
      origin: n % 2 ? 'lco' : 'ptr',
    })
  for (let n = 0; n < 200_000; n += 1)
    put({ id: `crowded-${n}`, site: 'crowded', start: DAWN + n * 12, end: DAWN + n * 12 + 10, observer: 'ada' })
  for (let n = 0; n < 60_000; n += 1)
    put({
      id: `wide-${n}`,
      site: `site${n % 100}`,
      start: DAWN + n * 500,
      end: DAWN + n * 500 + 1400,
      observer: `observer${n % 7}`,
    })
  // Of all that is 64 kB as JSON, such takes most memory and time once it is decoded.
  const extra = { a: Array.from({ length: 7900 }, () => [0, 'k']) }
  for (let n = 0; n < 1000; n += 1)
    put({
      id: `fat-${n}`,
      site: n < 62 ? 'fat' : 'spread',
      start: DAWN + (n < 62 ? 0 : n * 3600),
      end: DAWN + (n < 62 ? 0 : n * 3600) + 1800,
      observer: 'cy',
      extra,
    })
  const large = eventCodec.encode({ ...nth(1), id: 'fat-changed', extra })
  for (let number = 1; number <= 60; number += 1)
    sql.record.run({
      id: 'fat-changed',
      number,
      at: DAWN,
      by: 'ada',
      via: 'amend',
      before: large,
      after: large,
      overlapping: null,
      overridden: null,
    })
  for (let number = 1; number <= 100_000; number += 1) {
    const text = eventCodec.encode({ ...nth(1), id: 'changed', note: String(number) })
    sql.record.run({
      id: 'changed',
      number,
      at: DAWN,
      by: 'ada',
      via: 'amend',
      before: text,
      after: text,
      overlapping: null,
      overridden: null,
    })
    if (number > 90_000) sql.addToFeed.run({ id: 'changed', number, site: 'busy', formerSite: null, at: DAWN })
  }
  for (let number = 1; number <= 10_000; number += 1) {
    const id = number <= 60 ? 'fat-changed' : 'changed'
    sql.putCancelled.run({ id, firstStart: number, number, at: DAWN, site: 'gone', observer: 'ada', ofProgram: 0 })
  }
  sql.commit.run()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

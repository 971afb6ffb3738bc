/** A calendar feed of 5,000 events: CPU time, and how long it blocks the event loop. `npm run bench:feeds` */
import { HOUR } from '../src/domain/interval.ts'
import { feedBody } from '../src/http/feed-body.ts'
import { feedEntries, feedStart } from '../src/service/feed-entries.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { rowOf } from '../src/store/sqlite/rows.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../src/store/sqlite/statements.ts'
import { eventCodec } from '../src/wire/event.ts'
import { nth, print, printMachine, TODAY, verdict } from './lib.ts'
import { cpuMs, watching } from './watch.ts'

const EVENTS = 5000
const GOALS = { cpu: 100, turn: 5 }

const db = openDatabase(':memory:')
fill()
const store = sqliteStore(db, eventCodec)
const site = {
  code: 'saf',
  name: 'Apache Ridge Observatory',
  latitude: 35.55,
  longitude: -105.87,
  elevation: 2194,
  timeZone: 'America/Denver',
  enclosure: 'dome',
}
const context = {
  store,
  now: () => TODAY,
  conflictPolicy: 'deny',
  writeGuard: 'guarded',
  sites: new Map([[site.code, site]]),
  sizeOf: eventCodec.sizeOf,
  hasProjectsService: false,
} as const

printMachine()
print(
  `\na feed of ${EVENTS} events, one in three of them moved; longest time in one turn of the event loop, of the thread's CPU`,
)
const entries = await measured('read from SQLite', () => feedEntries({ site: 'saf' }, feedStart(TODAY), context))
const view = {
  name: site.name,
  viewer: { sees: 'own', observer: undefined },
  site,
  sites: context.sites,
  isBusy: false,
} as const
const body = await measured('written', () => feedBody(entries, view))
print(`  ${(body.length / 1e6).toFixed(1)} MB`)
await store.close()

async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  let result = await work()
  // The first runs are those of a compiler that has not seen the code yet.
  for (let run = 0; run < 5; run += 1) result = await work()
  const watch = watching()
  const before = cpuMs()
  result = await work()
  const spent = cpuMs() - before
  const { cpu, turns } = watch.stop()
  print(
    `  ${what.padEnd(20)} ${spent.toFixed(0)} ms CPU, goal ≤ ${GOALS.cpu} ms for both: ${verdict(spent <= GOALS.cpu)}; ` +
      `${cpu.toFixed(1)} ms in a turn, of ${turns}; goal ≤ ${GOALS.turn} ms: ${verdict(cpu <= GOALS.turn)}`,
  )
  return result
}

function fill(): void {
  const { put } = prepare(db)
  db.transaction(() => {
    for (let n = 0; n < EVENTS; n += 1) {
      const start = TODAY + n * HOUR
      const reservation = {
        ...nth(n),
        site: 'saf',
        start,
        end: start + HOUR,
        title: 'Andromeda 🔭, “M31”; مرصد',
        note: 'seeing < 2″\n'.repeat(10),
      }
      put.run(rowOf(reservation, eventCodec.encode(reservation), 2, eventCodec, n % 3 === 0 ? start - HOUR : start))
    }
  })()
}

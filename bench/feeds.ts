/** A calendar feed of 5,000 events: CPU time, and how long it blocks the event loop. `npm run bench:feeds` */
import type { Database } from 'better-sqlite3'
import { viewerOf } from '../src/domain/access.ts'
import { HOUR } from '../src/domain/interval.ts'
import { anonymous } from '../src/domain/observer.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import { feedBody } from '../src/http/feed-body.ts'
import { feedEvents, feedStart } from '../src/service/feed-events.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { rowOf } from '../src/store/sqlite/rows.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../src/store/sqlite/statements.ts'
import { eventCodec } from '../src/wire/event.ts'
import { contextOf, median, nth, print, printMachine, TODAY, verdict } from './lib.ts'
import { cpuMs, watching } from './watch.ts'

type Texts = Pick<Reservation, 'title' | 'note'>

const EVENTS = 5000
const GOALS = { cpu: 100, turn: 5 }

/** Runs that are measured, after as many that are not: those of a compiler that has not seen the code yet. */
const RUNS = 9

/** The texts of a reservation: as most have them, and such that each has to be escaped and folded. */
const TEXTS = {
  'ordinary texts': { title: 'M31 in LRGB', note: '' },
  'long texts in all scripts': { title: 'Andromeda 🔭, “M31”; مرصد', note: 'seeing < 2″\n'.repeat(10) },
}

const site = {
  code: 'saf',
  name: 'Apache Ridge Observatory',
  latitude: 35.55,
  longitude: -105.87,
  elevation: 2194,
  timeZone: 'America/Denver',
  enclosure: 'dome',
}
const sites = new Map([[site.code, site]])
const view = { name: site.name, viewer: viewerOf(anonymous), site, sites, isBusy: false }

printMachine()
print(
  `\na feed of ${EVENTS} events, one in three of them moved: medians of ${RUNS} runs, and the longest time in one turn of the event\n` +
    'loop; CPU of the thread, whose clock may tick every 4 ms',
)
for (const [name, texts] of Object.entries(TEXTS)) await measure(name, texts)

async function measure(name: string, texts: Texts): Promise<void> {
  const db = openDatabase(':memory:')
  fill(db, texts)
  const store = sqliteStore(db, eventCodec)
  const context = contextOf(store, { sites })
  const read = () => feedEvents({ site: site.code }, feedStart(TODAY), context)
  const runs = []
  for (let run = 0; run < 2 * RUNS; run += 1) {
    const reading = await measured(read)
    const writing = await measured(() => feedBody(reading.result, view))
    if (run >= RUNS) runs.push({ reading, writing })
  }
  const [reading, writing] = [
    median(runs.map((run) => run.reading.spent)),
    median(runs.map((run) => run.writing.spent)),
  ]
  const turn = median(runs.map((run) => Math.max(run.reading.turn, run.writing.turn)))
  const [cpu, bytes] = [reading + writing, runs[0]?.writing.result.length ?? 0]
  print(
    `  ${name}, ${(bytes / 1e6).toFixed(1)} MB: ${reading.toFixed(0)} ms to read, ${writing.toFixed(0)} ms to write; ` +
      `goal ≤ ${GOALS.cpu} ms for both: ${verdict(cpu <= GOALS.cpu)}; ${turn.toFixed(1)} ms in a turn; ` +
      `goal ≤ ${GOALS.turn} ms: ${verdict(turn <= GOALS.turn)}`,
  )
  await store.close()
}

async function measured<T>(work: () => Promise<T>) {
  const watch = watching()
  const before = cpuMs()
  const result = await work()
  return { result, spent: cpuMs() - before, turn: watch.stop().cpu }
}

function fill(db: Database, texts: Texts): void {
  const { put } = prepare(db)
  db.transaction(() => {
    for (let n = 0; n < EVENTS; n += 1) {
      const start = TODAY + n * HOUR
      const reservation = { ...nth(n), ...texts, site: site.code, start, end: start + HOUR }
      put.run(rowOf(reservation, eventCodec.encode(reservation), 2, eventCodec, n % 3 === 0 ? start - HOUR : start))
    }
  })()
}

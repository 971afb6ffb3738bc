/** Durable reservations per second, against SQLite alone. `npm run bench:write` */
import { commits } from './count-commits.ts'
import { once } from 'node:events'
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite, { type Database } from 'better-sqlite3'
import { HOUR } from '../src/domain/interval.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import { reserve } from '../src/service/reserve.ts'
import type { ServiceContext } from '../src/service/context.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../src/store/sqlite/statements.ts'
import { eventCodec } from '../src/wire/event.ts'
import { home, startCalendar } from '../test/process/calendar.ts'
import { child, median, nth, print, printMachine, SITES, spread, tokensOf, verdict } from './lib.ts'
import type { Done, Orders } from './writers.ts'

const ROUNDS = 7
const CLIENTS = 128
const EACH_ROUND = 6400

interface Round {
  /** Reservations per second. */
  readonly ours: number
  readonly raw: number
  readonly perCommit: number
}

const place = await home()
printMachine()
try {
  report('(1) in process, through service/reserve and the store', await inProcess())
  report('(2) over HTTP, with tokens (client and server on the same machine)', await overHttp())
} finally {
  place.remove()
}

function report(title: string, rounds: readonly Round[]): void {
  const share = rounds.map(({ ours, raw }) => (ours / raw) * 100)
  print(`\n${title}; ${CLIENTS} clients, ${rounds.length} rounds of ${EACH_ROUND}, in turn with SQLite alone`)
  print(
    `  ours ${spread(
      rounds.map(({ ours }) => ours),
      'reservations/s',
    )}, SQLite alone ${spread(
      rounds.map(({ raw }) => raw),
      'reservations/s',
    )}`,
  )
  print(
    `  in each transaction ${spread(
      rounds.map(({ perCommit }) => perCommit),
      'reservations',
      1,
    )}, and as many for SQLite alone`,
  )
  print(`  ours of SQLite alone ${spread(share, '%')}; goal ≥ 50 %: ${verdict(median(share) >= 50)}`)
}

async function inProcess(): Promise<Round[]> {
  const file = join(place.folder, 'in-process.db')
  const store = sqliteStore(openDatabase(file), eventCodec)
  const time = Math.floor(Date.now() / 1000)
  const context: ServiceContext = {
    store,
    now: () => time,
    conflictPolicy: 'deny',
    writeGuard: 'guarded',
    sites: new Map(),
    sizeOf: eventCodec.sizeOf,
    hasProjectsService: false,
  }
  let created = 0
  const client = async (newEvents: Reservation[]) => {
    for (let proposed = newEvents.pop(); proposed; proposed = newEvents.pop()) {
      await reserve(
        proposed,
        { role: 'observer', id: proposed.observer, name: proposed.creator },
        { override: false },
        context,
      )
    }
  }
  const rounds = await takingTurns(file, async () => {
    const newEvents = Array.from({ length: EACH_ROUND }, () => wishOf(created++)).toReversed()
    const [commitsBefore, startedAt] = [commits(), performance.now()]
    await Promise.all(Array.from({ length: CLIENTS }, () => client(newEvents)))
    return { seconds: (performance.now() - startedAt) / 1000, commits: commits() - commitsBefore }
  })
  await store.close()
  return rounds
}

async function overHttp(): Promise<Round[]> {
  const commitsFile = join(place.folder, 'commits')
  const counting = `--import=${new URL('./count-commits.js', import.meta.url).href}`
  const environment = { ...place.environment, LOG_LEVEL: 'info', NODE_OPTIONS: counting, COMMITS_FILE: commitsFile }
  const calendar = await startCalendar(environment, ['ignore', openSync(join(place.folder, 'log'), 'w'), 'inherit'])
  const tokens = await tokensOf(CLIENTS, { folder: place.folder, port: calendar.port })
  const url = `${calendar.base}/newevent`
  const committed = async () => {
    rmSync(commitsFile, { force: true })
    process.kill(calendar.pid, 'SIGUSR2')
    while (!existsSync(commitsFile) || readFileSync(commitsFile, 'utf8') === '') await sleep(5)
    return Number(readFileSync(commitsFile, 'utf8'))
  }
  let from = 0
  const rounds = await takingTurns(place.file, async () => {
    const [before, writers] = [await committed(), await child('writers')]
    writers.process.send({ url, tokens, amount: EACH_ROUND, from } satisfies Orders)
    const [done] = (await once(writers.process, 'message')) as [Done]
    writers.process.disconnect()
    if (done.ok !== EACH_ROUND) throw new Error(`${done.others} of ${EACH_ROUND} were refused.`)
    from += EACH_ROUND
    return { seconds: done.seconds, commits: (await committed()) - before }
  })
  await calendar.end('SIGTERM')
  return rounds
}

/** Each round: the calendar, then SQLite alone with the same rows in transactions of the same size. The first warms up. */
async function takingTurns(file: string, ours: () => Promise<{ seconds: number; commits: number }>): Promise<Round[]> {
  const reader = new Sqlite(file)
  const raw = openDatabase(`${file}.raw`)
  const rounds: Round[] = []
  const seen = new Set<string>()
  for (let round = 0; round <= ROUNDS; round += 1) {
    const created = await ours()
    const perCommit = EACH_ROUND / created.commits
    const rows = freshRows(reader, seen)
    if (rows.length !== EACH_ROUND) throw new Error(`${rows.length} rows for ${EACH_ROUND} reservations.`)
    rounds.push({
      ours: EACH_ROUND / created.seconds,
      raw: EACH_ROUND / insert(raw, rows, Math.round(perCommit)),
      perCommit,
    })
    for (const db of [reader, raw]) db.pragma('wal_checkpoint(PASSIVE)')
  }
  reader.close()
  raw.close()
  return rounds.slice(1)
}

function freshRows(db: Database, seen: Set<string>): Record<string, unknown>[] {
  const rows = db
    .prepare(
      `SELECT r.event_id AS id, site, length_class AS lengthClass, start, end, observer, kind, origin, revision, doc, masked,
         number, at, by, via, before, after, overlapping
       FROM reservations AS r JOIN revisions AS h ON h.event_id = r.event_id AND h.number = r.revision`,
    )
    .all() as Record<string, unknown>[]
  const fresh = rows.filter(({ id }) => !seen.has(id as string))
  for (const { id } of fresh) seen.add(id as string)
  return fresh
}

/** Writes both rows of each reservation, as the store does. @returns the time in seconds */
function insert(db: Database, rows: readonly Record<string, unknown>[], together: number): number {
  const sql = prepare(db)
  const startedAt = performance.now()
  for (let first = 0; first < rows.length; first += together) {
    sql.begin.run()
    for (const row of rows.slice(first, first + together)) {
      sql.put.run(row)
      sql.record.run(row)
    }
    sql.commit.run()
  }
  return (performance.now() - startedAt) / 1000
}

/** Back to back, so that each has neighbours and none conflicts. */
function wishOf(n: number): Reservation {
  const start = Date.UTC(2031, 0, 1) / 1000 + Math.floor(n / SITES.length) * (HOUR / 2)
  return { ...nth(n), start, end: start + HOUR / 2 }
}

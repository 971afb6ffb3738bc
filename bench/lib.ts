import { type ChildProcess, fork } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cpus, freemem } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { DAY, HOUR, type Instant } from '../src/domain/interval.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import { loadSigningKey } from '../src/demo/signing-key.ts'
import { demoToken } from '../src/demo/token.ts'
import type { ServiceContext } from '../src/service/context.ts'
import type { Store } from '../src/store/port.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { reencodeTexts } from '../src/store/sqlite/reencode.ts'
import { rowOf } from '../src/store/sqlite/rows.ts'
import { prepare } from '../src/store/sqlite/statements.ts'
import { eventCodec } from '../src/wire/event.ts'

export const SITES = ['saf', 'aro1', 'aro2', 'mrc1', 'mrc2', 'eco1', 'eco2', 'sro1', 'lcs1', 'tbo2']
export const WEEK = 7 * 24 * HOUR
export const A_WEEK = 60
/** Start of a history, unless it is to have the coming weeks. */
export const DAWN: Instant = Date.UTC(2010, 0, 4) / 1000
export const TODAY: Instant = Math.floor(Date.now() / 1000 / DAY) * DAY
/** Start of a history of 10,000 reservations or more that has the coming weeks, which telescopes ask for. */
export const RECENT: Instant = TODAY - 2 * WEEK
/** An instant of the coming weeks, another for each n. */
export const comingHour = (n: number): Instant => TODAY + ((n * 7919) % (50 * 24)) * HOUR

/** Describes the machine. */
export function printMachine(): void {
  const version = (name: string) =>
    (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version
  const sqlite = new Sqlite(':memory:').prepare('SELECT sqlite_version()').pluck().get() as string
  const { model = 'unknown' } = cpus()[0] ?? {}
  print(
    `${cpus().length} × ${model}, ${process.platform}, Node ${process.version}, SQLite ${sqlite}, ` +
      ['better-sqlite3', 'autocannon'].map((name) => `${name} ${version(name)}`).join(', '),
  )
}

export const print = (line: string): void => void process.stdout.write(`${line}\n`)

export const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b)
export const quantile = (numbers: readonly number[], q: number): number =>
  sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * q))] ?? NaN
export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5)

/** The median with the minimum and maximum. */
export const spread = (numbers: readonly number[], unit: string, digits = 0): string =>
  `${median(numbers).toFixed(digits)} ${unit} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`

export const verdict = (holds: boolean): string => (holds ? 'reached' : 'MISSED')

/** CPU time of a process, in s. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Alternates the runs, several rounds, so that other load on the machine affects all alike. */
export async function interleaved<Name extends string, T>(
  rounds: number,
  runs: Record<Name, () => Promise<T>>,
): Promise<Record<Name, T[]>> {
  const results = Object.fromEntries(Object.keys(runs).map((name) => [name, []])) as unknown as Record<Name, T[]>
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(runs) as Name[]) results[name].push(await runs[name]())
  }
  return results
}

/** What the actions of `src/service` are passed: no telescopes, no rules, and nobody who is told of changes. */
export const contextOf = (store: Store, overrides: Partial<ServiceContext>): ServiceContext => ({
  store,
  now: () => TODAY,
  conflictPolicy: 'deny',
  writeGuard: 'guarded',
  sites: new Map(),
  sizeOf: eventCodec.sizeOf,
  hasProjectsService: false,
  ...overrides,
})

/** One reservation of a long history: sixty a week at each site, one or two hours each, every tenth with an email address. */
export function nth(n: number, dawn = DAWN): Reservation {
  const site = SITES[n % SITES.length] ?? ''
  const place = Math.floor(n / SITES.length)
  const start = dawn + Math.floor((place * WEEK) / A_WEEK)
  const creator = n % 7 === 0 ? `observer${n % 500}@example.org` : `Observer ${n % 500}`
  return {
    id: createHash('sha1').update(String(n)).digest('hex'),
    site,
    start,
    end: start + (place % 5 === 0 ? 2 : 1) * HOUR,
    observer: `auth0|${n % 500}`,
    creator,
    title: creator,
    kind: 'realtime',
    origin: 'ptr',
    resource: site,
    project: n % 3 === 0 ? { name: `M${n % 110}`, createdAt: '2020-01-01T00:00:00Z' } : undefined,
    priority: 'standard',
    note: 'Please keep the dome lights off.',
    modified: start,
    extra: {},
  }
}

/** The week of `site` at this share (0 to 1) of a history of `size` reservations. */
export function weekAt(part: number, size: number) {
  const weeks = Math.floor(size / SITES.length / A_WEEK)
  const start = DAWN + Math.round((weeks - 1) * part) * WEEK
  return { start, end: start + WEEK }
}

/** Writes the first `size` reservations of the history to a file, with the statements of the store. */
export function fill(file: string, size: number, dawn = DAWN): void {
  const db = openDatabase(file)
  reencodeTexts(db, eventCodec)
  // Ids are random, so that the pages of a long history are written again and again: few times if most stay in memory.
  for (const setting of [`cache_size = ${-Math.floor(freemem() / 2048)}`, 'journal_mode = MEMORY', 'synchronous = OFF'])
    db.pragma(setting)
  const sql = prepare(db)
  sql.begin.run()
  for (let n = 0; n < size; n += 1) {
    const reservation = nth(n, dawn)
    const { id, start, observer } = reservation
    const doc = eventCodec.encode(reservation)
    sql.put.run(rowOf(reservation, doc, 1, eventCodec))
    sql.record.run({
      id,
      number: 1,
      at: start,
      by: observer,
      via: 'reserve',
      before: null,
      after: doc,
      overlapping: null,
      overridden: null,
    })
  }
  sql.commit.run()
  db.pragma('journal_mode = WAL')
  db.close()
}

const signingKeyIn = (folder: string) => loadSigningKey(join(folder, 'demo-identity.json'))

/** The public key of the demo issuer in `folder`, as PEM. */
export async function publicKeyIn(folder: string): Promise<string> {
  const key = createPublicKey({ key: { ...(await signingKeyIn(folder)) }, format: 'jwk' })
  return key.export({ type: 'spki', format: 'pem' }) as string
}

/** Tokens of observers, signed with the key of the demo issuer in `folder`. */
export async function tokensOf(
  observers: number,
  { folder, port }: { folder: string; port: number },
): Promise<string[]> {
  const key = await signingKeyIn(folder)
  const options = {
    issuer: `http://127.0.0.1:${port}/demo-identity`,
    audience: 'urn:photonranch-calendar',
    rolesClaim: 'https://photonranch.org/user_metadata',
    key,
    now: Math.floor(Date.now() / 1000),
    lifetime: 3600,
  }
  return Promise.all(
    Array.from({ length: observers }, (_, n) => {
      const name = `observer${n}`
      return demoToken(
        { name, sub: `demo|${name}`, fullName: `Observer ${n}`, email: `${name}@example.org`, roles: [] },
        options,
      )
    }),
  )
}

/** Starts a script of this folder as a process. Resolves with its first message. */
export async function child(name: string, ...args: string[]): Promise<{ process: ChildProcess; said: unknown }> {
  const started = fork(new URL(`./${name}.js`, import.meta.url), args)
  const [output] = (await once(started, 'message')) as [unknown]
  return { process: started, said: output }
}

/**
 * Reads beside 32 writers on disks with a slow flush. `npm run bench:flush [OTHER_CHECKOUT…]`
 *
 * Compares this build with those of other checkouts, in turn. Needs a C compiler.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { Agent } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeTime } from '../src/wire/time.ts'
import { home, startCalendar } from '../test/process/calendar.ts'
import { ask, child, fill, interleaved, print, printMachine, quantile, spread, tokensOf, weekAt } from './lib.ts'
import type { Orders } from './writers.ts'

const DELAYS_MS = [0, 5, 20]
const WRITERS = 32
const ROUNDS = 3
const POLLS = 500
const POLL_MS = 20

printMachine()
const shim = compiledShim()
const checkouts = ['.', ...process.argv.slice(2)].map((path) => resolve(path))
const runs = Object.fromEntries(
  DELAYS_MS.flatMap((ms) =>
    checkouts.map((checkout) => [`${ms} ms more for a flush, ${checkout}`, () => measure(checkout, ms)]),
  ),
)
print(`\nA week's list ${1000 / POLL_MS} times a second beside ${WRITERS} writers; ${ROUNDS} rounds, in turn`)
for (const [name, results] of Object.entries(await interleaved(ROUNDS, runs))) {
  const of = (value: (result: Result) => number, unit: string) => spread(results.map(value), unit, 1)
  print(`  ${name}`)
  print(
    `    reads p50 ${of(({ p50 }) => p50, 'ms')}, p99 ${of(({ p99 }) => p99, 'ms')};` +
      ` ${of(({ rate }) => rate, 'writes/s')}; server CPU ${of(({ cpu }) => cpu, 'µs')} for each write`,
  )
}

interface Result {
  readonly p50: number
  readonly p99: number
  readonly rate: number
  readonly cpu: number
}

async function measure(checkout: string, ms: number): Promise<Result> {
  const place = await home()
  fill(place.file, 10_000)
  const environment = { ...place.environment, LD_PRELOAD: shim, FLUSH_MS: String(ms) }
  const calendar = await startCalendar(environment, ['ignore', 'ignore', 'inherit'], ['env', '-C', checkout])
  const writers = await child('writers')
  const agent = new Agent({ keepAlive: true })
  try {
    const { base, port } = calendar
    const tokens = await tokensOf(WRITERS, { folder: place.folder, port })
    writers.process.send({ url: `${base}/newevent`, tokens, from: 0 } satisfies Orders)
    await sleep(2000)
    const [startedAt, before] = [performance.now(), await metricsOf(base)]
    const waits = await polls(`${base}/siteevents`, agent)
    const [seconds, after] = [(performance.now() - startedAt) / 1000, await metricsOf(base)]
    const made = after.made - before.made
    return {
      p50: quantile(waits, 0.5),
      p99: quantile(waits, 0.99),
      rate: made / seconds,
      cpu: ((after.cpu - before.cpu) / made) * 1e6,
    }
  } finally {
    writers.process.kill()
    agent.destroy()
    await calendar.end('SIGTERM')
    place.remove()
  }
}

/** The waits of polls, each from when it was due, in milliseconds. */
function polls(url: string, agent: Agent): Promise<number[]> {
  const { start, end } = weekAt(0.5, 10_000)
  const query = { site: 'saf', start: writeTime(start), end: writeTime(end) }
  const startedAt = performance.now()
  return Promise.all(
    Array.from({ length: POLLS }, async (_, n) => {
      const due = startedAt + n * POLL_MS
      await sleep(Math.max(0, due - performance.now()))
      const status = await ask(url, query, agent)
      if (status !== 200) throw new Error(`siteevents answered ${status}`)
      return performance.now() - due
    }),
  )
}

async function metricsOf(base: string): Promise<{ made: number; cpu: number }> {
  const text = await (await fetch(new URL('/metrics', base))).text()
  const value = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
  return {
    made: value(/^calendar_requests_total\{route="newevent",status="200"\} (\d+)$/m),
    cpu: value(/^process_cpu_seconds_total (\S+)$/m),
  }
}

function compiledShim(): string {
  const library = resolve('node_modules/.cache/bench/slow-flush.so')
  mkdirSync(dirname(library), { recursive: true })
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, join('bench', 'slow-flush.c'), '-ldl'])
  return library
}

/** How fast lists are served. `npm run bench:read` */
import { openSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { viewerOf } from '../src/domain/access.ts'
import { anonymous } from '../src/domain/observer.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../src/wire/event.ts'
import { writeTime } from '../src/wire/time.ts'
import { type Calendar, home, startCalendar } from '../test/process/calendar.ts'
import {
  ask,
  child,
  fill,
  interleaved,
  median,
  print,
  printMachine,
  quantile,
  RECENT,
  spread,
  TODAY,
  tokensOf,
  verdict,
  WEEK,
  weekAt,
} from './lib.ts'
import type { Orders } from './writers.ts'

const ROUNDS = 7
const SECONDS = 1.5
const CONNECTIONS = 16
const SIZES = [10_000, 100_000, 1_000_000]

const place = await home()
printMachine()
fill(place.file, 10_000, RECENT)
const log = openSync(join(place.folder, 'log'), 'w')
const calendar = await startCalendar({ ...place.environment, LOG_LEVEL: 'info' }, ['ignore', log, 'inherit'])
const query = { site: 'saf', start: writeTime(TODAY), end: writeTime(TODAY + WEEK) }
try {
  await againstBare(calendar)
  await beside32Writers(calendar)
  await overHistory()
} finally {
  await calendar.end('SIGTERM')
  place.remove()
}

/** (a) The list of a week, against a bare `node:http` server that sends the same bytes. */
async function againstBare({ base, port }: Calendar): Promise<void> {
  const url = `${base}/siteevents`
  const list = await (await fetch(url, { method: 'POST', body: JSON.stringify(query) })).text()
  const file = join(place.folder, 'list.json')
  writeFileSync(file, list)
  const bare = await child('bare', file)
  const masked = (JSON.parse(list) as { title: string }[]).filter(({ title }) => /^observer\d+$/.test(title)).length
  print(
    `\n(a) siteevents, a week, anonymous: ${(JSON.parse(list) as unknown[]).length} events, ${masked} of them masked, ${list.length} bytes; ` +
      `${CONNECTIONS} connections kept alive, ${ROUNDS} rounds of ${SECONDS} s each, in turn`,
  )

  const asked = {
    POST: { url, body: JSON.stringify(query) },
    GET: { url: `${url}?${String(new URLSearchParams(query))}` },
  }
  for (const method of ['POST', 'GET'] as const) {
    const ours = asked[method]
    const theirs = { ...ours, url: ours.url.replace(String(port), String(bare.said)) }
    if ((await (await fetch(theirs.url, { method, ...('body' in theirs && { body: theirs.body }) })).text()) !== list)
      throw new Error('Not the same bytes.')
    for (const one of [ours, theirs]) await autocannon({ ...one, method, connections: CONNECTIONS, duration: SECONDS })
    const runs = await interleaved(ROUNDS, {
      ours: () => hammer({ ...ours, method }),
      bare: () => hammer({ ...theirs, method }),
    })
    const rate = runs.ours.map((one, n) => one.rate / (runs.bare[n]?.rate ?? NaN))
    const cpu = runs.ours.map((one, n) => (runs.bare[n]?.cpu ?? NaN) / one.cpu)
    print(
      `  ${method}  ours ${spread(
        runs.ours.map(({ rate }) => rate),
        'requests/s',
      )}, bare ${spread(
        runs.bare.map(({ rate }) => rate),
        'requests/s',
      )}`,
    )
    print(
      `        requests/s, ours of bare: ${spread(
        rate.map((x) => x * 100),
        '%',
      )}; goal ≥ 60 %: ${verdict(median(rate) >= 0.6)}` +
        ` (bounded by whichever is slower, the server or autocannon's one thread)`,
    )
    print(
      `        server CPU a request: ours ${spread(
        runs.ours.map(({ cpu }) => cpu),
        'µs',
      )}, bare ${spread(
        runs.bare.map(({ cpu }) => cpu),
        'µs',
      )};` +
        ` bare of ours ${spread(
          cpu.map((x) => x * 100),
          '%',
        )} (what a client fast enough would see)`,
    )
    print(
      `        busy: ours ${spread(
        runs.ours.map(({ busy }) => busy * 100),
        '%',
      )} of a core, bare ${spread(
        runs.bare.map(({ busy }) => busy * 100),
        '%',
      )}`,
    )
  }
  bare.process.kill()
}

/** Requests per second, CPU time of the server for each in µs, and its use of a core. */
async function hammer(options: { url: string; method: 'GET' | 'POST'; body?: string }) {
  const before = await cpuSecondsOf(options.url)
  const { requests, non2xx, errors, duration } = await autocannon({
    ...options,
    connections: CONNECTIONS,
    duration: SECONDS,
  })
  const seconds = (await cpuSecondsOf(options.url)) - before
  if (non2xx + errors > 0) throw new Error('Not every request was answered.')
  return { rate: requests.total / duration, cpu: (seconds / requests.total) * 1e6, busy: seconds / duration }
}

async function cpuSecondsOf(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text()
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1])
}

/** (b) The same list at the start, the middle and the end of longer and longer histories, from the store. */
async function overHistory(): Promise<void> {
  print(`\n(b) the same list from the store, by length of history; median of ${ROUNDS} rounds of 200 lists, in turn`)
  const stores = SIZES.map((size) => {
    const file = join(place.folder, `${size}.db`)
    fill(file, size)
    return { size, store: sqliteStore(openDatabase(file), eventCodec) }
  })
  const runs: Record<string, () => Promise<number>> = {}
  for (const { size, store } of stores) {
    for (const part of [0, 0.5, 1]) {
      runs[`${size}/${part}`] = async () => {
        const startedAt = performance.now()
        for (let n = 0; n < 200; n += 1)
          await store.listBytes({ sites: ['saf'], during: weekAt(part, size) }, viewerOf(anonymous))
        return ((performance.now() - startedAt) / 200) * 1000
      }
    }
  }
  await interleaved(1, runs)
  const times = await interleaved(ROUNDS, runs)
  const ratios: number[] = []
  for (const { size, store } of stores) {
    const parts = [0, 0.5, 1].map((part) => {
      const ratio = median(times[`${size}/${part}`] ?? []) / median(times[`${SIZES[0]}/${part}`] ?? [])
      ratios.push(ratio)
      return `${['start', 'middle', 'end'][part * 2]} ${spread(times[`${size}/${part}`] ?? [], 'µs')} × ${ratio.toFixed(2)}`
    })
    print(`  ${String(size).padStart(9)}  ${parts.join(', ')}`)
    await store.close()
  }
  const worst = Math.max(...ratios)
  print(`  worst of all to the shortest history: × ${worst.toFixed(2)}; goal ≤ 1.5: ${verdict(worst <= 1.5)}`)
}

/** (c) The latency of polls while 32 observers write as fast as they can. */
async function beside32Writers({ base, port }: Calendar): Promise<void> {
  const writers = await child('writers')
  writers.process.send({
    url: `${base}/newevent`,
    tokens: await tokensOf(32, { folder: place.folder, port }),
    from: 0,
  } satisfies Orders)
  const madeBefore = await reservationsMade(base)
  await sleep(2000)
  const agent = new Agent({ keepAlive: true })
  const startedAt = performance.now()
  const waits = await Promise.all(
    Array.from({ length: 1000 }, async (_, n) => {
      const due = startedAt + n * 20
      await sleep(Math.max(0, due - performance.now()))
      const status = await ask(`${base}/siteevents`, query, agent)
      if (status !== 200) throw new Error(`siteevents answered ${status}`)
      return performance.now() - due
    }),
  )
  const created = ((await reservationsMade(base)) - madeBefore) / ((performance.now() - startedAt) / 1000 + 2)
  writers.process.kill()
  agent.destroy()
  print(
    `\n(c) siteevents 50 times a second for 20 s beside 32 writers (${created.toFixed(0)} reservations/s; a wait counts from when it was due):`,
  )
  print(
    `  p50 ${quantile(waits, 0.5).toFixed(1)} ms, p99 ${quantile(waits, 0.99).toFixed(1)} ms, longest ${Math.max(...waits).toFixed(1)} ms; ` +
      `goal p99 < 250 ms: ${verdict(quantile(waits, 0.99) < 250)}`,
  )
}

async function reservationsMade(base: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', base))).text()
  return Number(/^calendar_requests_total\{route="newevent",status="200"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

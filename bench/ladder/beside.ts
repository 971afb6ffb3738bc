import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeTime } from '../../src/wire/time.ts'
import { type Calendar, home, run, startCalendar } from '../../test/process/calendar.ts'
import { child, fill, print, quantile, RECENT, SITES, TODAY, tokensOf, verdict } from '../lib.ts'
import type { Orders } from '../writers.ts'
import type { Polling } from '../telescopes.ts'
import { type Times, timesText } from './polls.ts'

const HISTORY = 100_000
const WRITERS = 32
const POLLS_PER_SECOND = 50
const SECONDS = 10
const FLUSH_DELAYS_MS = [0, 5, 20]

type Place = Awaited<ReturnType<typeof home>>

const poll = JSON.stringify({ site: 'saf', start: writeTime(TODAY), end: writeTime(TODAY + 3 * 86_400) })

/** Polls of telescopes, from a process of their own: the other clients would delay them. */
async function polls(port: number): Promise<Times> {
  const { process } = await child('telescopes')
  process.send({ port, body: poll, perSecond: POLLS_PER_SECOND, seconds: SECONDS } satisfies Polling)
  const [times] = (await once(process, 'message')) as [Times]
  process.kill()
  return times
}

/** Polls beside 32 observers who write as fast as they can, while each flush of the disk takes longer and longer. */
export async function besideWriters(): Promise<void> {
  print(
    `\nPolls beside ${WRITERS} writers, ${POLLS_PER_SECOND} a second for ${SECONDS} s, with slower and slower disks`,
  )
  const shim = compiledShim()
  if (shim === undefined) return print('  not measured: cc, which compiles the slow disk, is not installed')
  for (const delay of FLUSH_DELAYS_MS) {
    await withCalendar({ LD_PRELOAD: shim, FLUSH_MS: String(delay) }, async (calendar, place) => {
      const writers = await startWriters(calendar, place)
      const before = await created(calendar)
      const times = await polls(calendar.port)
      const perSecond = ((await created(calendar)) - before) / SECONDS
      writers.kill()
      const reached = delay === 20 ? `; aim p50 ≤ 5 ms: ${verdict(quantile(times.ms, 0.5) <= 5)}` : ''
      print(
        `  flush + ${String(delay).padStart(2)} ms: ${timesText(times)}; ${perSecond.toFixed(0)} reservations/s${reached}`,
      )
    })
  }
}

/** Compiles a library that lets each flush of a process take longer. @returns its file; undefined without a compiler */
function compiledShim(): string | undefined {
  const library = resolve('node_modules/.cache/bench/slow-flush.so')
  const { error, status } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, 'bench/slow-flush.c', '-ldl'])
  return error || status !== 0 ? undefined : library
}

/** Polls beside the largest operations, all at once. */
export async function besideEverything(): Promise<void> {
  print('\nPolls beside the longest list, an export, a backup, an import and 32 writers, all at once')
  await withCalendar({}, async (calendar, place) => {
    const environment = place.environment
    const source = await exportOfOther(place)
    const writers = await startWriters(calendar, place)
    const ended = new AbortController()
    const again = async (work: (n: number) => Promise<unknown>) => {
      for (let n = 0; !ended.signal.aborted; n += 1) await work(n)
    }
    const sites = SITES.map((site) => `site=${site}`).join('&')
    const year = `start=${writeTime(TODAY)}&end=${writeTime(TODAY + 365 * 86_400)}`
    const work = [
      again(async () => {
        await (await fetch(`${calendar.base}/siteevents?${sites}&${year}`)).arrayBuffer()
        await sleep(10)
      }),
      again((n) => run(environment, 'export', join(place.folder, `export-${n}.jsonl`))),
      again((n) => run(environment, 'backup', join(place.folder, `backup-${n}.db`))),
      again(() => run(environment, 'import', source)),
    ]
    const times = await polls(calendar.port)
    ended.abort()
    writers.kill()
    await Promise.all(work)
    print(`  ${timesText(times)}; aim p99 ≤ 50 ms: ${verdict(quantile(times.ms, 0.99) <= 50)}`)
  })
}

async function withCalendar(
  variables: Readonly<Record<string, string>>,
  work: (calendar: Calendar, place: Place) => Promise<void>,
): Promise<void> {
  const place = await home()
  fill(place.file, HISTORY, RECENT)
  const environment = { ...place.environment, LOG_LEVEL: 'info', ...variables }
  const calendar = await startCalendar(environment, ['ignore', 'ignore', 'inherit'])
  try {
    await work(calendar, place)
  } finally {
    await calendar.end('SIGTERM')
    place.remove()
  }
}

async function startWriters({ base, port }: Calendar, { folder }: Place) {
  const { process } = await child('writers')
  process.send({ url: `${base}/newevent`, tokens: await tokensOf(WRITERS, { folder, port }), from: 0 } satisfies Orders)
  await sleep(1000)
  return { kill: () => void process.kill() }
}

async function created({ base }: Calendar): Promise<number> {
  const text = await (await fetch(new URL('/metrics', base))).text()
  return Number(/^calendar_requests_total\{route="newevent",status="200"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** An export of another calendar, to be imported. @returns its file */
async function exportOfOther({ folder, environment }: Place): Promise<string> {
  const file = join(folder, 'other.jsonl')
  fill(join(folder, 'other.db'), HISTORY / 5)
  await run({ ...environment, STORE: `sqlite:${join(folder, 'other.db')}` }, 'export', file)
  return file
}

/** How long a telescope waits for its schedule while the calendar is attacked. `npm run bench:flood` */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeTime } from '../src/wire/time.ts'
import { ATTACKS } from '../test/process/attacks.ts'
import { type Calendar, home, startCalendar } from '../test/process/calendar.ts'
import { fill, median, print, printMachine, quantile, weekAt } from './lib.ts'

const LASTING_MS = Number(process.argv[2] ?? 8000)
/** Interval of polls. Each has its own connection, as the observatory's have. */
const POLL_EVERY_MS = 50
const EVENTS = 20_000

const place = await home()
printMachine()
fill(place.file, EVENTS)
const calendar = await startCalendar(
  { ...place.environment, NODE_OPTIONS: '--max-old-space-size=256', LOG_LEVEL: 'warn' },
  'inherit',
)
const { start } = weekAt(0.5, EVENTS)
const query = JSON.stringify({ site: 'saf', start: writeTime(start), end: writeTime(start + 3 * 86_400) })
const right = (await poll()).body
print(`polls of ${right.length} bytes, every ${POLL_EVERY_MS} ms; ${EVENTS} reservations; 256 MB of heap`)
try {
  const chosen = process.argv.slice(3)
  const names = Object.keys(ATTACKS).filter((name) => chosen.length === 0 || chosen.some((word) => name.includes(word)))
  await measured('nothing else', [])
  for (const name of names) await measured(name, [name])
  if (names.length > 1) {
    await measured('all at once', names)
    await measured('all at once, from three addresses each', [...names, ...names, ...names])
  }
} finally {
  await calendar.end('SIGTERM')
  place.remove()
}

async function measured(what: string, names: readonly string[]): Promise<void> {
  const attackers = names.length > 0 ? attack(calendar, names) : undefined
  const waits: number[] = []
  const wrong: Record<string, number> = {}
  let max = 0
  const polls: Promise<void>[] = []
  for (const startedAt = performance.now(); performance.now() - startedAt < LASTING_MS; await sleep(POLL_EVERY_MS)) {
    polls.push(
      poll().then(
        ({ ms, status, body }) => {
          waits.push(ms)
          if (status !== 200 || body !== right) wrong[status] = (wrong[status] ?? 0) + 1
        },
        (error: Error) => {
          wrong[error.message] = (wrong[error.message] ?? 0) + 1
        },
      ),
    )
    max = Math.max(max, memoryOf(calendar.pid))
  }
  await Promise.all(polls)
  const counts = (await attackers) ?? {}
  print(
    `${what.padEnd(40)} p50 ${median(waits).toFixed(0).padStart(4)} p99 ${quantile(waits, 0.99).toFixed(0).padStart(4)} worst ${Math.max(
      ...waits,
    )
      .toFixed(0)
      .padStart(4)} ms; ` +
      `${max.toFixed(0)} MB; wrong ${JSON.stringify(wrong)}; attacks ${Object.values(counts).join(' ')}`,
  )
  await sleep(1500)
}

async function attack({ port }: Calendar, names: readonly string[]): Promise<Record<string, number>> {
  const child: ChildProcess = fork(new URL('./attackers.js', import.meta.url), [
    String(port),
    String(LASTING_MS),
    '10',
    ...names,
  ])
  const reported = once(child, 'message') as Promise<[Record<string, number>]>
  const ended = once(child, 'exit').then(() => [{}])
  const [counts] = await Promise.race([reported, ended])
  return counts ?? {}
}

/** One poll, as Python programs send it: on a new connection, without a Content-Type. */
function poll(): Promise<{ ms: number; status: number; body: string }> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const asked = request(
      `${calendar.base}/siteevents`,
      { method: 'POST', agent: false, timeout: 20_000 },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ ms: performance.now() - startedAt, status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('no answer'))).on('error', reject)
    asked.setHeader('Content-Length', Buffer.byteLength(query))
    asked.end(query)
  })
}

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ATTACKS, SITES } from './attacks.ts'
import { type Calendar, home, run, startCalendar } from './calendar.ts'

/** After which an observatory takes a question for an empty schedule. */
const TIMEOUT_MS = 20_000
/** How long each attack lasts. Whoever sends more in that time than a busy machine lets them sends more. */
const LASTING_MS = 6000
const POLL = JSON.stringify({ site: 'saf', start: '2010-03-01T00:00:00Z', end: '2010-03-04T00:00:00Z' })

let place: Awaited<ReturnType<typeof home>>
let calendar: Calendar
beforeAll(async () => {
  place = await home()
  const file = join(place.folder, 'reservations.jsonl')
  const hour = (n: number) => new Date(Date.UTC(2010, 0, 4, n)).toISOString()
  const rows = Array.from({ length: 4000 }, (_, n) => {
    const at = Math.floor(n / SITES.length) * 10
    return {
      event_id: `e${n}`,
      site: SITES[n % SITES.length],
      start: hour(at),
      end: hour(at + 1),
      creator_id: `auth0|${n % 20}`,
      creator: 'Ada',
      title: 'M 31 in LRGB',
      reservation_note: 'an ordinary note',
    }
  })
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join('\n'))
  expect(await run(place.environment, 'import', file)).toMatchObject({ code: 0 })
  calendar = await startCalendar({ ...place.environment, NODE_OPTIONS: '--max-old-space-size=256' }, 'ignore')
}, 60_000)
afterAll(async () => {
  await calendar.end('SIGTERM')
  place.remove()
})

/** As an observatory polls: on a connection of its own, and without a Content-Type. */
function poll(): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${calendar.base}/siteevents`,
      { method: 'POST', agent: false, timeout: TIMEOUT_MS, headers: { 'Content-Length': POLL.length } },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.on('end', () => resolve({ status: response.statusCode, body })).on('error', reject)
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('The observatory has given up.'))).on('error', reject)
    asked.end(POLL)
  })
}

const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${calendar.pid}/status`, 'utf8'))?.[1]) / 1024

it('answers every poll within 512 MB of memory during all known attacks at once', async () => {
  const right = await poll()
  expect([right.status, (JSON.parse(right.body) as unknown[]).length]).toEqual([200, 7])
  const counts: number[] = []
  const attacks = Object.values(ATTACKS).map((attack, n) =>
    attack({ port: calendar.port, from: `127.0.1.${n + 1}`, lasting: LASTING_MS }),
  )
  const done = Promise.all(attacks).then((sent) => counts.push(...sent))
  const polls: ReturnType<typeof poll>[] = []
  let max = 0
  // On a busy machine few polls fit into the time of the attacks.
  while (counts.length === 0 || polls.length < 6) {
    polls.push(poll())
    max = Math.max(max, memory())
    await sleep(200)
  }
  await done
  for (const sent of counts) expect(sent).toBeGreaterThan(0)
  for (const one of await Promise.all(polls)) expect(one).toEqual(right)
  expect(max).toBeLessThan(512)
  expect(await poll()).toEqual(right)
}, 120_000)

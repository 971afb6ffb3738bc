import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { readFileSync } from 'node:fs'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { writeTime } from '../../src/wire/time.ts'
import { type Calendar, home, startCalendar } from '../../test/process/calendar.ts'
import { comingHour, cpuSeconds, fill, print, quantile, RECENT, SITES, tokensOf } from '../lib.ts'
import { type ClientRequest, steadily, type Times, timesText } from './polls.ts'

/** A day of a network, a hundred times as fast. */
const SPEED = 100
const SECONDS = 40
const TELESCOPES = 50
const STREAMS = 500
const STREAMS_PER_ADDRESS = 50
const COMMANDS_PER_MINUTE = 200
/** Observers who reserve at once when a night's time becomes free, and how often that happens, in seconds of the day. */
const BURST = 20
const BURST_EVERY = 1000
const HISTORY = 100_000
const FUTURE = Date.UTC(2031, 0, 1) / 1000

/** Serves 50 telescopes that poll, 500 streams, commands and bursts of reservations, at a hundred times their pace. */
export async function networkDay(): Promise<void> {
  print(
    `\nA network's day at ${SPEED} times its pace, for ${SECONDS} s: ${TELESCOPES} telescopes that poll each minute, ${STREAMS} streams, ` +
      `${COMMANDS_PER_MINUTE} commands a minute, ${BURST} reservations at once every ${BURST_EVERY} s`,
  )
  const place = await home()
  fill(place.file, HISTORY, RECENT)
  const calendar = await startCalendar({ ...place.environment, LOG_LEVEL: 'info' }, ['ignore', 'ignore', 'inherit'])
  try {
    const tokens = await tokensOf(BURST, { folder: place.folder, port: calendar.port })
    const streams = await openStreams(calendar)
    const cpuBefore = cpuSeconds(calendar.pid)
    const [polls, commands, reservations] = await Promise.all([
      steadily((TELESCOPES / 60) * SPEED, SECONDS, pollOf(calendar.port)),
      steadily((COMMANDS_PER_MINUTE / 60) * SPEED, SECONDS, commandOf(calendar.port)),
      bursts(calendar.port, tokens, streams.committed),
    ])
    const busy = ((cpuSeconds(calendar.pid) - cpuBefore) / SECONDS) * 100
    print(`  polls         ${timesText(polls)}`)
    print(`  commands      ${timesText(commands)}`)
    print(`  reservations  ${timesText(reservations)}`)
    print(
      `  streams       ${streams.received()} events; the last stream has an event p50 ${quantile(streams.delays(), 0.5).toFixed(1)}, p99 ${quantile(streams.delays(), 0.99).toFixed(1)} ms after its reservation is answered`,
    )
    print(`  the server    ${busy.toFixed(0)} % of a core, ${memoryOf(calendar.pid).toFixed(0)} MB`)
    streams.close()
  } finally {
    await calendar.end('SIGTERM')
    place.remove()
  }
}

/** Each telescope's address is its own. */
const pollOf =
  (port: number) =>
  (n: number): ClientRequest => {
    const start = comingHour(n)
    const body = { site: SITES[n % SITES.length], start: writeTime(start), end: writeTime(start + 3 * DAY) }
    return { port, path: '/dev/siteevents', body: JSON.stringify(body), from: `127.0.1.${1 + (n % TELESCOPES)}` }
  }

const commandOf =
  (port: number) =>
  (n: number): ClientRequest => {
    const time = writeTime(comingHour(n))
    const body = { user_id: `auth0|${n % 500}`, site: SITES[n % SITES.length], time }
    return { port, path: '/dev/is-user-scheduled', body: JSON.stringify(body), from: '127.0.2.1' }
  }

async function bursts(port: number, tokens: readonly string[], committed: (id: string) => void): Promise<Times> {
  const perSecond = (BURST * SPEED) / BURST_EVERY
  const bodyOf = (n: number) => {
    const start = FUTURE + Math.floor(n / SITES.length) * HOUR
    const times = { start: writeTime(start), end: writeTime(start + HOUR) }
    return JSON.stringify({ event_id: `day-${n}`, site: SITES[n % SITES.length], ...times, title: 'NGC 7000' })
  }
  const all: Times[] = []
  const rounds = Math.floor((SECONDS * perSecond) / BURST)
  for (let round = 0; round < rounds; round += 1) {
    const wait = new Promise((resolve) => setTimeout(resolve, (1000 * BURST) / perSecond))
    // A rate far above the load's makes them all due at once.
    const burst = steadily(1e6, BURST / 1e6, (n) => {
      const number = round * BURST + n
      const headers = { Authorization: `Bearer ${tokens[n]}` }
      return { port, path: '/dev/newevent', body: bodyOf(number), headers, from: `127.0.3.${1 + n}` }
    })
    all.push(await burst)
    for (let n = 0; n < BURST; n += 1) committed(`day-${round * BURST + n}`)
    await wait
  }
  return { ms: all.flatMap(({ ms }) => ms), failed: all.reduce((sum, { failed }) => sum + failed, 0) }
}

/** Opens streams of all sites, and notes when each reservation has reached all of them. */
async function openStreams({ port }: Calendar) {
  const sites = SITES.map((site) => `site=${site}`).join('&')
  const [counts, last, answered] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
  let received = 0
  const responses = await Promise.all(
    Array.from({ length: STREAMS }, async (_, n) => {
      const localAddress = `127.0.4.${1 + Math.floor(n / STREAMS_PER_ADDRESS)}`
      const options = { host: '127.0.0.1', port, path: `/dev/changes?${sites}`, localAddress, agent: false }
      const [response] = (await once(get({ ...options, headers: { Accept: 'text/event-stream' } }), 'response')) as [
        IncomingMessage,
      ]
      if (response.statusCode !== 200) throw new Error(`A stream was answered ${response.statusCode}.`)
      return response.setEncoding('utf8').on('data', (text: string) => {
        for (const [, id = ''] of text.matchAll(/"event_id":"(day-\d+)"/g)) {
          received += 1
          counts.set(id, (counts.get(id) ?? 0) + 1)
          last.set(id, performance.now())
        }
      })
    }),
  )
  return {
    received: () => received,
    committed: (id: string) => void answered.set(id, performance.now()),
    delays: () =>
      [...answered]
        .filter(([id]) => (counts.get(id) ?? 0) >= STREAMS)
        .map(([id, at]) => Math.max(0, (last.get(id) ?? NaN) - at)),
    close: () => responses.forEach((response) => response.destroy()),
  }
}

const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

import { home, startCalendar, TRUSTING } from '../../test/process/calendar.ts'
import { cpuSeconds, median, print, spread, verdict } from '../lib.ts'

const ROUNDS = 7
const AIM_MS = 350

const KINDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'with an issuer': TRUSTING,
  'with the demo issuer': {},
}

/**
 * The time from starting the process to its first answer, with an empty store, and the CPU time of the process until then. The
 * first start of each kind is not counted: it makes the store, the key of the demo issuer, and what Node.js has compiled.
 */
export async function startUp(): Promise<void> {
  print(`\nStart: until the first answer; aim ≤ ${AIM_MS} ms`)
  const places = new Map(await Promise.all(Object.keys(KINDS).map(async (kind) => [kind, await home()] as const)))
  const results = new Map([...places.keys()].map((kind) => [kind, { times: [] as number[], cpuTimes: [] as number[] }]))
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const [kind, { environment }] of places) {
      const startedAt = performance.now()
      const calendar = await startCalendar({ ...environment, ...KINDS[kind] }, ['ignore', 'ignore', 'inherit'])
      if (round > 0) {
        results.get(kind)?.times.push(performance.now() - startedAt)
        results.get(kind)?.cpuTimes.push(cpuSeconds(calendar.pid) * 1000)
      }
      await calendar.end('SIGTERM')
    }
  for (const [kind, { times, cpuTimes }] of results)
    print(
      `  ${kind.padEnd(20)} ${spread(times, 'ms')}: ${verdict(median(times) <= AIM_MS)}; ${spread(cpuTimes, 'ms')} of CPU time`,
    )
  for (const place of places.values()) place.remove()
}

import { home, startCalendar } from '../../test/process/calendar.ts'
import { cpuSeconds, median, print, spread, verdict } from '../lib.ts'

const ROUNDS = 7
const AIM_MS = 350

/** The time from starting the process to its first answer, with an empty store, and the CPU time of the process until then. */
export async function startUp(): Promise<void> {
  const times: number[] = []
  const cpuTimes: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const place = await home()
    const startedAt = performance.now()
    const calendar = await startCalendar(place.environment, ['ignore', 'ignore', 'inherit'])
    if (round > 0) {
      times.push(performance.now() - startedAt)
      cpuTimes.push(cpuSeconds(calendar.pid) * 1000)
    }
    await calendar.end('SIGTERM')
    place.remove()
  }
  print(
    `\nStart: ready after ${spread(times, 'ms')} with the demo issuer, and ${spread(cpuTimes, 'ms')} of CPU time; ` +
      `aim ≤ ${AIM_MS} ms: ${verdict(median(times) <= AIM_MS)}`,
  )
}

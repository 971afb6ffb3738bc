import { home, startCalendar } from '../../test/process/calendar.ts'
import { print, spread, verdict, median } from '../lib.ts'

const ROUNDS = 7
const AIM_MS = 350

/** The time from starting the process to its first answer, with an empty store. */
export async function startUp(): Promise<void> {
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1) {
    const place = await home()
    const startedAt = performance.now()
    const calendar = await startCalendar(place.environment, ['ignore', 'ignore', 'inherit'])
    if (round > 0) times.push(performance.now() - startedAt)
    await calendar.end('SIGTERM')
    place.remove()
  }
  print(
    `\nStart: ready after ${spread(times, 'ms')} with the demo issuer; aim ≤ ${AIM_MS} ms: ${verdict(median(times) <= AIM_MS)}`,
  )
}

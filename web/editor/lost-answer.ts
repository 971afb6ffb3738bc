import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import { NetworkError } from '../../src/client/problem.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'
import { readNow, type Seen } from './seen.ts'

/** Milliseconds between the attempts to find out whether a change was saved, and how many there are. */
const [PAUSE_MS, ATTEMPTS] = [5000, 24]

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * What became of a reservation after an answer was lost: reads it at once, then every five seconds for two minutes. `waiting` is
 * called once if the calendar does not answer at once.
 *
 * @throws NetworkError if it never answers
 */
export async function outcomeOf(
  calendar: DomainCalendar,
  id: ReservationId,
  waiting: () => void = () => {},
): Promise<Seen | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readNow(calendar, id)
    } catch (error) {
      if (!(error instanceof NetworkError) || attempt === ATTEMPTS) throw error
      if (attempt === 1) waiting()
      await sleep(PAUSE_MS)
    }
  }
}

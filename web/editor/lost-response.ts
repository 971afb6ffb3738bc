import { NetworkError } from '../../src/client/problem.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'
import type { AppContext } from '../live/app-context.ts'
import { readCurrent, type CurrentReservation } from './current-reservation.ts'

/** Milliseconds between the attempts to find out whether a change was saved, and how many there are. */
const [PAUSE_MS, ATTEMPTS] = [5000, 24]

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What a write needs. */
export interface WritesContext extends Pick<AppContext, 'calendar'> {
  /** Called once when a response was lost and the calendar does not say at once what became of the change. */
  readonly waiting: () => void
}

/**
 * What became of a reservation after a write has failed because the response was lost: reads it at once, then every five seconds
 * for two minutes.
 *
 * @throws `error` itself if the response was not lost; NetworkError if the calendar never says
 */
export async function outcomeAfter(
  error: unknown,
  { calendar, waiting }: WritesContext,
  id: ReservationId,
): Promise<CurrentReservation | undefined> {
  if (!(error instanceof NetworkError)) throw error
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readCurrent(calendar, id)
    } catch (problem) {
      if (!(problem instanceof NetworkError) || attempt === ATTEMPTS) throw problem
      if (attempt === 1) waiting()
      await sleep(PAUSE_MS)
    }
  }
}

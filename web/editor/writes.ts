import type { WriteOptions, WriteResult } from '../../src/client/domain/writes.ts'
import type { ReservationInput } from '../../src/client/domain/event.ts'
import { NetworkError } from '../../src/client/problem.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import { announceChange } from '../live/changes.ts'
import type { AppContext } from '../live/app-context.ts'
import { outcomeOf } from './lost-answer.ts'
import { assertUnchanged, changedMeanwhile, isSame, isStale, readNow, type Seen } from './seen.ts'
import { openWriteQueue } from './write-queue.ts'

/** The answer to a change was lost, and the calendar says now that it was not saved. */
export class NotSaved extends Error {
  constructor() {
    super('The calendar did not answer, and nothing was changed.')
    this.name = 'NotSaved'
  }
}

interface WritesContext extends Pick<AppContext, 'calendar'> {
  /** Called when an answer was lost and the outcome cannot be found out at once. */
  readonly waiting: () => void
}

const inTurn = openWriteQueue()

/**
 * Changes a reservation as it was shown. If the answer is lost, finds out what became of it.
 *
 * @throws ChangedMeanwhile if somebody else has changed it, NotSaved, ApiError, NetworkError
 */
export const amendShown = (
  { calendar, waiting }: WritesContext,
  shown: Reservation,
  changes: ReservationInput,
  options: WriteOptions = {},
  known?: Seen,
): Promise<WriteResult> =>
  inTurn(shown.id, async (left) => {
    const seen = left ?? known ?? (await assertUnchanged(calendar, shown))
    try {
      const written = await calendar.amend(seen.reservation, changes, { ...options, ifMatch: seen.revision })
      announceChange()
      return written
    } catch (error) {
      if (isStale(error)) throw await changedMeanwhile(calendar, shown, await readNow(calendar, shown.id))
      if (!(error instanceof NetworkError)) throw error
      const now = await outcomeOf(calendar, shown.id, waiting)
      if (!now || !isSame(now.reservation, { ...seen.reservation, ...changes })) throw new NotSaved()
      announceChange()
      return { reservation: now.reservation, revision: now.revision ?? Number.NaN, overlapping: [] }
    }
  })

/**
 * Deletes a reservation as it was shown; returns what was deleted.
 *
 * @throws ChangedMeanwhile if somebody else has changed it, NotSaved, ApiError, NetworkError
 */
export async function cancelShown({ calendar, waiting }: WritesContext, shown: Reservation): Promise<Seen> {
  let deleted: Seen = { reservation: shown, revision: undefined }
  await inTurn(shown.id, async (left) => {
    deleted = left ?? (await assertUnchanged(calendar, shown))
    try {
      await calendar.cancel(deleted.reservation, { ifMatch: deleted.revision })
    } catch (error) {
      if (isStale(error)) throw await changedMeanwhile(calendar, shown, await readNow(calendar, shown.id))
      if (!(error instanceof NetworkError)) throw error
      if (await outcomeOf(calendar, shown.id, waiting)) throw new NotSaved()
    }
    announceChange()
    return undefined
  })
  return deleted
}

/** Brings a reservation back to how a revision left it; without one, to how it was before it was deleted. @throws ApiError, NetworkError */
export const restoreTo = (
  { calendar }: WritesContext,
  id: ReservationId,
  revision: number | undefined,
): Promise<WriteResult> =>
  inTurn(id, async () => {
    const number = revision ?? (await calendar.history(id)).findLast(({ after }) => after)?.revision
    const written = await calendar.restore(id, number ?? 1)
    announceChange()
    return written
  })

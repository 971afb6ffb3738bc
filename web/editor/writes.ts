import type { ReservationInput } from '../../src/client/domain/event.ts'
import type { WriteOptions, WriteResult } from '../../src/client/domain/writes.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import { announceChange } from '../live/changes.ts'
import { outcomeAfter, type WritesContext } from './lost-response.ts'
import {
  assertUnchanged,
  changedMeanwhile,
  isSame,
  isStale,
  readCurrent,
  type CurrentReservation,
} from './current-reservation.ts'
import { ownWrites } from './write-queue.ts'

/** The answer to a change was lost, and the calendar says now that it was not saved. */
export class NotSaved extends Error {
  constructor() {
    super('The calendar did not answer, and nothing was changed.')
    this.name = 'NotSaved'
  }
}

/** Runs a change of a reservation in its turn, and announces its end, until when nobody reads the reservation. */
const inTurn: typeof ownWrites.run = (id, change) => ownWrites.run(id, change).finally(announceChange)

/** Makes a reservation by `reserve`. If the answer is lost, finds out what became of it. @throws NotSaved, ApiError, NetworkError */
export async function reserveNew(
  context: WritesContext,
  id: ReservationId,
  reserve: () => Promise<WriteResult>,
): Promise<WriteResult> {
  const written = await reserve().catch(async (error: unknown) => writtenOf(await outcomeAfter(error, context, id)))
  announceChange()
  return written
}

/**
 * Changes a reservation as it was shown. If the answer is lost, finds out what became of it.
 *
 * @throws ChangedMeanwhile if somebody else has changed it, NotSaved, ApiError, NetworkError
 */
export const amendShown = (
  context: WritesContext,
  shown: Reservation,
  changes: ReservationInput,
  options: WriteOptions = {},
  known?: CurrentReservation,
): Promise<WriteResult> =>
  inTurn(shown.id, async (left) => {
    const { calendar } = context
    const seen = left ?? (known?.revision === undefined ? await assertUnchanged(calendar, shown) : known)
    return calendar
      .amend(seen.reservation, changes, { ...options, ifMatch: seen.revision })
      .catch(async (error: unknown) => {
        const now = await currentAfter(error, context, shown)
        return writtenOf(now && isSame(now.reservation, { ...seen.reservation, ...changes }) ? now : undefined)
      })
  })

/**
 * Deletes a reservation as it was shown; returns what was deleted.
 *
 * @throws ChangedMeanwhile if somebody else has changed it, NotSaved, ApiError, NetworkError
 */
export async function cancelShown(context: WritesContext, shown: Reservation): Promise<CurrentReservation> {
  const { calendar } = context
  let deleted: CurrentReservation = { reservation: shown, revision: undefined }
  await inTurn(shown.id, async (left) => {
    deleted = left ?? (await assertUnchanged(calendar, shown))
    await calendar.cancel(deleted.reservation, { ifMatch: deleted.revision }).catch(async (error: unknown) => {
      if (await currentAfter(error, context, shown)) throw new NotSaved()
    })
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
    return calendar.restore(id, number ?? 1)
  })

/** What a reservation is after a change of it has failed. @throws ChangedMeanwhile, and what `outcomeAfter` throws */
async function currentAfter(
  error: unknown,
  context: WritesContext,
  shown: Reservation,
): Promise<CurrentReservation | undefined> {
  const { calendar } = context
  if (isStale(error)) throw await changedMeanwhile(calendar, shown, await readCurrent(calendar, shown.id))
  return outcomeAfter(error, context, shown.id)
}

/** The result of a write whose answer was lost. @throws NotSaved without one */
function writtenOf(saved: CurrentReservation | undefined): WriteResult {
  if (!saved) throw new NotSaved()
  return { ...saved, overlapping: [] }
}

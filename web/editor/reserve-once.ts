import type { Calendar, WriteOptions, WriteResult } from '../../src/client/calendar.ts'
import type { ReservationInput } from '../../src/client/event.ts'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'

/**
 * Reserves under one id, however often it is called: where an answer was lost, the reservation may stand already, as
 * it was wished for then, and is changed to what is wished for now.
 */
export function reserveOnce(calendar: Calendar, id: ReservationId): (proposed: ReservationInput, options: WriteOptions) => Promise<WriteResult> {
  let mayStand = false
  return async (proposed, options) => {
    try {
      return await calendar.reserve(id, proposed, options)
    } catch (error) {
      if (error instanceof NetworkError) mayStand = true
      const isKnown = error instanceof ApiError && error.code === 'conflict' && !error.details.conflicts
      if (!mayStand || !isKnown) throw error
      const stored = (await calendar.history(id)).at(-1)?.after
      if (!stored) throw error
      return await calendar.amend(stored, proposed, options)
    }
  }
}

import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import type { ReservationInput } from '../../src/client/domain/event.ts'
import type { WriteOptions, WriteResult } from '../../src/client/domain/writes.ts'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'

/**
 * A function that makes one reservation, with one id, however often it is called. If a response was lost, an earlier
 * call may have made the reservation; then it is changed to the values of this call.
 */
export function reserveOnce(
  calendar: DomainCalendar,
  id: ReservationId,
): (proposed: ReservationInput, options: WriteOptions) => Promise<WriteResult> {
  let mayExist = false
  return async (proposed, options) => {
    try {
      return await calendar.reserve(id, proposed, options)
    } catch (error) {
      if (error instanceof NetworkError) mayExist = true
      const isIdTaken = error instanceof ApiError && error.code === 'conflict' && !error.details.conflicts
      if (!mayExist || !isIdTaken) throw error
      const stored = (await calendar.history(id)).at(-1)?.after
      if (!stored) throw error
      return await calendar.amend(stored, proposed, options)
    }
  }
}

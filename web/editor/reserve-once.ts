import type { Calendar, Manner, Written } from '../../src/client/calendar.ts'
import type { Choices } from '../../src/client/event.ts'
import { Refusal, Unreachable } from '../../src/client/problem.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'

/**
 * Reserves under one id, however often it is called: where an answer was lost, the reservation may stand already, as
 * it was wished for then, and is changed to what is wished for now.
 */
export function reserverOf(calendar: Calendar, id: ReservationId): (wish: Choices, manner: Manner) => Promise<Written> {
  let mayStand = false
  return async (wish, manner) => {
    try {
      return await calendar.reserve(id, wish, manner)
    } catch (error) {
      if (error instanceof Unreachable) mayStand = true
      const isKnown = error instanceof Refusal && error.code === 'conflict' && !error.facts.conflicts
      if (!mayStand || !isKnown) throw error
      const standing = (await calendar.history(id)).at(-1)?.after
      if (!standing) throw error
      return await calendar.amend(standing, wish, manner)
    }
  }
}

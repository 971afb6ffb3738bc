import type { ReservationId } from '../../src/domain/reservation.ts'
import type { CurrentReservation } from './current-reservation.ts'

/**
 * Runs the changes of one reservation one after the other: the next act may come before the first is answered. Each is passed
 * what the one before it has left, or undefined if that is not known. A change that failed leaves nothing.
 */
export function openWriteQueue() {
  const last = new Map<ReservationId, Promise<CurrentReservation | undefined>>()
  async function run<T extends CurrentReservation | undefined>(
    id: ReservationId,
    change: (left: CurrentReservation | undefined) => Promise<T>,
  ): Promise<T> {
    const result = (last.get(id) ?? Promise.resolve(undefined)).then(change)
    const settled = result.catch(() => undefined)
    last.set(id, settled)
    try {
      return await result
    } finally {
      if (last.get(id) === settled) last.delete(id)
    }
  }
  /** `isChanging` tells whether a change of a reservation has not ended yet. */
  return { run, isChanging: (id: ReservationId) => last.has(id) }
}

/** The changes by this page. */
export const ownWrites = openWriteQueue()

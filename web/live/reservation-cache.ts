import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'

/** The most reservations that are remembered. */
const MAX = 5000

const known = new Map<ReservationId, Reservation>()

/** Remembers reservations that have been read. */
export function remember(reservations: readonly Reservation[]): void {
  if (known.size > MAX) known.clear()
  for (const reservation of reservations) known.set(reservation.id, reservation)
}

/** A reservation as it was read last; undefined if it was not read, or long ago. */
export const recall = (id: ReservationId): Reservation | undefined => known.get(id)

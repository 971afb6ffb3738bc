import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'

/** The reservations that have not ended, sorted by start. */
export const upcoming = (reservations: readonly Reservation[], now: Instant): Reservation[] =>
  reservations.filter(({ end }) => end > now).toSorted((a, b) => a.start - b.start || a.end - b.end)

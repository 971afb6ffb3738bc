import type { Instant } from '../../src/domain/interval.ts'
import type { ObserverId } from '../../src/domain/observer.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'

/** A reservation that was deleted, as it was before. */
export interface Deleted {
  readonly reservation: Reservation
  /** When this browser noticed that. */
  readonly at: Instant
}

const KEY = 'deleted-reservations'
/** The most that this browser keeps. */
const MAX = 50

/** Notes that a reservation was deleted, for its observer to restore. */
export const noteDeleted = (reservation: Reservation, at: Instant): void =>
  write([{ reservation, at }, ...read().filter(({ reservation: { id } }) => id !== reservation.id)])

/** Forgets a reservation that is there again. */
export const forgetDeleted = (id: ReservationId): void =>
  write(read().filter(({ reservation }) => reservation.id !== id))

/** The reservations of an observer that this browser knows to be deleted, the last first. */
export const deletedOf = (observer: ObserverId): Deleted[] =>
  read().filter(({ reservation }) => reservation.observer === observer)

function read(): Deleted[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? (stored as Deleted[]) : []
  } catch {
    return []
  }
}

function write(all: readonly Deleted[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(all.slice(0, MAX)))
  } catch {
    // The histories of the reservations still have them.
  }
}

import type { Actor } from './observer.ts'
import type { Reservation } from './reservation.ts'

/** The field that says where a reservation was when its observer last saw it, if somebody else has moved it since. */
export const MOVED_FROM = 'moved_from'

/** A changed reservation, without `moved_from` if its observer made the change: they have seen where it is. */
export const acknowledgeMove = (actor: Actor, reservation: Reservation): Reservation =>
  actor.role !== 'anonymous' && actor.id === reservation.observer ? withoutMovedFrom(reservation) : reservation

/** The reservation without the field that says where it was. */
export function withoutMovedFrom(reservation: Reservation): Reservation {
  if (!(MOVED_FROM in reservation.extra)) return reservation
  const { [MOVED_FROM]: _, ...extra } = reservation.extra
  return { ...reservation, extra }
}

import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatKind } from '../format/kind.ts'
import { formatSpan } from '../format/span.ts'
import { isolate } from '../bidi.ts'

/** The label of a reservation for screen readers: title, kind, creator and times. */
export function reservationLabel(reservation: Reservation, site: Site, caller: Caller): string {
  const { title, kind, creator } = reservation
  const yours = isOwn(reservation, caller) ? ', yours' : ''
  return `${isolate(title)}: ${formatKind(kind)} by ${isolate(creator)}, ${formatSpan(site, reservation)}${yours}`
}

/** Whether a reservation is the caller's own. */
export const isOwn = ({ observer }: Reservation, { id }: Caller): boolean => observer === id

/** The class names of a reservation: its kind, its priority, and whether it is the caller's own. */
export const reservationClass = (reservation: Reservation, caller: Caller): string =>
  [reservation.kind, reservation.priority, isOwn(reservation, caller) ? 'own' : ''].filter(Boolean).join(' ')

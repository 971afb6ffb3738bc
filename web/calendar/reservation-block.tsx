import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatTimes } from '../format.ts'
import { reservationLabel } from '../grid/reservation-label.ts'

/** The class names of a reservation in a grid. */
export const reservationClass = ({ kind, priority, observer }: Reservation, { id }: Caller): string =>
  ['session', kind, priority, observer === id ? 'own' : ''].filter(Boolean).join(' ')

/** A reservation in a grid. */
export function ReservationBlock({
  reservation,
  site,
  caller,
}: {
  reservation: Reservation
  site: Site
  caller: Caller
}) {
  return (
    <>
      <span class="visually-hidden">{reservationLabel(reservation, site, caller)}</span>
      <span class="session-text" aria-hidden="true">
        <span class="session-time">{formatTimes(site, reservation).replace(' to ', '–')}</span> {reservation.title}
      </span>
    </>
  )
}

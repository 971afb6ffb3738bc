import type { Caller } from '../../src/client/domain/calendar.ts'
import { type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatKind, formatLength, formatSpan, formatTimes } from '../format.ts'

/** The label of a reservation for screen readers: title, kind, creator and times. */
export function reservationLabel(reservation: Reservation, site: Site, caller: Caller): string {
  const { title, kind, creator } = reservation
  const yours = reservation.observer === caller.id ? ', yours' : ''
  return `${title}: ${formatKind(kind)} of ${creator}, ${formatSpan(site, reservation)}${yours}`
}

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

/** The interval that is being selected, or to which a reservation is being dragged. */
export function DragText({ site, during, title }: { site: Site; during: Interval; title: string | undefined }) {
  return (
    <span class="session-text">
      <span class="session-time">{formatTimes(site, during).replace(' to ', '–')}</span>{' '}
      {title ?? formatLength(durationOf(during))}
    </span>
  )
}

/** The meaning of the colours and marks. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Legend">
      {[
        ['session realtime', 'Real-time session'],
        ['session project', 'Project session'],
        ['session maintenance', 'Maintenance'],
        ['session realtime own', 'Yours'],
        ['session project time_critical', 'Time critical'],
        ['session project low_priority', 'Low priority'],
        ['session project background', 'Background'],
        ['light civil', 'Civil twilight'],
        ['light nautical', 'Nautical'],
        ['light astronomical', 'Astronomical'],
        ['light dark', 'Dark'],
        ['moon-bar', 'Moon above the horizon'],
      ].map(([className, name]) => (
        <li key={name}>
          <span class={`swatch ${className}`} aria-hidden="true" /> {name}
        </li>
      ))}
    </ul>
  )
}

import { DAY, durationOf } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { formatClock, formatKind, formatUtc } from '../format.ts'
import { UTC } from './axis.ts'

/** `saf: M51 LRGB: project session of Ada Lovelace, 04:00 to 07:30 UTC`; with dates if it lasts a day or longer. */
export function reservationName(reservation: Reservation, own: boolean): string {
  const { site, title, kind, creator, start, end } = reservation
  const times =
    durationOf(reservation) < DAY
      ? `${formatClock(UTC, start)} to ${formatClock(UTC, end)} UTC`
      : formatUtc(reservation)
  return `${site}: ${title}: ${formatKind(kind)} of ${creator}, ${times}${own ? ', yours' : ''}`
}

import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { reservationLabel } from '../grid/reservation-label.ts'

/** `saf: M51 LRGB: project session by Ada Lovelace, Thu 14 Mar 22:00 – Fri 15 Mar 01:30`, site time. */
export const laneLabel = (site: Site, reservation: Reservation, caller: Caller): string =>
  `${reservation.site}: ${reservationLabel(reservation, site, caller)}`

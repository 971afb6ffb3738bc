import type { Interval } from '../../domain/interval.ts'
import type { Reservation } from '../../domain/reservation.ts'
import { reservationOf } from '../../wire/event.ts'
import { readInterval } from '../../wire/time.ts'
import type { ApiError } from '../problem.ts'

/** The reservations in the way, by start; undefined if none are. */
export const conflictsOf = ({ details }: ApiError): readonly Reservation[] | undefined =>
  details.conflicts?.map(reservationOf)

/** The nearest free dark time before and after; undefined if it was not searched. */
export const freeTimesOf = ({ details: { free } }: ApiError): readonly Interval[] | undefined =>
  free && Object.values(free).flatMap((time) => (time ? [readInterval(time)] : []))

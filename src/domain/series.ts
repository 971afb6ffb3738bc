import { Failure } from './failure.ts'
import type { Reservation, ReservationId } from './reservation.ts'

/** Names the reservations of one series, chosen by the client that makes it: 1 to 100 characters. */
export type SeriesId = string

/** The maximal length of a series' id in code points. */
export const MAX_SERIES_ID_LENGTH = 100
/** The longest reservation of a series, in minutes. A night is about as long. */
export const MAX_SERIES_MINUTES = 1440
/** The maximal number of days from one night of a series to the next. */
export const MAX_SERIES_STEP = 366

/** The id of a new reservation of a series: the same for the same night, so that a retry makes no second one. */
export const idInSeries = (series: SeriesId, night: string): ReservationId => `${series}:${night}`

/** The reservation as one of a series. It stays one, whatever is changed. */
export const inSeries = (reservation: Reservation, series: SeriesId): Reservation => ({
  ...reservation,
  extra: { ...reservation.extra, series_id: series },
})

/** Whether a reservation belongs to a series. */
export const isInSeries = ({ extra }: Reservation, series: SeriesId): boolean => extra['series_id'] === series

/** Why a series has no reservation in a night: there never was such a night, it has no such time, or it was refused. */
export type NightProblem = 'no_such_night' | 'no_such_time' | Failure

/** What became of one night of a series, named by its evening's date. */
export type NightOutcome<Written> = { readonly night: string; readonly written: Written } | RefusedNight

/** A night without a reservation. */
export interface RefusedNight {
  readonly night: string
  readonly problem: NightProblem
}

/** Some nights of a series were refused, and so all of it. */
export class SeriesRefused extends Failure {
  readonly nights: readonly RefusedNight[]
  /** Whether the caller may override conflicts. */
  readonly mayOverride: boolean

  constructor(nights: readonly RefusedNight[], mayOverride: boolean) {
    super('series', 'Some nights of the series are refused.')
    this.nights = nights
    this.mayOverride = mayOverride
  }
}

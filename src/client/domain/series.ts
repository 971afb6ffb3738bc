import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { StartRule } from '../../domain/start-rule.ts'
import { reservationOf } from '../../wire/event.ts'
import type { WireMove, WireObjection, WireSeries } from '../../wire/responses.ts'
import { writeTime } from '../../wire/time.ts'
import { fieldsOf, type ReservationInput } from './event.ts'
import type { TypedTransport } from './transport.ts'

/** A series that is asked for. */
export interface SeriesInput extends Omit<ReservationInput, 'start' | 'end' | 'site'> {
  readonly site: SiteCode
  /** The first night's date; not needed for a list of dates. */
  readonly firstNight?: string
  readonly nights: { readonly every: number; readonly count: number } | readonly string[]
  readonly startRule: StartRule
  readonly minutes: number
}

/** The reservations of a series from a night on. */
export interface SeriesPart {
  readonly id: string
  readonly fromNight: string
}

export interface SeriesOptions {
  /** For admins: commits the reservations although there are objections. */
  readonly override?: boolean
  /** Only says what would be done. */
  readonly dryRun?: boolean
  /** Leaves out the nights that are refused. */
  readonly skipsRefused?: boolean
}

/** What became of one night of a series: it has a reservation, or objections. */
export interface SeriesNight {
  readonly night: string
  readonly reservation: Reservation | undefined
  readonly objections: readonly WireObjection[]
}

/** Where a reservation is to be moved. */
export interface MoveInput {
  readonly id: ReservationId
  readonly start?: number
  readonly site?: SiteCode
}

const nightsOf = ({ nights }: WireSeries): SeriesNight[] =>
  nights.map((one) =>
    'event' in one
      ? { night: one.night, reservation: reservationOf(one.event), objections: [] }
      : { ...one, reservation: undefined },
  )

/** The functions for series. */
export const seriesBy = ({ write }: TypedTransport) => ({
  /** Makes a reservation in each of some nights, in one step. The same again is a retry, with the same result. */
  async reserveSeries(id: string, input: SeriesInput, options: SeriesOptions = {}): Promise<SeriesNight[]> {
    const { firstNight, nights, startRule, minutes, ...fields } = input
    const { value } = await write('newseries', {
      series_id: id,
      ...fieldsOf(fields),
      first_night: firstNight,
      nights,
      start: startRule,
      minutes,
      ...seriesFields(options),
    })
    return nightsOf(value)
  },
  /** Changes the reservations of a series from a night on, in one step. */
  async amendSeries(
    { id, fromNight }: SeriesPart,
    changes: Partial<Omit<SeriesInput, 'firstNight' | 'nights'>>,
    options: SeriesOptions = {},
  ): Promise<SeriesNight[]> {
    const { startRule, minutes, ...fields } = changes
    const { value } = await write('modifyseries', {
      series_id: id,
      from_night: fromNight,
      ...fieldsOf(fields),
      start: startRule,
      minutes,
      ...seriesFields(options),
    })
    return nightsOf(value)
  },
  /** Deletes the reservations of a series from a night on, in one step. */
  async cancelSeries({ id, fromNight }: SeriesPart, { dryRun }: SeriesOptions = {}): Promise<SeriesNight[]> {
    const { value } = await write('deleteseries', { series_id: id, from_night: fromNight, dry_run: dryRun })
    return nightsOf(value)
  },
})

/** The function for moves. */
export const movesBy = ({ write }: TypedTransport) => ({
  /** For admins and services: moves reservations one after the other. Without a start each goes to the nearest free dark time. */
  async moveAll(
    moves: readonly MoveInput[],
    options: Pick<SeriesOptions, 'override'> = {},
  ): Promise<readonly WireMove[]> {
    const { value } = await write('move-reservations', {
      moves: moves.map(({ id, start, site }) => ({
        event_id: id,
        ...(start !== undefined && { start: writeTime(start) }),
        site,
      })),
      ...options,
    })
    return value
  },
})

const seriesFields = ({ override, dryRun, skipsRefused }: SeriesOptions) => ({
  override,
  dry_run: dryRun,
  ...(skipsRefused === true && { on_conflict: 'skip' }),
})

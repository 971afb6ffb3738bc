import { isTrusted } from '../../domain/access.ts'
import type { Actor } from '../../domain/observer.ts'
import type { Reservation, Stored } from '../../domain/reservation.ts'
import type { NightOutcome, SeriesId } from '../../domain/series.ts'
import { eventOf } from '../../wire/event.ts'
import type { WireSeries } from '../../wire/responses.ts'
import { refusedNightOf } from '../problem.ts'

/** A body of 4 kB is enough for a series: its event is written once for each night. */
export const MAX_SERIES_BYTES = 4096

interface WrittenNight {
  readonly reservation: Reservation
  readonly overlapping?: readonly Stored[]
}

/** The response to a series: each night with its event or the objections to it. */
export const seriesResponse = (
  { id, dryRun }: { readonly id: SeriesId; readonly dryRun: boolean },
  outcomes: readonly NightOutcome<WrittenNight>[],
  actor: Actor,
): { readonly value: WireSeries } => ({
  value: {
    series_id: id,
    dry_run: dryRun,
    nights: outcomes.map((outcome) => {
      if ('problem' in outcome) return refusedNightOf(outcome, isTrusted(actor))
      const { reservation, overlapping = [] } = outcome.written
      const across = overlapping.map((one) => one.reservation.id)
      return { night: outcome.night, event: eventOf(reservation), ...(across.length > 0 && { across }) }
    }),
  },
})

import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { formatOwnSpan } from '../format/span.ts'
import { isOwn } from '../grid/reservation-label.ts'
import { useApp } from '../live/app-context.ts'
import { differsFromOwn, type Place } from '../own-zone.ts'

/* Parts of what is said about a reservation. */

/** ` by Bo Jansson`, or `, yours`. */
export const ByWhom = ({ reservation }: { reservation: Reservation }) =>
  isOwn(reservation, useApp().caller) ? (
    <>, yours</>
  ) : (
    <>
      {' '}
      by <bdi>{reservation.creator}</bdi>
    </>
  )

interface OwnSpanProps {
  readonly place: Place
  readonly during: Interval
  /** The present, for the year as `formatCivil` has it. */
  readonly now?: number
}

/** ` Fri 27 Nov 06:30–07:15 for you`, unless the reader's clocks show what those of the place do. */
export const OwnSpan = ({ place, during, now = during.start }: OwnSpanProps) =>
  differsFromOwn(place, during.start) ? <span class="hint"> {formatOwnSpan(during, now)} for you</span> : null

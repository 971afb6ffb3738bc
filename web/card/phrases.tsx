import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { formatOwnSpan } from '../format/span.ts'
import { isOwn } from '../grid/reservation-label.ts'
import { useApp } from '../live/app-context.ts'
import { differsFromOwn, type Zone } from '../own-zone.ts'

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
  readonly zone: Zone
  readonly during: Interval
  /** The present, for the year as `formatCivil` has it. */
  readonly now?: number
}

/** ` Fri 27 Nov 06:30–07:15 for you`, unless the reader's clocks show the same. */
export const OwnSpan = ({ zone, during, now = during.start }: OwnSpanProps) =>
  differsFromOwn(zone, during.start) ? <span class="hint"> {formatOwnSpan(during, now)} for you</span> : null

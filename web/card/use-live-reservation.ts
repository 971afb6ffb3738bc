import { useRef, useState } from 'preact/hooks'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import { differencesOf } from '../editor/describe.ts'
import { isSame } from '../editor/current-reservation.ts'
import { siteFor } from '../editor/site-for.ts'
import { useCurrentReservation } from '../editor/use-current-reservation.ts'
import { useApp } from '../live/app-context.ts'

/** A reservation as it is now. */
export interface LiveReservation {
  /** Its last known state; undefined until it has been read. */
  readonly reservation: Reservation | undefined
  /** Whether there is none of that id any more. */
  readonly isGone: boolean
  /** What was changed since it was shown, a phrase each. */
  readonly changes: readonly string[]
  /** Whether it cannot be read just now. */
  readonly isUnreachable: boolean
}

/** Follows a reservation: reads it at once, and after each change. `shown` is what is known of it already. */
export function useLiveReservation(id: ReservationId, shown: Reservation | undefined): LiveReservation {
  const { sites } = useApp()
  const [state, setState] = useState<Omit<LiveReservation, 'changes'>>({
    reservation: shown,
    isGone: false,
    isUnreachable: false,
  })
  const first = useRef(shown)
  useCurrentReservation(
    id,
    (seen) => {
      first.current ??= seen?.reservation
      setState((last) => ({
        reservation: seen?.reservation ?? last.reservation,
        isGone: !seen,
        isUnreachable: false,
      }))
    },
    () => setState((last) => ({ ...last, isUnreachable: true })),
  )
  const { reservation } = state
  const before = first.current
  const isChanged = before && reservation && !isSame(before, reservation)
  return {
    ...state,
    changes: isChanged ? differencesOf(siteFor(sites, reservation.site).site, before, reservation) : [],
  }
}

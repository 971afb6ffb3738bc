import { useEffect, useRef } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import { now } from '../live/clock.ts'
import { deletedOf, forgetDeleted, noteDeleted } from './deleted.ts'

/**
 * Notes which of the caller's reservations are deleted while the page is open, whoever does so: those that are listed no more
 * though they have not ended. Forgets those that are there again.
 */
export function useNotedDeletions(reservations: readonly Reservation[] | undefined): void {
  const last = useRef<readonly Reservation[]>([])
  useEffect(() => {
    if (!reservations) return
    const ids = new Set(reservations.map(({ id }) => id))
    for (const reservation of last.current)
      if (!ids.has(reservation.id) && reservation.end > now()) noteDeleted(reservation, now())
    for (const { reservation } of deletedOf(reservations[0]?.observer ?? ''))
      if (ids.has(reservation.id)) forgetDeleted(reservation.id)
    last.current = reservations
  }, [reservations])
}

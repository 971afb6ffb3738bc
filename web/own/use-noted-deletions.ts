import { useEffect, useRef, useState } from 'preact/hooks'
import { DAY } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { useApp } from '../live/app-context.ts'
import { now } from '../live/clock.ts'
import { deletedOf, forgetDeleted, noteDeleted } from './deleted.ts'

/** How far back a reservation is looked for that is listed no more, in seconds: it may have been shortened, and so have ended. */
const LOOK_BACK = 30 * DAY

/**
 * Notes which of the caller's reservations are deleted while the page is open, whoever does so: those that are listed no more,
 * nor among those that have ended. Forgets those that are there again.
 */
export function useNotedDeletions(reservations: readonly Reservation[] | undefined): void {
  const { calendar, caller } = useApp()
  const last = useRef<readonly Reservation[]>([])
  const [, setNoted] = useState(0)
  useEffect(() => {
    const { id } = caller
    if (!reservations || id === undefined) return
    const missing = without(reservations, last.current).filter(({ observer, end }) => observer === id && end > now())
    last.current = reservations
    for (const { reservation } of deletedOf(id))
      if (without(reservations, [reservation]).length === 0) forgetDeleted(reservation.id)
    if (missing.length === 0) return
    const noteAll = (there: readonly Reservation[]) => {
      for (const one of without([...there, ...last.current], missing)) noteDeleted(one, now())
      setNoted((count) => count + 1)
    }
    // Without an answer nothing is noted: the histories of the reservations still have them.
    calendar.reservationsOf(id, now() - LOOK_BACK).then(noteAll, () => undefined)
  }, [reservations])
}

/** The reservations of a list that are not in another. */
function without(others: readonly Reservation[], list: readonly Reservation[]): Reservation[] {
  const ids = new Set(others.map(({ id }) => id))
  return list.filter(({ id }) => !ids.has(id))
}

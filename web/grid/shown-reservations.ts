import { useCallback, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import type { Destination } from '../editor/destination.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { mayModify } from '../live/app-context.ts'
import { keyOf } from '../reservation-key.ts'
import { holdsAnEnd } from './geometry.ts'

/** A reservation as nights and lanes show it. */
export interface Shown {
  readonly reservation: Reservation
  /** Where it was dragged to, while that is being saved; else its own times and telescope. */
  readonly during: Interval
  readonly site: SiteCode
  readonly isSaving: boolean
}

/** Whether the caller may drag what the columns show: not while it is being saved, nor if none of its ends is there. */
export const mayDrag = (caller: Caller, { reservation, isSaving }: Shown, columns: readonly Interval[]): boolean =>
  !isSaving && mayModify(caller, reservation.observer) && holdsAnEnd(columns, reservation)

interface Move {
  readonly to: Destination
  /** Saved; the next reading of the reservations has it. */
  readonly isSaved: boolean
}

/**
 * The reservations with those that are being moved where they were dragged to, until the next reading has them there. A
 * refused move puts a reservation back. One that is being saved must not be moved again: what would be changed is not read.
 */
export function useShownReservations(reservations: readonly Reservation[]) {
  const actions = useWriteActions()
  const [moves, setMoves] = useState<ReadonlyMap<string, Move>>(new Map())
  useLayoutEffect(() => setMoves((all) => withoutSaved(all)), [reservations])
  const shown = useMemo(
    () =>
      reservations.map((reservation): Shown => {
        const move = moves.get(keyOf(reservation))
        const during = move?.to ?? reservation
        return { reservation, during, site: during.site ?? reservation.site, isSaving: move !== undefined }
      }),
    [reservations, moves],
  )
  const move = useCallback(
    async (reservation: Reservation, to: Destination) => {
      const key = keyOf(reservation)
      setMoves((all) => new Map(all).set(key, { to, isSaved: false }))
      const isSaved = await actions.move(reservation, to)
      setMoves((all) => {
        const rest = new Map(all)
        if (isSaved) rest.set(key, { to, isSaved })
        else rest.delete(key)
        return rest
      })
    },
    [actions],
  )
  return { shown, move }
}

function withoutSaved(all: ReadonlyMap<string, Move>): ReadonlyMap<string, Move> {
  const rest = [...all].filter(([, { isSaved }]) => !isSaved)
  return rest.length < all.size ? new Map(rest) : all
}

import { useCallback, useLayoutEffect, useMemo, useState } from 'preact/hooks'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { keyOf } from '../reservation-key.ts'

/** A reservation as the grid shows it. */
export interface Shown {
  readonly reservation: Reservation
  /** Where it was dragged to, while that is being saved; else its own times. */
  readonly during: Interval
  readonly isSaving: boolean
}

interface Move {
  readonly to: Interval
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
        return { reservation, during: move?.to ?? reservation, isSaving: move !== undefined }
      }),
    [reservations, moves],
  )
  const move = useCallback(
    async (reservation: Reservation, to: Interval) => {
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

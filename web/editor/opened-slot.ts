import { useEffect, useState } from 'preact/hooks'
import type { Interval } from '../../src/domain/interval.ts'
import type { ReservationId } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { signal } from '../grid/signal.ts'

/** Where the open form or card belongs: a reservation, or the times of a form. */
export type OpenedSlot =
  | { readonly id: ReservationId }
  | { readonly site: SiteCode; readonly during: Interval; readonly title: string }

/** The slot of what is open; undefined if nothing is. Views mark it. */
export const openedSlot = signal<OpenedSlot | undefined>(undefined)

/** Whether the card of a reservation is open. */
export function useIsOpened(id: ReservationId): boolean {
  const [isOpened, setOpened] = useState(false)
  useEffect(() => {
    const update = () => {
      const slot = openedSlot.get()
      setOpened(slot !== undefined && 'id' in slot && slot.id === id)
    }
    update()
    return openedSlot.subscribe(update)
  }, [id])
  return isOpened
}

/** Marks the reservation of the open card. */
export function useOpenedCard(id: ReservationId): void {
  useEffect(() => {
    openedSlot.set({ id })
    return () => openedSlot.set(undefined)
  }, [id])
}

/** Marks the times of the open form. */
export function useOpenedForm(site: SiteCode, { start, end }: Interval, title: string): void {
  useEffect(() => openedSlot.set({ site, during: { start, end }, title }), [site, start, end, title])
  useEffect(() => () => openedSlot.set(undefined), [])
}

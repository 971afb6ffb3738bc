import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'

/** What the editor is opened for. */
export type EditIntent =
  | {
      readonly action: 'reserve'
      readonly site: SiteCode
      readonly during?: { readonly start: Instant; readonly end?: Instant }
    }
  /** With `search`, the copy starts at the first free time from `during.start` on. */
  | { readonly action: 'copy'; readonly of: Reservation; readonly during: Interval; readonly search?: boolean }
  | { readonly action: 'change'; readonly reservation: Reservation }

/** What to open: the editor, or with `show` the card of a reservation. */
export type Intent =
  | EditIntent
  | { readonly action: 'show'; readonly reservation: Reservation }
  | { readonly action: 'show'; readonly id: ReservationId }

/** Where something is drawn, in pixels from the top left corner of the window. */
export interface Anchor {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Opens the editor and the card. */
export interface Editing {
  /** Opens the editor or a card in place of what is open, beside its slot or block if that is drawn. */
  readonly open: (intent: Intent, anchor?: Anchor) => void
}

export const EditingContext = createContext<Editing | undefined>(undefined)

/** Opens the editor and the card. @throws Error outside an EditingProvider */
export function useEditing(): Editing {
  const editing = useContext(EditingContext)
  if (!editing) throw new Error('useEditing() needs an EditingProvider.')
  return editing
}

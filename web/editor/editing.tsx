import type { ComponentChildren } from 'preact'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'

/** What to open the editor for. */
export type Intent =
  | { readonly what: 'reserve'; readonly site: SiteCode; readonly during?: { readonly start: Instant; readonly end?: Instant } }
  | { readonly what: 'copy'; readonly of: Reservation; readonly during: Interval }
  | { readonly what: 'change' | 'look'; readonly reservation: Reservation }

export interface Editing {
  readonly open: (intent: Intent) => void
  /** Moves or resizes a reservation; where that is refused, tells why, offers what is free, and resolves to false. */
  readonly move: (reservation: Reservation, to: Interval) => Promise<boolean>
}

export const useEditing = (): Editing => ({ open: () => {}, move: () => Promise.resolve(false) })

export function EditingProvider({ children }: { children: ComponentChildren }) {
  return <>{children}</>
}

import { useState } from 'preact/hooks'
import { useNow } from '../live/clock.ts'
import { lazy } from '../live/lazy.tsx'
import { useOwnReservations } from '../live/use-reservations.ts'
import { useNotedDeletions } from '../own/use-noted-deletions.ts'
import { upcoming } from './upcoming.ts'

const OwnPanel = lazy(() => import('../own/own-panel.tsx').then((module) => module.OwnPanel))

/** The list of the caller's reservations at all telescopes, and how many are to come; undefined for an anonymous caller. */
export function useOwnList() {
  const query = useOwnReservations()
  const now = useNow(60)
  const [isOpen, setOpen] = useState(false)
  useNotedDeletions(query?.reservations)
  if (!query) return undefined
  return {
    count: query.reservations && upcoming(query.reservations, now).length,
    open: () => setOpen(true),
    dialog: isOpen && <OwnPanel query={query} now={now} close={() => setOpen(false)} />,
  }
}

type OwnList = NonNullable<ReturnType<typeof useOwnList>>

/** A button that opens the list, with the number of reservations to come. */
export const OwnButton = ({ list: { count, open }, before }: { list: OwnList; before?: () => void }) => (
  <button
    type="button"
    class="plain"
    onClick={() => {
      before?.()
      open()
    }}
  >
    My reservations{' '}
    {count !== undefined && (
      <span class="own-count">
        {count}
        <span class="visually-hidden"> upcoming</span>
      </span>
    )}
  </button>
)

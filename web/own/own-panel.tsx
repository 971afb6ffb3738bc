import { useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import { DAY } from '../../src/domain/interval.ts'
import type { ObserverId } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { RadioChoice } from '../editor/fields.tsx'
import { DataAge } from '../live/age.tsx'
import { useApp } from '../live/app-context.ts'
import { now as present } from '../live/clock.ts'
import { useRequest } from '../live/use-request.ts'
import type { ReservationsQuery } from '../live/use-reservations.ts'
import { upcoming } from '../pages/upcoming.ts'
import { Popover } from '../popover/popover.tsx'
import { keyOf } from '../reservation-key.ts'
import { deletedOf } from './deleted.ts'
import { OwnItem } from './own-item.tsx'
import './own-panel.css'

const FILTERS = [
  ['upcoming', 'Upcoming'],
  ['past', 'Past'],
  ['deleted', 'Deleted'],
] as const
type Filter = (typeof FILTERS)[number][0]

const EMPTY: Readonly<Record<Filter, string>> = {
  upcoming:
    'No upcoming reservations. To reserve, choose a telescope and press “New reservation”, or a free time on its calendar.',
  past: 'No reservations in the last half year.',
  deleted: 'This browser knows of no deleted reservations of yours.',
}

/** How far back past reservations are listed, in seconds. */
const PAST_SECONDS = 183 * DAY
/** The most reservations of a list. */
const MAX_ITEMS = 200

interface OwnPanelProps {
  readonly query: ReservationsQuery
  readonly now: Instant
  readonly close: () => void
}

/** The caller's reservations at all telescopes: those to come, those that are past, and those that were deleted. */
export function OwnPanel({ query, now, close }: OwnPanelProps) {
  const [filter, setFilter] = useState<Filter>('upcoming')
  const past = usePast(filter === 'past')
  const { id = '' } = useApp().caller
  const lists = {
    upcoming: query.reservations && upcoming(query.reservations, now),
    past,
    deleted: deletedOf(id).map(({ reservation }) => reservation),
  }
  const list = lists[filter]
  const items = list === 'failed' ? [] : (list ?? [])
  return (
    <Popover class="own" title="My reservations" anchor={undefined} close={close} leave={close}>
      <RadioChoice label="Show" options={FILTERS} value={filter} choose={setFilter} />
      <DataAge query={query} />
      {list === 'failed' && <p role="alert">They could not be loaded.</p>}
      {list === undefined && <p class="hint">Loading reservations …</p>}
      {list?.length === 0 && <p>{EMPTY[filter]}</p>}
      {items.length > 0 && (
        <ol aria-label={`${filter} reservations`}>
          {items.slice(0, MAX_ITEMS).map((one) => (
            <OwnItem key={keyOf(one)} reservation={one} now={now} close={close} isDeleted={filter === 'deleted'} />
          ))}
        </ol>
      )}
    </Popover>
  )
}

/** The caller's past reservations, the last first; undefined before they have been read. */
function usePast(isShown: boolean): readonly Reservation[] | 'failed' | undefined {
  const { calendar, caller } = useApp()
  const { id } = caller
  const ask = async (observer: ObserverId) => {
    const at = present()
    const all = await calendar.reservationsOf(observer, at - PAST_SECONDS)
    return all.filter(({ end }) => end <= at).toSorted((a, b) => b.start - a.start)
  }
  return useRequest(isShown && id !== undefined ? () => ask(id) : undefined, [isShown, calendar, id])
}

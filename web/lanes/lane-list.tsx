import { useMemo, useRef, useState } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Target } from '../../src/sky/target.ts'
import type { GhostState } from '../grid/ghost.tsx'
import { useShownReservations } from '../grid/shown-reservations.ts'
import { signal } from '../grid/signal.ts'
import { useGlide } from '../grid/use-glide.ts'
import { useTimeDrag } from '../grid/use-time-drag.ts'
import { useNavigation } from '../live/navigation.tsx'
import type { ReservationsQuery } from '../live/use-reservations.ts'
import { useRovingFocus } from '../roving-focus.ts'
import { drawnInLanes } from './glide-in-lanes.ts'
import { laneField } from './lane-field.ts'
import { LANE_STOPS } from './lane-stops.ts'
import { TelescopeRow } from './telescope-row.tsx'
import type { Telescope } from './telescopes.ts'

interface LaneListProps {
  readonly telescopes: readonly Telescope[]
  readonly window: Interval
  readonly now: Instant
  /** The reservations of the window. */
  readonly query: ReservationsQuery
  readonly target: Target | undefined
  /** Whether the telescopes are in their order: it is known when each is free. */
  readonly isRanked: boolean
  /** Whether reservations could not be read. */
  readonly isFailing: boolean
}

const NONE: readonly Reservation[] = []

/** The telescopes, each with its lane. All lanes are one stop of the Tab key, and one drags in all of them. */
export function LaneList({ telescopes, query: { reservations }, isRanked, ...shared }: LaneListProps) {
  const element = useRef<HTMLUListElement>(null)
  const { embed = false } = useNavigation().route
  const { shown, move } = useShownReservations(reservations ?? NONE)
  const [ghost] = useState(() => signal<GhostState | undefined>(undefined))
  const { window, now } = shared
  const field = useMemo(() => laneField(window), [window.start, window.end])
  useTimeDrag(element, reservations !== undefined && !embed, { field, shown, now, ghost, move })
  useGlide(
    element,
    useMemo(() => drawnInLanes(window, shown), [window.start, window.end, shown]),
  )
  const onKeyDown = useRovingFocus(element, LANE_STOPS)
  const first = telescopes.find(({ free }) => free)
  return (
    <ul
      ref={element}
      class="network-rows"
      aria-label="Telescopes"
      aria-busy={reservations === undefined}
      onKeyDown={onKeyDown}
    >
      {telescopes.map((telescope, line) => (
        <TelescopeRow
          // Rows that change their order when they are known are drawn anew: none of them is seen to move.
          key={isRanked ? telescope.site.code : `unread ${telescope.site.code}`}
          {...{ ...shared, telescope, line, ghost }}
          all={reservations && shown}
          isFirst={telescope === first}
        />
      ))}
    </ul>
  )
}

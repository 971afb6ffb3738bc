import { useRef } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Target } from '../../src/sky/target.ts'
import type { ReservationsQuery } from '../live/use-reservations.ts'
import { useRovingFocus } from '../roving-focus.ts'
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

/** The telescopes, each with its lane. All lanes are one stop of the Tab key. */
export function LaneList({ telescopes, query: { reservations }, isRanked, ...shared }: LaneListProps) {
  const element = useRef<HTMLUListElement>(null)
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
          {...{ ...shared, telescope, line }}
          all={reservations}
          isFirst={telescope === first}
        />
      ))}
    </ul>
  )
}

import { useMemo } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useFilter } from '../filter.ts'
import { formatMoment } from '../format/span.ts'
import { closedEnclosure, isClosure } from '../grid/closures.ts'
import { anchorAt } from '../grid/night-points.ts'
import { shareWidth } from '../grid/side-by-side.ts'
import { useApp } from '../live/app-context.ts'
import { keyOf } from '../reservation-key.ts'
import { LaneBlock } from './lane-block.tsx'
import { laneLabel } from './lane-label.ts'
import { type LanePartProps, placeOf } from './lane-part.ts'
import '../grid/closure.css'
import './lane-blocks.css'

/** The closures of a telescope: over the whole height of its lane, below the strip. */
export function Closed({ site, line, window, now, here }: LanePartProps) {
  const { caller } = useApp()
  const { open } = useEditing()
  const closures = here.map(({ reservation }) => reservation).filter((one) => isClosure(site, one))
  return (
    <>
      {closures.map((reservation) => (
        <button
          key={keyOf(reservation)}
          type="button"
          class={reservation.end <= now ? 'closure lane-closed past' : 'closure lane-closed'}
          style={placeOf(window, reservation)}
          aria-label={`${reservation.title} ${untilWhen(site, reservation, now)}. ${laneLabel(site, reservation, caller)}`}
          data-line={line}
          data-stop={reservation.start - window.start}
          tabIndex={-1}
          onClick={(event) => open({ action: 'show', reservation }, anchorAt(event.currentTarget))}
        >
          <span class="lane-closed-text" aria-hidden="true">
            <bdi>{reservation.title}</bdi> <small>{untilWhen(site, reservation, now)}</small>
          </span>
        </button>
      ))}
    </>
  )
}

/** `until Thu 3 Dec 16:00, all telescopes of eco`, site time. */
function untilWhen(site: Site, reservation: Reservation, now: Instant): string {
  const enclosure = closedEnclosure(site, reservation)
  const until = `until ${formatMoment(site, reservation.end, now)}`
  return enclosure === undefined ? until : `${until}, all telescopes of ${enclosure}`
}

/** What is reserved at a telescope, closures apart. What overlaps shares the height. */
export function Reserved({ here, ...shared }: LanePartProps) {
  const { site } = shared
  const isMatch = useFilter()
  const reserved = useMemo(() => here.filter(({ reservation }) => !isClosure(site, reservation)), [site, here])
  const shares = useMemo(() => shareWidth(reserved.map(({ during }) => during)), [reserved])
  if (reserved.length === 0) return null
  return (
    <ul aria-label={`Reservations at ${site.code}`}>
      {reserved.map((one) => (
        <LaneBlock
          key={keyOf(one.reservation)}
          {...shared}
          shown={one}
          share={shares.get(one.during)}
          isMatch={isMatch(one.reservation)}
        />
      ))}
    </ul>
  )
}

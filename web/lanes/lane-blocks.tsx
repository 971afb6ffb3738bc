import { useMemo } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useFilter } from '../filter.ts'
import { isClosure } from '../grid/closures.ts'
import { anchorAt } from '../grid/night-points.ts'
import { isOwn, reservationClass } from '../grid/reservation-label.ts'
import { type Share, shareWidth } from '../grid/side-by-side.ts'
import { useApp } from '../live/app-context.ts'
import { partOf, shareOf, styleOf } from '../position.ts'
import { keyOf } from '../reservation-key.ts'
import { laneLabel } from './lane-label.ts'
import '../grid/block.css'
import '../grid/block-text.css'
import '../grid/block-states.css'
import '../grid/closure.css'
import './lane-blocks.css'

/** What a part of a lane shows. */
export interface LanePartProps {
  readonly site: Site
  /** Index of the lane. */
  readonly line: number
  readonly window: Interval
  readonly now: Instant
  /** What is reserved in the window. */
  readonly here: readonly Reservation[]
}

/** The closures of a telescope: over the whole height of its lane, below the strip. */
export function Closed({ site, line, window, now, here }: LanePartProps) {
  const { caller } = useApp()
  const { open } = useEditing()
  const closures = here.filter((one) => isClosure(site, one))
  return (
    <>
      {closures.map((reservation) => (
        <button
          key={keyOf(reservation)}
          type="button"
          class={reservation.end <= now ? 'closure lane-closed past' : 'closure lane-closed'}
          style={placeOf(window, reservation)}
          aria-label={laneLabel(site, reservation, caller)}
          data-line={line}
          data-stop={reservation.start - window.start}
          tabIndex={-1}
          onClick={(event) => open({ action: 'show', reservation }, anchorAt(event.currentTarget))}
        >
          <span class="lane-closed-text" aria-hidden="true">
            <bdi>{reservation.title}</bdi>
          </span>
        </button>
      ))}
    </>
  )
}

/** What is reserved at a telescope, closures apart. What overlaps shares the height. */
export function Reserved({ site, line, window, now, here }: LanePartProps) {
  const isMatch = useFilter()
  const reserved = useMemo(() => here.filter((one) => !isClosure(site, one)), [site, here])
  const shares = useMemo(() => shareWidth(reserved), [reserved])
  if (reserved.length === 0) return null
  return (
    <ul aria-label={`Reservations at ${site.code}`}>
      {reserved.map((one) => (
        <Block
          key={keyOf(one)}
          {...{ site, line, window, now }}
          reservation={one}
          share={shares.get(one)}
          isMatch={isMatch(one)}
        />
      ))}
    </ul>
  )
}

interface BlockProps extends Omit<LanePartProps, 'here'> {
  readonly reservation: Reservation
  readonly share: Share | undefined
  /** Whether it is one of those that are looked for. */
  readonly isMatch: boolean
}

function Block({ site, line, reservation, window, now, share, isMatch }: BlockProps) {
  const { caller } = useApp()
  const { open } = useEditing()
  const { start, end } = reservation
  const own = isOwn(reservation, caller)
  const name = laneLabel(site, reservation, caller)
  const { index, count } = share ?? { index: 0, count: 1 }
  const visible = { start: Math.max(start, window.start), end: Math.min(end, window.end) }
  const marks = [end <= now ? 'past' : '', isMatch ? '' : 'dimmed']
  return (
    <li style={{ ...placeOf(window, reservation), top: `${(100 * index) / count}%`, height: `${100 / count}%` }}>
      <button
        type="button"
        class={['block', reservationClass(reservation, caller), ...marks].join(' ')}
        aria-label={name}
        data-reservation={reservation.id}
        data-line={line}
        data-stop={start - window.start}
        tabIndex={-1}
        onClick={(event) => open({ action: 'show', reservation }, anchorAt(event.currentTarget))}
      >
        {start <= now && now < end && <span class="now-within" style={{ left: `${shareOf(visible, now) * 100}%` }} />}
        <span class="block-text" aria-hidden="true">
          <span class="block-title">
            <bdi>{reservation.title}</bdi>
          </span>
          <span class="block-observer" data-text={own ? 'You' : reservation.creator} />
        </span>
      </button>
    </li>
  )
}

/** The part of the lane that a reservation takes, as a style. */
const placeOf = (window: Interval, during: Interval) => styleOf(partOf(window, during) ?? { left: 0, width: 0 })

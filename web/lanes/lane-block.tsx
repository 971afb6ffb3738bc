import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useIsOpened } from '../editor/opened-slot.ts'
import { anchorAt } from '../grid/night-points.ts'
import { isOwn, reservationClass } from '../grid/reservation-label.ts'
import { mayDrag, type Shown } from '../grid/shown-reservations.ts'
import type { Share } from '../grid/side-by-side.ts'
import { directionOf } from '../bidi.ts'
import { useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import { shareOf } from '../position.ts'
import { keyOf } from '../reservation-key.ts'
import { laneLabel } from './lane-label.ts'
import { type LanePartProps, placeOf } from './lane-part.ts'
import '../grid/block.css'
import '../grid/block-text.css'
import '../grid/block-states.css'

interface LaneBlockProps extends Omit<LanePartProps, 'here'> {
  readonly shown: Shown
  readonly share: Share | undefined
  /** Whether it is one of those that are looked for. */
  readonly isMatch: boolean
}

/** The part of a reservation that a lane shows. */
export function LaneBlock(props: LaneBlockProps) {
  const { site, line, window, shown, share } = props
  const { caller, sites } = useApp()
  const { open } = useEditing()
  const { embed } = useNavigation().route
  const { reservation, during, isSaving } = shown
  const { index, count } = share ?? { index: 0, count: 1 }
  const canDrag = !embed && mayDrag(caller, shown, [window])
  return (
    <li style={{ ...placeOf(window, during), top: `${(100 * index) / count}%`, height: `${100 / count}%` }}>
      <button
        type="button"
        class={`block ${reservationClass(reservation, caller)} ${statesOf(props)}`}
        aria-label={laneLabel(sites.get(reservation.site) ?? site, reservation, caller)}
        aria-busy={isSaving || undefined}
        data-key={keyOf(reservation)}
        data-reservation={reservation.id}
        data-drag={canDrag ? '' : undefined}
        data-opened={useIsOpened(reservation.id) ? '' : undefined}
        data-line={line}
        data-stop={during.start - window.start}
        tabIndex={-1}
        onClick={(event) => open({ action: 'show', reservation }, anchorAt(event.currentTarget))}
      >
        <Now {...props} />
        <BlockText reservation={reservation} isSaving={isSaving} />
        {canDrag && <Edges during={during} window={window} />}
      </button>
    </li>
  )
}

/** The ends that the lane shows, by which it is resized. */
const Edges = ({ during: { start, end }, window }: { during: Interval; window: Interval }) => (
  <>
    {window.start <= start && <span class="edge start" data-grip="start" />}
    {end <= window.end && <span class="edge end" data-grip="end" />}
  </>
)

function statesOf({ shown: { during, isSaving }, now, isMatch }: LaneBlockProps): string {
  const states = [during.end <= now ? 'past' : '', isSaving ? 'saving' : '', isMatch ? '' : 'dimmed']
  return states.filter(Boolean).join(' ')
}

/** Where the present is in it. */
function Now({ shown: { during }, window, now }: LaneBlockProps) {
  const { start, end } = during
  if (now < start || now >= end) return null
  const visible = { start: Math.max(start, window.start), end: Math.min(end, window.end) }
  return <span class="now-within" style={{ left: `${shareOf(visible, now) * 100}%` }} />
}

function BlockText({ reservation, isSaving }: { reservation: Reservation; isSaving: boolean }) {
  const { caller } = useApp()
  const observer = isOwn(reservation, caller) ? 'You' : reservation.creator
  return (
    <span class="block-text" aria-hidden="true">
      <span class="block-title" dir={directionOf(reservation.title)}>
        <bdi>{reservation.title}</bdi>
      </span>
      <span class="block-observer" dir={directionOf(observer)} data-text={isSaving ? 'Saving …' : observer} />
    </span>
  )
}

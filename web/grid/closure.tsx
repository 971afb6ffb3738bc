import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useIsOpened } from '../editor/opened-slot.ts'
import { formatMoment } from '../format/span.ts'
import { keyOf } from '../reservation-key.ts'
import { closedEnclosure } from './closures.ts'
import type { Column } from './geometry.ts'
import type { PlacedBlock } from './placed-blocks.ts'
import { reservationLabel } from './reservation-label.ts'
import './closure.css'

interface ClosureProps {
  readonly closure: PlacedBlock
  readonly column: Column
  readonly site: Site
  readonly caller: Caller
  readonly now: Instant
  readonly onOpen: (reservation: Reservation, closure: HTMLElement) => void
}

interface ClosuresProps extends Omit<ClosureProps, 'closure'> {
  readonly closures: readonly PlacedBlock[]
}

/** The closures of a night: over all of its width but the gutter, behind what is reserved all the same. */
export const Closures = ({ closures, ...shared }: ClosuresProps) => (
  <>
    {closures.map((closure) => (
      <Closure key={keyOf(closure.shown.reservation)} closure={closure} {...shared} />
    ))}
  </>
)

function Closure({ closure, column, site, caller, now, onOpen }: ClosureProps) {
  const { top, bottom, column: index } = closure
  const { reservation, during } = closure.shown
  return (
    <button
      type="button"
      class={during.end <= now ? 'closure past' : 'closure'}
      style={{ top: `${top * 100}%`, height: `${(bottom - top) * 100}%` }}
      data-key={keyOf(reservation)}
      data-opened={useIsOpened(reservation.id) ? '' : undefined}
      data-line={index}
      data-stop={during.start - column.start}
      tabIndex={-1}
      onClick={(event) => onOpen(reservation, event.currentTarget)}
    >
      <span class="visually-hidden">{reservationLabel(reservation, site, caller)}</span>
      <Label reservation={reservation} end={during.end} site={site} now={now} />
    </button>
  )
}

interface LabelProps extends Pick<ClosureProps, 'site' | 'now'> {
  readonly reservation: Reservation
  readonly end: Instant
}

/** Until when it is closed, why, and whether the whole enclosure is; in a wide night also the note, and who closed it. */
function Label({ reservation, end, site, now }: LabelProps) {
  const { title, note, creator } = reservation
  const enclosure = closedEnclosure(site, reservation)
  return (
    <span class="closure-label" aria-hidden="true">
      <strong>Closed</strong>
      <span>{`until ${formatMoment(site, end, now)}`}</span>
      <small>
        <bdi>{title}</bdi>
      </small>
      {enclosure !== undefined && <small>{`All telescopes of ${enclosure}`}</small>}
      {note !== '' && (
        <small class="closure-more">
          <bdi>{note}</bdi>
        </small>
      )}
      <small class="closure-more">
        By <bdi>{creator}</bdi>
      </small>
    </span>
  )
}

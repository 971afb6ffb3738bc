import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatMoment } from '../format.ts'
import { keyOf } from '../reservation-key.ts'
import type { Column } from './geometry.ts'
import type { PlacedBlock } from './placed-blocks.ts'
import { reservationLabel } from './reservation-label.ts'
import './closure.css'

interface ClosuresProps {
  readonly closures: readonly PlacedBlock[]
  readonly column: Column
  readonly site: Site
  readonly caller: Caller
  readonly now: Instant
  readonly onOpen: (reservation: Reservation, closure: HTMLElement) => void
}

/** The closures of a night: over all of its width but the gutter, behind what is reserved all the same. */
export const Closures = ({ closures, column, site, caller, now, onOpen }: ClosuresProps) => (
  <>
    {closures.map(({ shown: { reservation, during }, top, bottom, column: index }) => (
      <button
        key={keyOf(reservation)}
        type="button"
        class={during.end <= now ? 'closure past' : 'closure'}
        style={{ top: `${top * 100}%`, height: `${(bottom - top) * 100}%` }}
        data-key={keyOf(reservation)}
        data-column={index}
        data-stop={during.start - column.start}
        tabIndex={-1}
        onClick={(event) => onOpen(reservation, event.currentTarget)}
      >
        <span class="visually-hidden">{reservationLabel(reservation, site, caller)}</span>
        <span class="closure-label" aria-hidden="true">
          <strong>Closed</strong>
          <span>{`until ${formatMoment(site, during.end, now)}`}</span>
          <small>
            <bdi>{reservation.title}</bdi>
          </small>
        </span>
      </button>
    ))}
  </>
)

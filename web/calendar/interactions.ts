import type { CalendarOptions } from 'fullcalendar'
import { useMemo, useState } from 'preact/hooks'
import { type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { useNavigation } from '../live/navigation.tsx'
import { type Column, instantAt, nightAtGridTime, spanOf } from './columns.ts'

/** The extendedProps of a FullCalendar event that is a reservation. */
export interface ReservationEvent {
  readonly reservation: Reservation
  readonly className: string
}

interface Dragged {
  readonly start: Date | null
  readonly end: Date | null
  readonly extendedProps: object
}

/**
 * The pointer interactions of the night grid: drag over free time to reserve, click for the details, drag to move, pull
 * an edge to resize, drag with Shift to copy. `putBackCount` changes when the grid must draw a dragged reservation at
 * its old position again.
 */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function useInteractions(site: Site): { options: CalendarOptions; putBackCount: number } {
  const { open } = useEditing()
  const { move } = useWriteActions()
  const embedded = useNavigation().route.embed ?? false
  const [putBackCount, setPutBackCount] = useState(0)
  const options = useMemo<CalendarOptions>(() => {
    const putBack = () => setPutBackCount((count) => count + 1)
    const moveOrPutBack = async (reservation: Reservation, to: Interval) => {
      if (!(await move(reservation, to))) putBack()
    }
    return {
      // Nobody can sign in within another page.
      selectable: !embedded,
      // A selection over two nights is a pointer that slipped sideways.
      selectAllow: ({ start, end }) => nightAtGridTime(site, start).date === nightAtGridTime(site, end).date,
      select: ({ start, end, view }) => {
        view.calendar.unselect()
        open({
          action: 'reserve',
          site: site.code,
          during: { start: instantAt(site, start), end: instantAt(site, end) },
        })
      },
      eventClick: ({ event }) => {
        const { reservation } = event.extendedProps as Partial<ReservationEvent>
        if (reservation) open({ action: 'show', reservation })
      },
      eventDrop: ({ event, jsEvent }) => {
        const { reservation, start } = movedTo(event, site)
        const to = { start, end: start + durationOf(reservation) }
        if (jsEvent.shiftKey) {
          putBack()
          open({ action: 'copy', of: reservation, during: to })
        } else void moveOrPutBack(reservation, to)
      },
      eventResize: ({ event }) => {
        const { reservation, start, end } = movedTo(event, site)
        void moveOrPutBack(reservation, { start, end })
      },
    }
  }, [site, open, move, embedded])
  return { options, putBackCount }
}

function movedTo({ start, end, extendedProps }: Dragged, site: Site) {
  const { reservation } = extendedProps as ReservationEvent
  return {
    reservation,
    start: start ? instantAt(site, start) : reservation.start,
    end: end ? instantAt(site, end) : reservation.end,
  }
}

/** Whether the columns hold all of a reservation. If not, an edge is missing, and it cannot be dragged. */
export function isFullyVisible(columns: readonly Column[], { start, end }: Interval): boolean {
  const span = spanOf(columns)
  return span.start <= start && end <= span.end
}

import type { CalendarOptions } from 'fullcalendar'
import { useMemo, useState } from 'preact/hooks'
import { type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { useNavigation } from '../live/navigation.tsx'
import { type Column, instantAt, nightOn, spanOf } from './columns.ts'

/** What an event of fullcalendar's carries where it is a reservation. */
export interface DraggedEvent {
  readonly reservation: Reservation
  /** Its class names. */
  readonly look: string
}

interface Dragged {
  readonly start: Date | null
  readonly end: Date | null
  readonly extendedProps: object
}

/**
 * What one can do to the grid by pointer: drag over free time, click, drag to move, pull an edge, drag with Shift to copy.
 * `refusals` counts the times that what was dragged has to be drawn where it stood.
 */
export function useInteractions(site: Site): { options: CalendarOptions; refusals: number } {
  const { open } = useEditing()
  const { move } = useWriteActions()
  const embedded = useNavigation().route.embed ?? false
  const [putBackCount, setRefusals] = useState(0)
  const options = useMemo<CalendarOptions>(() => {
    const putBack = () => setRefusals((count) => count + 1)
    const moveOrPutBack = async (reservation: Reservation, to: Interval) => {
      if (!(await move(reservation, to))) putBack()
    }
    return {
      // Within another page one cannot sign in.
      selectable: !embedded,
      // What begins in one night and ends in another is not what a hand that slipped sideways meant.
      selectAllow: ({ start, end }) => nightOn(site, start).date === nightOn(site, end).date,
      select: ({ start, end, view }) => {
        view.calendar.unselect()
        open({ action: 'reserve', site: site.code, during: { start: instantAt(site, start), end: instantAt(site, end) } })
      },
      eventClick: ({ event }) => {
        const { reservation } = event.extendedProps as Partial<DraggedEvent>
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
  return { options, refusals: putBackCount }
}

function movedTo({ start, end, extendedProps }: Dragged, site: Site) {
  const { reservation } = extendedProps as DraggedEvent
  return {
    reservation,
    start: start ? instantAt(site, start) : reservation.start,
    end: end ? instantAt(site, end) : reservation.end,
  }
}

/** Whether all of a reservation is drawn, so that it may be dragged. */
export function isFullyVisible(columns: readonly Column[], { start, end }: Interval): boolean {
  const span = spanOf(columns)
  return span.start <= start && end <= span.end
}

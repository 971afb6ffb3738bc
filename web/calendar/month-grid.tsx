import type { CalendarOptions, EventInput } from 'fullcalendar'
import dayGrid from 'fullcalendar/daygrid'
import interaction from 'fullcalendar/interaction'
import { useMemo } from 'preact/hooks'
import { DAY } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useApp } from '../live/app-context.ts'
import { formatNight } from '../format.ts'
import type { Column } from './columns.ts'
import type { DraggedEvent } from './interactions.ts'
import { FullCalendar } from './full-calendar.tsx'
import { partsByNight } from './months.ts'
import type { GridProps } from './night-grid.tsx'
import { MoonLine, nightName } from './night-head.tsx'
import { ReservationBlock, reservationClass } from './reservation-block.tsx'
import './month-grid.css'

/** A month of nights: what happens after midnight belongs to the evening before. */
export function MonthGrid({ site, columns, reservations, now, openNight }: GridProps) {
  const { caller } = useApp()
  const { open } = useEditing()
  const events = useMemo(
    () =>
      reservations.flatMap((reservation): EventInput[] => {
        const dragged: DraggedEvent = { reservation, look: reservationClass(reservation, caller) }
        return partsByNight(reservation, columns).map((route) => ({ ...route, id: `${reservation.id} ${route.start.getTime()}`, extendedProps: dragged }))
      }),
    [reservations, columns, caller],
  )
  const options = useMemo<CalendarOptions>(() => {
    const [first, last] = [columns[0] as Column, columns.at(-1) as Column]
    const tonight = columns.find(({ start, end }) => start <= now && now < end)?.night.date
    const nightOn = (date: Date) => columns.find(({ night }) => night.date === date.toISOString().slice(0, 10))?.night
    const month = (columns[7] as Column).night.date.slice(0, 7)
    return {
      ...GRID_OPTIONS,
      visibleRange: { start: first.night.date, end: new Date(Date.parse(last.night.date) + DAY * 1000).toISOString().slice(0, 10) },
      titleFormat: () => `Nights of ${first.night.date} to ${last.night.date}`,
      now: () => new Date(tonight ?? 0),
      dayCellClass: ({ isToday, date }) =>
        ['month-night', isToday && 'tonight', !date.toISOString().startsWith(month) && 'other'].filter(Boolean).join(' '),
      dayCellTopContent: ({ date }) => {
        const night = nightOn(date)
        return night && <NightTop night={night} />
      },
      dayCellDidMount: ({ el, date }) => {
        const night = nightOn(date)
        if (night) el.setAttribute('aria-label', nightName(night))
      },
      eventContent: ({ event }) => <ReservationBlock reservation={(event.extendedProps as DraggedEvent).reservation} site={site} caller={caller} />,
      eventClick: ({ event }) => open({ action: 'show', reservation: (event.extendedProps as DraggedEvent).reservation }),
      navLinkHint: (_, day) => `Show the night of ${formatNight(day.toISOString().slice(0, 10))} alone`,
      navLinkDayClick: (day) => openNight(day.toISOString().slice(0, 10)),
      moreLinkClick: ({ date }) => openNight(date.toISOString().slice(0, 10)),
    }
  }, [columns, site, caller, open, openNight, now])
  return (
    <div class="month-grid">
      <FullCalendar options={options} events={events} />
    </div>
  )
}

const GRID_OPTIONS: CalendarOptions = {
  plugins: [dayGrid, interaction],
  initialView: 'nights',
  views: { nights: { type: 'dayGrid' } },
  navLinks: true,
  eventDisplay: 'block',
  dayMaxEvents: 4,
  moreLinkText: (count: number) => `${count} more`,
  dayHeaderFormat: { weekday: 'short' },
  dayHeaderAlign: 'center',
  tableHeaderClass: 'grid-head',
  dayHeaderClass: 'grid-night-head',
  dayCellTopClass: 'month-night-top',
  eventClass: ({ event }) => (event.extendedProps as DraggedEvent).look,
  moreLinkClass: 'month-more',
}

const NightTop = ({ night }: { night: Night }) => (
  <span class="month-night-date">
    <MoonLine night={night} />
    <strong>{Number(night.date.slice(8))}</strong>
  </span>
)

import type { CalendarOptions, EventInput } from 'fullcalendar'
import dayGrid from 'fullcalendar/daygrid'
import interaction from 'fullcalendar/interaction'
import { useMemo } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import { DAY, type Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Editing, useEditing } from '../editor/editing-context.ts'
import { useApp } from '../live/app-context.ts'
import { nightLabel } from '../grid/night-label.ts'
import { formatNight } from '../format.ts'
import { type Column, monthParts } from './columns.ts'
import { FullCalendar } from './full-calendar.tsx'
import { MoonLine } from './moon-line.tsx'
import { ReservationBlock, reservationClass } from './reservation-block.tsx'
import './month-grid.css'

interface GridProps {
  readonly site: Site
  readonly columns: readonly Column[]
  readonly reservations: readonly Reservation[]
  readonly now: Instant
  /** Goes to the view of one night. */
  readonly openNight: (date: string) => void
}

/** The extendedProps of a FullCalendar event that is a reservation. */
interface ReservationEvent {
  readonly reservation: Reservation
  readonly className: string
}

/** A month of nights. A reservation after midnight is in the cell of the evening before. */
export function MonthGrid({ site, columns, reservations, now, openNight }: GridProps) {
  const { caller } = useApp()
  const { open } = useEditing()
  const events = useMemo(
    () => reservations.flatMap((reservation) => eventsOf(reservation, columns, caller)),
    [reservations, columns, caller],
  )
  const frame = useMemo(() => frameOptions(columns), [columns])
  const cells = useMemo(() => cellOptions(columns, now), [columns, now])
  const contents = useMemo(() => eventOptions(site, caller, open), [site, caller, open])
  const links = useMemo(() => linkOptions(openNight), [openNight])
  const options = useMemo(
    () => ({ ...GRID_OPTIONS, ...frame, ...cells, ...contents, ...links }),
    [frame, cells, contents, links],
  )
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
  eventClass: ({ event }) => (event.extendedProps as ReservationEvent).className,
  moreLinkClass: 'month-more',
}

function frameOptions(columns: readonly Column[]): CalendarOptions {
  const [first, last] = [columns[0] as Column, columns.at(-1) as Column]
  return {
    visibleRange: { start: first.night.date, end: dateOf(new Date(Date.parse(last.night.date) + DAY * 1000)) },
    titleFormat: () => `Nights of ${first.night.date} to ${last.night.date}`,
  }
}

function cellOptions(columns: readonly Column[], now: Instant): CalendarOptions {
  const tonight = columns.find(({ start, end }) => start <= now && now < end)?.night.date
  const nightOfCell = (day: Date) => columns.find(({ night }) => night.date === dateOf(day))?.night
  const month = (columns[7] as Column).night.date.slice(0, 7)
  return {
    now: () => new Date(tonight ?? 0),
    dayCellClass: ({ isToday, date }) =>
      ['month-night', isToday && 'tonight', !dateOf(date).startsWith(month) && 'other'].filter(Boolean).join(' '),
    dayCellTopContent: ({ date }) => {
      const night = nightOfCell(date)
      return night && <NightTop night={night} />
    },
    dayCellDidMount: ({ el, date }) => {
      const night = nightOfCell(date)
      if (night) el.setAttribute('aria-label', nightLabel(night))
    },
  }
}

const eventOptions = (site: Site, caller: Caller, open: Editing['open']): CalendarOptions => ({
  eventContent: ({ event }) => (
    <ReservationBlock reservation={(event.extendedProps as ReservationEvent).reservation} site={site} caller={caller} />
  ),
  eventClick: ({ event }) =>
    open({ action: 'show', reservation: (event.extendedProps as ReservationEvent).reservation }),
})

const linkOptions = (openNight: GridProps['openNight']): CalendarOptions => ({
  navLinkHint: (_, day) => `Show the night of ${formatNight(dateOf(day))} alone`,
  navLinkDayClick: (day) => openNight(dateOf(day)),
  moreLinkClick: ({ date }) => openNight(dateOf(date)),
})

function eventsOf(reservation: Reservation, columns: readonly Column[], caller: Caller): EventInput[] {
  const extendedProps: ReservationEvent = { reservation, className: reservationClass(reservation, caller) }
  return monthParts(reservation, columns).map((part) => ({
    ...part,
    id: `${reservation.id} ${part.start.getTime()}`,
    extendedProps,
  }))
}

const dateOf = (day: Date): string => day.toISOString().slice(0, 10)

const NightTop = ({ night }: { night: Night }) => (
  <span class="month-night-date">
    <MoonLine night={night} />
    <strong>{Number(night.date.slice(8))}</strong>
  </span>
)

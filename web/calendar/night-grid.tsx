import type { CalendarOptions, EventDisplayInfo, EventInput } from 'fullcalendar'
import timeGrid from 'fullcalendar/timegrid'
import { useMemo, useRef } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { mayModify, useApp } from '../live/app-context.ts'
import { formatNight } from '../format.ts'
import { AxisLabel } from './axis.tsx'
import { type Column, gridHours, gridIntervalOf, gridRange, gridTimeAt, instantAt, nightAtGridTime } from './columns.ts'
import { type ReservationEvent, isFullyVisible, useInteractions } from './interactions.ts'
import { FullCalendar } from './full-calendar.tsx'
import { exactDrag } from './exact-drag.ts'
import { MoonTip, usePointer } from './moon-tip.tsx'
import { NightHead, nightLabel, formatShortNight } from './night-head.tsx'
import { DragText, ReservationBlock, reservationClass } from './reservation-block.tsx'
import { type BackgroundEvent, backgroundEventsOf } from './background-events.ts'
import './night-grid.css'

/** The props of both grids. */
export interface GridProps {
  readonly site: Site
  readonly columns: readonly Column[]
  readonly reservations: readonly Reservation[]
  readonly now: Instant
  /** Goes to the view of one night. */
  readonly openNight: (date: string) => void
}

/** A column for each night, noon to noon, with twilight and Moon behind the reservations. */
export function NightGrid({ site, columns, reservations, now, openNight }: GridProps) {
  const { caller } = useApp()
  const box = useRef<HTMLDivElement>(null)
  const { hovered, moon } = usePointer(box, site, columns, now)
  const { options: interactions, putBackCount } = useInteractions(site)
  const present = useRef(NEVER)
  present.current = gridTimeAt(columns, now) ?? NEVER
  const tonight = nightAt(site, now).date

  const sky = useMemo(() => backgroundEventsOf(columns), [columns])
  const events = useMemo(
    () => [...sky, ...reservations.flatMap((reservation) => eventsOf(reservation, columns, caller))],
    // New events make the grid draw a dragged reservation at its old position.
    [sky, reservations, columns, caller, putBackCount],
  )
  const frame = useMemo(() => frameOptions(columns), [columns])
  const heads = useMemo(() => headerOptions(site, tonight, openNight), [site, tonight, openNight])
  const contents = useMemo<CalendarOptions>(
    () => ({
      now: () => present.current,
      slotHeaderContent: ({ time }) => <AxisLabel sinceMidnight={(time?.milliseconds ?? 0) / 1000} column={hovered} />,
      eventContent: (info) => <EventContent info={info} site={site} caller={caller} />,
    }),
    [site, caller, hovered],
  )
  const options = useMemo(
    () => ({ ...GRID_OPTIONS, ...frame, ...heads, ...interactions, ...contents }),
    [frame, heads, interactions, contents],
  )
  return (
    <div ref={box} class="night-grid" style={{ '--hours': gridHours(columns) }}>
      <FullCalendar options={options} events={events} />
      <MoonTip site={site} moon={moon} />
    </div>
  )
}

/** FullCalendar's `now` while none of the nights is the present one. */
const NEVER = new Date(0)

/** The options that never change. */
const GRID_OPTIONS: CalendarOptions = {
  plugins: [timeGrid, exactDrag],
  initialView: 'nights',
  allDaySlot: false,
  expandRows: true,
  nowIndicator: true,
  navLinks: true,
  selectMirror: true,
  editable: false,
  eventResizableFromStart: true,
  slotEventOverlap: false,
  slotDuration: '00:30',
  slotHeaderInterval: '01:00',
  snapDuration: '00:05',
  slotMinHeight: 18,
  eventMinHeight: 12,
  longPressDelay: 350,
  dragRevertDuration: 0,
  tableHeaderClass: 'grid-head',
  dayHeaderAlign: 'center',
  slotHeaderClass: ({ isMinor }) => (isMinor ? 'grid-axis' : 'grid-axis hour'),
  dayLaneClass: 'grid-night',
  eventClass: ({ event, isMirror, isShort }) =>
    [
      (event.extendedProps as Partial<ReservationEvent>).className ?? 'session draft',
      isMirror && 'dragged',
      isShort && 'short',
    ]
      .filter(Boolean)
      .join(' '),
  columnEventBeforeClass: ({ isStartResizable }) => isStartResizable && 'edge start',
  columnEventAfterClass: ({ isEndResizable }) => isEndResizable && 'edge end',
  backgroundEventClass: ({ event }) => (event.extendedProps as BackgroundEvent).className,
  backgroundEventContent: ({ event }) => <BackgroundContent {...(event.extendedProps as BackgroundEvent)} />,
  nowIndicatorLineClass: 'now-line',
  nowIndicatorHeaderClass: 'now-mark',
}

/** The Sundays of the columns, with the hours of the longest night. */
function frameOptions(columns: readonly Column[]): CalendarOptions {
  const [first, last] = [columns[0] as Column, columns.at(-1) as Column]
  const visibleRange = gridRange(columns)
  return {
    views: { nights: { type: 'timeGrid', visibleRange } },
    visibleRange,
    hiddenDays: [1, 2, 3, 4, 5, 6],
    slotMinTime: '12:00',
    slotMaxTime: `${12 + gridHours(columns)}:00`,
    titleFormat: () => `Nights of ${first.night.date} to ${last.night.date}`,
  }
}

/** The heads of the columns, which FullCalendar would label with the dates of their Sundays. */
function headerOptions(site: Site, tonight: string, openNight: (date: string) => void): CalendarOptions {
  return {
    dayHeaderClass: ({ date }) =>
      nightAtGridTime(site, date).date === tonight ? 'grid-night-head tonight' : 'grid-night-head',
    dayHeaderContent: ({ date }) => <NightHead night={nightAtGridTime(site, date)} />,
    dayHeaderDidMount: ({ el, date }) => el.setAttribute('aria-label', nightLabel(nightAtGridTime(site, date))),
    dayLaneDidMount: ({ el, date }) =>
      el.setAttribute('aria-label', `Night of ${formatNight(nightAtGridTime(site, date).date)}`),
    navLinkHint: (_, day) => `${formatShortNight(nightAtGridTime(site, day).date)}: show the night alone`,
    navLinkDayClick: (day) => openNight(nightAtGridTime(site, day).date),
  }
}

/** The FullCalendar event of a reservation; none if no column holds it. */
function eventsOf(reservation: Reservation, columns: readonly Column[], caller: Caller): EventInput[] {
  const position = gridIntervalOf(columns, reservation)
  if (!position) return []
  const editable = mayModify(caller, reservation.observer) && isFullyVisible(columns, reservation)
  const dragged: ReservationEvent = { reservation, className: reservationClass(reservation, caller) }
  return [
    { ...position, id: `${reservation.id} ${reservation.start}`, editable, interactive: true, extendedProps: dragged },
  ]
}

interface EventContentProps {
  readonly info: EventDisplayInfo
  readonly site: Site
  readonly caller: Caller
}

/** A reservation, or the interval that is being dragged. */
function EventContent({ info: { event, isMirror }, site, caller }: EventContentProps) {
  const { reservation } = event.extendedProps as Partial<ReservationEvent>
  if (reservation && !isMirror) return <ReservationBlock reservation={reservation} site={site} caller={caller} />
  const during = {
    start: instantAt(site, event.start as Date),
    end: instantAt(site, (event.end ?? event.start) as Date),
  }
  return <DragText site={site} during={during} title={reservation?.title} />
}

/** The Moon's light, as bright as the Moon is lit, or the text of a clock change. */
function BackgroundContent({ moon, text }: BackgroundEvent) {
  if (moon) return <span class="moon-light" style={{ opacity: 0.12 + 0.5 * moon.illumination }} />
  return text ? <span class="clock-change-text">{text}</span> : <></>
}

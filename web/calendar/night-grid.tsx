import type { CalendarOptions, EventDisplayInfo, EventInput } from 'fullcalendar'
import timeGrid from 'fullcalendar/timegrid'
import { useMemo, useRef } from 'preact/hooks'
import type { Caller } from '../../src/client/calendar.ts'
import { HOUR, type Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { mayModify, useApp } from '../live/app-context.ts'
import { formatNight } from '../format.ts'
import { AxisLabel } from './axis.tsx'
import { type Column, drawn, drawnAt, hoursOf, instantAt, nightOn } from './columns.ts'
import { type DraggedEvent, isFullyVisible, useInteractions } from './interactions.ts'
import { FullCalendar } from './full-calendar.tsx'
import { exactDrag } from './exact-drag.ts'
import { MoonTip, usePointer } from './moon-tip.tsx'
import { NightHead, nightName, shortNight } from './night-head.tsx'
import { DragText, ReservationBlock, reservationClass } from './reservation-block.tsx'
import { type BackgroundEvent, backgroundEventsOf } from './background-events.ts'
import './night-grid.css'

/** What a grid of nights is given, whichever way it draws them. */
export interface GridProps {
  readonly site: Site
  readonly columns: readonly Column[]
  readonly reservations: readonly Reservation[]
  readonly now: Instant
  /** Leads to one night alone. */
  readonly openNight: (date: string) => void
}

/** Nights side by side, each from its noon down to the next, with the sky behind the reservations. */
export function NightGrid({ site, columns, reservations, now, openNight }: GridProps) {
  const { caller } = useApp()
  const box = useRef<HTMLDivElement>(null)
  const { pointed: hoverTime, moon } = usePointer(box, site, columns, now)
  const { options: interactions, refusals: putBackCount } = useInteractions(site)
  const present = useRef(NEVER)
  present.current = drawnAt(columns, now) ?? NEVER
  const tonight = nightAt(site, now).date

  const sky = useMemo(() => backgroundEventsOf(columns), [columns])
  const events = useMemo(
    () => [...sky, ...reservations.flatMap((reservation) => eventOf(reservation, columns, caller))],
    [sky, reservations, columns, caller, putBackCount],
  )
  const frame = useMemo(() => frameOf(columns), [columns])
  const heads = useMemo(() => headsOf(site, tonight, openNight), [site, tonight, openNight])
  const contents = useMemo<CalendarOptions>(
    () => ({
      now: () => present.current,
      slotHeaderContent: ({ time }) => <AxisLabel hour={(time?.milliseconds ?? 0) / 1000 / HOUR - 12} column={hoverTime} />,
      eventContent: (info) => <Content info={info} site={site} caller={caller} />,
    }),
    [site, caller],
  )
  const options = useMemo(() => ({ ...GRID_OPTIONS, ...frame, ...heads, ...interactions, ...contents }), [frame, heads, interactions, contents])
  return (
    <div ref={box} class="night-grid" style={{ '--hours': hoursOf(columns) }}>
      <FullCalendar options={options} events={events} />
      <MoonTip site={site} moon={moon} />
    </div>
  )
}

/** Where the present is when none of the nights holds it. */
const NEVER = new Date(0)

/** What never changes: the parts' class names, and how a hand is understood. */
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
    [(event.extendedProps as Partial<DraggedEvent>).look ?? 'session draft', isMirror && 'dragged', isShort && 'short'].filter(Boolean).join(' '),
  columnEventBeforeClass: ({ isStartResizable }) => isStartResizable && 'edge start',
  columnEventAfterClass: ({ isEndResizable }) => isEndResizable && 'edge end',
  backgroundEventClass: ({ event }) => (event.extendedProps as BackgroundEvent).look,
  backgroundEventContent: ({ event }) => <Backdrop {...(event.extendedProps as BackgroundEvent)} />,
  nowIndicatorLineClass: 'now-line',
  nowIndicatorHeaderClass: 'now-mark',
}

/** As many Sundays as there are nights, and on each the hours of the longest. */
function frameOf(columns: readonly Column[]): CalendarOptions {
  const [first, last] = [columns[0] as Column, columns.at(-1) as Column]
  const visibleRange = { start: new Date(first.sunday * 1000), end: new Date((last.sunday + 24 * HOUR) * 1000) }
  return {
    views: { nights: { type: 'timeGrid', visibleRange } },
    visibleRange,
    hiddenDays: [1, 2, 3, 4, 5, 6],
    slotMinTime: '12:00',
    slotMaxTime: `${12 + hoursOf(columns)}:00`,
    titleFormat: () => `Nights of ${first.night.date} to ${last.night.date}`,
  }
}

function headsOf(site: Site, tonight: string, openNight: (date: string) => void): CalendarOptions {
  return {
    dayHeaderClass: ({ date }) => (nightOn(site, date).date === tonight ? 'grid-night-head tonight' : 'grid-night-head'),
    dayHeaderContent: ({ date }) => <NightHead night={nightOn(site, date)} />,
    // Its own names for them would be those of the Sundays.
    dayHeaderDidMount: ({ el, date }) => el.setAttribute('aria-label', nightName(nightOn(site, date))),
    dayLaneDidMount: ({ el, date }) => el.setAttribute('aria-label', `Night of ${formatNight(nightOn(site, date).date)}`),
    navLinkHint: (_, day) => `${shortNight(nightOn(site, day).date)}: show the night alone`,
    navLinkDayClick: (day) => openNight(nightOn(site, day).date),
  }
}

/** A reservation as fullcalendar draws one. Only what is drawn whole can be dragged: of the rest an edge is missing. */
function eventOf(reservation: Reservation, columns: readonly Column[], caller: Caller): EventInput[] {
  const route = drawn(columns, reservation)
  if (!route) return []
  const editable = mayModify(caller, reservation.observer) && isFullyVisible(columns, reservation)
  const dragged: DraggedEvent = { reservation, look: reservationClass(reservation, caller) }
  return [{ ...route, id: `${reservation.id} ${reservation.start}`, editable, interactive: true, extendedProps: dragged }]
}

interface ContentProps {
  readonly info: EventDisplayInfo
  readonly site: Site
  readonly caller: Caller
}

/** A reservation, or the time that is being dragged. */
function Content({ info: { event, isMirror }, site, caller }: ContentProps) {
  const { reservation } = event.extendedProps as Partial<DraggedEvent>
  if (reservation && !isMirror) return <ReservationBlock reservation={reservation} site={site} caller={caller} />
  const during = { start: instantAt(site, event.start as Date), end: instantAt(site, (event.end ?? event.start) as Date) }
  return <DragText site={site} during={during} title={reservation?.title} />
}

/** Twilight says nothing; the Moon is as bright as it is lit; what is odd about an hour is said. */
function Backdrop({ moon, text }: BackgroundEvent) {
  if (moon) return <span class="moon-light" style={{ opacity: 0.12 + 0.5 * moon.illumination }} />
  return text ? <span class="odd-text">{text}</span> : <></>
}

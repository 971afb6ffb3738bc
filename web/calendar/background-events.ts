import type { EventInput } from 'fullcalendar'
import { MINUTE, type Interval } from '../../src/domain/interval.ts'
import { moonNight } from '../../src/sky/moon.ts'
import { twilight } from '../../src/sky/sun.ts'
import { clockChange } from '../../src/sky/zone.ts'
import { type Column, emptyInterval, gridHours, gridIntervalOf } from './columns.ts'

/** Height of the mark where the clocks go forward, in seconds. Where they go back it covers the repeated time. */
const CLOCK_CHANGE_MARK_SECONDS = 15 * MINUTE

/** What the grid draws behind the reservations; the extendedProps of a FullCalendar event. */
export interface BackgroundEvent {
  readonly className: string
  /** Only for an interval with the Moon above the horizon. */
  readonly moon?: { readonly illumination: number }
  readonly text?: string
}

/** Twilight, Moon, clock changes and empty hours of the columns, as background events of FullCalendar. */
export function backgroundEventsOf(columns: readonly Column[]): EventInput[] {
  const hours = gridHours(columns)
  return columns.flatMap((column) => [
    ...twilightEvents(column, columns),
    ...moonEvents(column, columns),
    ...clockChangeEvents(column, columns),
    ...emptyEvents(column, hours),
  ])
}

const twilightEvents = ({ night }: Column, columns: readonly Column[]): EventInput[] =>
  twilight(night).map((band) => backgroundEvent(band, columns, { className: `light ${band.light}` }))

function moonEvents({ night }: Column, columns: readonly Column[]): EventInput[] {
  const { above, illumination } = moonNight(night)
  return above.map((up) => backgroundEvent(up, columns, { className: 'moon-bar', moon: { illumination } }))
}

/** The time that a site's clocks show twice, or the instant at which they go forward. */
function clockChangeEvents({ night }: Column, columns: readonly Column[]): EventInput[] {
  const change = clockChange(night)
  if (!change) return []
  const { at, by } = change
  const mark = { start: at, end: at + (by < 0 ? -by : CLOCK_CHANGE_MARK_SECONDS) }
  return [
    backgroundEvent(mark, columns, {
      className: 'clock-change',
      text: by < 0 ? 'clocks back: this hour again' : 'clocks forward',
    }),
  ]
}

function emptyEvents(column: Column, hours: number): EventInput[] {
  const empty = emptyInterval(column, hours)
  return empty
    ? [{ ...empty, display: 'background', extendedProps: { className: 'empty-hours' } satisfies BackgroundEvent }]
    : []
}

const backgroundEvent = (part: Interval, columns: readonly Column[], extendedProps: BackgroundEvent): EventInput => ({
  ...gridIntervalOf(columns, part),
  display: 'background',
  extendedProps,
})

import type { EventInput } from 'fullcalendar'
import { HOUR, type Interval } from '../../src/domain/interval.ts'
import { moonNight } from '../../src/sky/moon.ts'
import { twilight } from '../../src/sky/sun.ts'
import { clockChange } from '../../src/sky/zone.ts'
import { type Column, drawn, hoursOf } from './columns.ts'

/** How long a mark of a change of the clocks is where no hour is repeated, seconds. */
const CLOCK_CHANGE_MARK = 900

/** What stands behind the reservations. */
export interface BackgroundEvent {
  /** Its class names. */
  readonly look: string
  /** The Moon, where it is that. */
  readonly moon?: { readonly illumination: number }
  readonly text?: string
}

/** The sky of the columns, as what fullcalendar draws behind reservations. */
export function backgroundEventsOf(columns: readonly Column[]): EventInput[] {
  const hours = hoursOf(columns)
  return columns.flatMap((column) => [...bandsOf(column, columns), ...moonOf(column, columns), ...clocksOf(column, columns), ...outsideNight(column, hours)])
}

const bandsOf = ({ night }: Column, columns: readonly Column[]): EventInput[] =>
  twilight(night).map((band) => backgroundEvent(band, columns, { look: `light ${band.light}` }))

function moonOf({ night }: Column, columns: readonly Column[]): EventInput[] {
  const { above, illumination } = moonNight(night)
  return above.map((up) => backgroundEvent(up, columns, { look: 'moon-bar', moon: { illumination } }))
}

/** The hour that a site's clocks show twice, or where they leave one out. */
function clocksOf({ night }: Column, columns: readonly Column[]): EventInput[] {
  const change = clockChange(night)
  if (!change) return []
  const { at, by } = change
  const odd = { start: at, end: at + (by < 0 ? -by : CLOCK_CHANGE_MARK) }
  return [backgroundEvent(odd, columns, { look: 'odd-hour', text: by < 0 ? 'clocks back: this hour again' : 'clocks forward' })]
}

/** Where the grid has more hours than the night. */
function outsideNight({ sunday, start, end }: Column, hours: number): EventInput[] {
  const from = sunday + 12 * HOUR + (end - start)
  const until = sunday + (12 + hours) * HOUR
  if (from >= until) return []
  return [{ start: new Date(from * 1000), end: new Date(until * 1000), display: 'background', extendedProps: { look: 'beyond' } satisfies BackgroundEvent }]
}

const backgroundEvent = (part: Interval, columns: readonly Column[], extendedProps: BackgroundEvent): EventInput => ({
  ...drawn(columns, part),
  display: 'background',
  extendedProps,
})

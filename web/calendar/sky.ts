import type { EventInput } from 'fullcalendar'
import { HOUR, type Interval } from '../../src/domain/interval.ts'
import { moonNight } from '../../src/sky/moon.ts'
import { twilight } from '../../src/sky/sun.ts'
import { clockChange } from '../../src/sky/zone.ts'
import { type Column, drawn, hoursOf } from './columns.ts'

/** How long a mark of a change of the clocks is where no hour is repeated, seconds. */
const MARK = 900

/** What stands behind the reservations. */
export interface Behind {
  /** Its class names. */
  readonly look: string
  /** The Moon, where it is that. */
  readonly moon?: { readonly illumination: number }
  readonly text?: string
}

/** The sky of the columns, as what fullcalendar draws behind reservations. */
export function skyOf(columns: readonly Column[]): EventInput[] {
  const hours = hoursOf(columns)
  return columns.flatMap((column) => [...bandsOf(column, columns), ...moonOf(column, columns), ...clocksOf(column, columns), ...beyond(column, hours)])
}

const bandsOf = ({ night }: Column, columns: readonly Column[]): EventInput[] =>
  twilight(night).map((band) => behind(band, columns, { look: `light ${band.light}` }))

function moonOf({ night }: Column, columns: readonly Column[]): EventInput[] {
  const { above, illumination } = moonNight(night)
  return above.map((up) => behind(up, columns, { look: 'moon-bar', moon: { illumination } }))
}

/** The hour that a site's clocks show twice, or where they leave one out. */
function clocksOf({ night }: Column, columns: readonly Column[]): EventInput[] {
  const change = clockChange(night)
  if (!change) return []
  const { at, by } = change
  const odd = { start: at, end: at + (by < 0 ? -by : MARK) }
  return [behind(odd, columns, { look: 'odd-hour', text: by < 0 ? 'clocks back: this hour again' : 'clocks forward' })]
}

/** Where the grid has more hours than the night. */
function beyond({ sunday, start, end }: Column, hours: number): EventInput[] {
  const from = sunday + 12 * HOUR + (end - start)
  const until = sunday + (12 + hours) * HOUR
  if (from >= until) return []
  return [{ start: new Date(from * 1000), end: new Date(until * 1000), display: 'background', extendedProps: { look: 'beyond' } satisfies Behind }]
}

const behind = (part: Interval, columns: readonly Column[], extendedProps: Behind): EventInput => ({
  ...drawn(columns, part),
  display: 'background',
  extendedProps,
})

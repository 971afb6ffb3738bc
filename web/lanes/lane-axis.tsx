import type { Instant, Interval } from '../../src/domain/interval.ts'
import { formatClock, minuteBefore } from '../format/clock.ts'
import { useMedia } from '../live/media.ts'
import { UTC } from '../own-zone.ts'
import { shareOf } from '../position.ts'
import { formatDates, formatHour, hoursIn } from './axis.ts'
import './lane-axis.css'

/** A window in which lanes show a whole day. */
export const WIDE = '(min-width: 110rem)'

/** The headings of the columns, and the hours of the lanes in UTC with their civil date. */
export function LaneAxis({ window, now }: { window: Interval; now: Instant }) {
  const left = (at: Instant) => `${shareOf(window, at) * 100}%`
  const isNarrow = useMedia('(max-width: 45rem)')
  const usual = useMedia(WIDE) ? WIDE_ROOM : ROOM
  const wide = useMedia('(max-width: 75rem)') ? MIDDLE_ROOM : usual
  const room = isNarrow ? NARROW_ROOM : wide
  const isShown = window.start <= now && now < window.end
  return (
    <div class="lane-axis" aria-hidden="true">
      <span class="lane-heading">Telescope, site time</span>
      <span class="lane-heading">Now</span>
      <span class="lane-heading">Next free and dark</span>
      <div class="lane-hours">
        {hoursIn(window).map((at) => (
          <span key={at} class="lane-hour" style={{ left: left(at) }}>
            {isLegible(at, window, isShown ? now : undefined, room) && formatHour(at)}
          </span>
        ))}
        {isShown && (
          <span class="lane-now" style={{ left: left(now) }}>
            {formatClock(UTC, minuteBefore(now))}
          </span>
        )}
        <span class="lane-zone">{`UTC, ${formatDates(window)}`}</span>
      </div>
    </div>
  )
}

/** How much of the axis is taken by the label of now at either side, and by the dates at the end. */
interface Room {
  readonly now: number
  readonly dates: number
}
const WIDE_ROOM: Room = { now: 0.045, dates: 0.17 }
const ROOM: Room = { now: 0.065, dates: 0.17 }
const MIDDLE_ROOM: Room = { now: 0.09, dates: 0.23 }
const NARROW_ROOM: Room = { now: 0.14, dates: 0.3 }

/** Whether there is room for the label of an hour, beside the one of now, and the one of the dates at the end. */
function isLegible(at: Instant, { start, end }: Interval, now: Instant | undefined, room: Room): boolean {
  const length = end - start
  if (at - start < 0.04 * length || end - at < room.dates * length) return false
  return now === undefined || Math.abs(at - now) > room.now * length
}

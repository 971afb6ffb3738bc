import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import { formatClock, minuteBefore } from '../format/clock.ts'
import { UTC } from '../own-zone.ts'
import { shareOf } from '../position.ts'
import { formatDates, formatHour, hoursIn } from './axis.ts'
import './lane-axis.css'

/** A window in which lanes show a whole day. */
export const WIDE = '(min-width: 110rem)'

/** The headings of the columns, and the hours of the lanes in UTC with their civil date. */
export function LaneAxis({ window, now }: { window: Interval; now: Instant }) {
  const left = (at: Instant) => `${shareOf(window, at) * 100}%`
  const axis = useLegibleHours()
  const isShown = window.start <= now && now < window.end
  return (
    <div class="lane-axis" aria-hidden="true">
      <span class="lane-heading">Telescope, site time</span>
      <span class="lane-heading">Now</span>
      <span class="lane-heading">Next free and dark</span>
      <div class="lane-hours" ref={axis}>
        {hoursIn(window).map((at) => (
          <span key={at} class="lane-hour" style={{ left: left(at) }}>
            {formatHour(at)}
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

/** Keeps the labels of an axis legible, whatever its width. Give the ref to the axis. */
function useLegibleHours() {
  const ref = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && hideCovered(entry.target))
    if (ref.current) observer.observe(ref.current)
    return () => observer.disconnect()
  })
  return ref
}

/** Margin between two labels, in pixels. */
const MARGIN = 6

/** Hides the hours that would be cut at the left end, or covered by the label of now or of the dates. */
function hideCovered(axis: Element): void {
  const { left } = axis.getBoundingClientRect()
  const covers = [...axis.querySelectorAll('.lane-now, .lane-zone')].map((cover) => cover.getBoundingClientRect())
  const isCovered = (hour: DOMRect) =>
    hour.left < left || covers.some((cover) => hour.right + MARGIN > cover.left && hour.left - MARGIN < cover.right)
  const hours = [...axis.querySelectorAll('.lane-hour')].map((hour) => [hour, hour.getBoundingClientRect()] as const)
  for (const [hour, place] of hours) hour.classList.toggle('covered', isCovered(place))
}

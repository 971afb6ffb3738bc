import type { Instant } from '../../src/domain/interval.ts'
import { HOUR } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { clockChange } from '../../src/sky/zone.ts'
import { formatHourMark, formatMark, formatSidereal } from '../format/clock.ts'
import { zoneName, UTC } from '../own-zone.ts'
import { type Column, type Grid, columnAt, heightAt, shownHeightAt, shownHours } from './geometry.ts'
import { type Signal, useSignal } from './signal.ts'
import './axis.css'

/** Labels that are nearer to the present than this share of an hour give way to it. */
const CROWDED = 0.45 * HOUR

interface AxisProps {
  readonly grid: Grid
  readonly now: Instant
  /** The column whose times are shown. */
  readonly hovered: Signal<Column>
}

/** The times of a night down the side: site time, UTC and sidereal time, with the present. Hidden from screen readers. */
export function Axis({ grid, now, hovered }: AxisProps) {
  const column = useSignal(hovered)
  const { night, start, end } = column
  const present = columnAt(grid.columns, now)
  const nowHeight = present && shownHeightAt(grid, present, now)
  const isNowShown = nowHeight !== undefined
  const isCrowded = (since: number) => isNowShown && present && Math.abs(now - present.start - since) < CROWDED
  return (
    <div class="axis" aria-hidden="true">
      {shownHours(grid).map((since) => {
        const at = start + since
        if (at >= end || isCrowded(since)) return null
        return (
          <span
            key={since}
            class={isAfterClockChange(night, at) ? 'axis-label changed' : 'axis-label'}
            // The first one is not cut off by what is above.
            style={{ top: `max(var(--half-line), ${heightAt(grid, column, at) * 100}%)` }}
          >
            <Times site={night.site} at={at} format={formatHourMark} />
          </span>
        )
      })}
      {isNowShown && (
        <span class="axis-label now-label" style={{ top: `${nowHeight * 100}%` }}>
          <Times site={night.site} at={now} format={formatMark} />
        </span>
      )}
    </div>
  )
}

/** What the columns of the axis are. */
export const AxisHead = ({ site }: { site: Site }) => (
  <div class="axis-head" aria-hidden="true">
    <span class="axis-site">{zoneName(site)}</span>
    <span class="axis-utc">UTC</span>
    <span class="axis-lst">LST</span>
  </div>
)

const Times = ({ site, at, format }: { site: Site; at: Instant; format: typeof formatMark }) => (
  <>
    <span class="axis-site">{format(site, at)}</span>
    <span class="axis-utc">{formatMark(UTC, at)}</span>
    <span class="axis-lst">{formatSidereal(site, at)}</span>
  </>
)

/** Whether an instant is in the first hour after a clock change, or in the repeated time if that is longer. */
function isAfterClockChange(night: Night, at: Instant): boolean {
  const change = clockChange(night)
  return change !== undefined && change.at <= at && at < change.at + Math.max(HOUR, -change.by)
}

import type { Night } from '../../src/domain/night.ts'
import { HOUR, type Instant } from '../../src/domain/interval.ts'
import { localSiderealTime } from '../../src/sky/sidereal.ts'
import { clockAt, clockChange } from '../../src/sky/zone.ts'
import { type Column, instantAtLabel } from './columns.ts'
import { type Signal, useSignal } from './signal.ts'

interface AxisLabelProps {
  /** The label's time in the grid calendar, in seconds since midnight. */
  readonly sinceMidnight: number
  /** The column whose times the axis shows. */
  readonly column: Signal<Column>
}

/** A label of the axis: site time, UTC and sidereal time. */
export function AxisLabel({ sinceMidnight, column: shown }: AxisLabelProps) {
  const column = useSignal(shown)
  const at = instantAtLabel(column, sinceMidnight)
  if (at === undefined) return <span class="axis-label" />
  const { site } = column.night
  return (
    <span class="axis-label">
      <span class={isAfterClockChange(column.night, at) ? 'axis-site changed' : 'axis-site'}>
        {clockAt(site.timeZone, at).time.slice(0, 5)}
      </span>
      <span class="axis-utc">{clockAt('UTC', at).time.slice(0, 5)}</span>
      <span class="axis-lst">{formatHours(localSiderealTime(site, at))}</span>
    </span>
  )
}

/** Whether an instant is in the first hour after a clock change, or in the repeated time if that is longer. */
function isAfterClockChange(night: Night, at: Instant): boolean {
  const change = clockChange(night)
  return change !== undefined && change.at <= at && at < change.at + Math.max(HOUR, -change.by)
}

/** `04:07` for 4.125 hours. */
export function formatHours(hours: number): string {
  const minutes = Math.floor(hours * 60)
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

import { HOUR } from '../../src/domain/interval.ts'
import { localSiderealTime } from '../../src/sky/sidereal.ts'
import { clockAt, clockChange } from '../../src/sky/zone.ts'
import type { Column } from './columns.ts'
import { type Signal, useSignal } from './signal.ts'

interface Props {
  /** Hours after noon. */
  readonly hour: number
  /** The night whose times are shown. */
  readonly column: Signal<Column>
}

/** One instant by three clocks: the site's, the world's, and that of the stars over the site. */
export function AxisLabel({ hour, column }: Props) {
  const { night, start, end } = useSignal(column)
  const at = start + hour * HOUR
  if (at >= end) return <span class="axis-label" />
  const { site } = night
  const change = clockChange(night)
  const isOdd = change !== undefined && change.at <= at && at < change.at + Math.max(HOUR, -change.by)
  return (
    <span class="axis-label">
      <span class={isOdd ? 'axis-site odd' : 'axis-site'}>{clockAt(site.timeZone, at).time.slice(0, 5)}</span>
      <span class="axis-utc">{clockAt('UTC', at).time.slice(0, 5)}</span>
      <span class="axis-lst">{hoursAndMinutes(localSiderealTime(site, at))}</span>
    </span>
  )
}

/** `04:07` of 4.125 hours. */
export function hoursAndMinutes(hours: number): string {
  const minutes = Math.floor(hours * 60)
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':')
}

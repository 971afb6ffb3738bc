import { type Instant, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { clockChange, clockInNight } from '../../src/sky/zone.ts'
import { formatCivil } from '../format/date.ts'
import { formatLength } from '../format/length.ts'
import { darkness } from '../../src/sky/sun.ts'
import { type Column, type Grid, heightAt, shownOf } from './geometry.ts'
import type { PlacedBlock } from './placed-blocks.ts'

interface NightMarksProps {
  readonly grid: Grid
  readonly column: Column
  readonly now: Instant
  readonly blocks: readonly PlacedBlock[]
}

/** How long before midnight the new date begins, about. */
const DATE_HEIGHT = 20 * MINUTE

/** The lines of a night: hours, dark, midnight with the new date, a clock change, the present, and what is past. */
export function NightMarks({ grid, column, now, blocks }: NightMarksProps) {
  const { night, end } = column
  const at = (instant: Instant) => `${heightAt(grid, column, instant) * 100}%`
  const shown = shownOf(grid, column)
  const isShown = (instant: Instant) => shown.start < instant && instant < Math.min(shown.end, end)
  const limits = darkness(night).flatMap((dark) => [dark.start, dark.end])
  const midnight = midnightOf(night)
  const change = clockChange(night)
  return (
    <>
      <span class="hour-lines" />
      {limits.filter(isShown).map((limit) => (
        <span key={limit} class="dark-limit" style={{ top: at(limit) }} />
      ))}
      {now > shown.start && <span class="past-veil" style={{ height: `min(100%, ${at(now)})` }} />}
      {isShown(midnight) && (
        <span class={midnight <= now ? 'midnight past' : 'midnight'} aria-hidden="true" style={{ top: at(midnight) }}>
          {!blocks.some((one) => coversDate(one, midnight)) && <span>{formatCivil(night.site, midnight)}</span>}
        </span>
      )}
      {change && isShown(change.at) && <ClockChange by={change.by} at={change.at} {...{ grid, column }} />}
      {end < shown.end && <span class="no-time" style={{ top: at(end) }} />}
    </>
  )
}

/** Whether a block lies on the date at midnight, of which nothing is better than a piece. */
const coversDate = ({ shown: { during }, index, count }: PlacedBlock, midnight: Instant): boolean =>
  during.start < midnight && during.end > midnight - DATE_HEIGHT && index + 1 > count / 3

/** When the civil date changes: at 00:00, or where clocks skip that, at the first time after it. */
const midnightOf = (night: Night): Instant => clockInNight(night, '00:00')

/** The time that a site's clocks show twice, or the instant at which they go forward. */
function ClockChange({ grid, column, at, by }: Pick<NightMarksProps, 'grid' | 'column'> & { at: Instant; by: number }) {
  const top = heightAt(grid, column, at)
  const height = by < 0 ? heightAt(grid, column, at - by) - top : 0
  const text = by < 0 ? `clocks back: ${formatLength(-by)} repeated` : `clocks forward ${formatLength(by)}`
  return (
    <span class="clock-change" style={{ top: `${top * 100}%`, height: `${height * 100}%` }}>
      <span>{text}</span>
    </span>
  )
}

import { durationOf, type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import { formatClock, formatLength } from '../format.ts'
import { freeDark } from '../sky/night-sky.ts'
import { stepAtOrAfter, stepAtOrBefore } from '../editor/steps.ts'
import { type Column, type Grid, partsOf } from './geometry.ts'
import type { ColumnContents } from './placed-blocks.ts'

/** The shortest free time that is worth a stop, in seconds. */
const SHORTEST = 15 * MINUTE

interface FreeStopsProps {
  readonly grid: Grid
  readonly column: Column
  readonly index: number
  readonly contents: ColumnContents
  readonly now: Instant
  readonly onReserve: (during: Interval, slot: HTMLElement) => void
}

/** The free dark time of a night, for the keyboard and for screen readers; a pointer reserves where it points to. */
export function FreeStops({ grid, column, index, contents, now, onReserve }: FreeStopsProps) {
  const { site } = column.night
  return (
    <>
      {freeTimesOf(column, contents, now).map((free, n) => {
        const [part] = partsOf({ ...grid, columns: [column] }, free)
        if (!part) return null
        const text = `Free ${formatLength(durationOf(free))}`
        return (
          <button
            key={free.start}
            type="button"
            class={n === 0 ? 'free-stop next' : 'free-stop'}
            style={{ top: `${part.top * 100}%`, height: `${(part.bottom - part.top) * 100}%` }}
            data-column={index}
            data-stop={free.start - column.start}
            aria-label={`${text}, dark from ${formatClock(site, free.start)} to ${formatClock(site, free.end)}: reserve`}
            tabIndex={-1}
            onClick={(event) => onReserve(free, event.currentTarget)}
          >
            <span aria-hidden="true">{text}</span>
          </button>
        )
      })}
    </>
  )
}

/** The free dark times of a night that are still to come, on steps of five minutes. */
export function freeTimesOf(column: Column, { blocks, closures }: ColumnContents, now: Instant): Interval[] {
  const taken = [...blocks, ...closures].map(({ shown }) => shown.during)
  return freeDark(column.night, taken, now)
    .map(({ start, end }) => ({ start: stepAtOrAfter(start), end: stepAtOrBefore(end) }))
    .filter(({ start, end }) => end - start >= SHORTEST)
}

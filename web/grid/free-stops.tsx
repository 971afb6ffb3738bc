import { durationOf, type Instant, type Interval } from '../../src/domain/interval.ts'
import { formatClock, formatLength } from '../format.ts'
import { offeredTimes } from '../frame/offered-times.ts'
import { type Column, type Grid, partsOf } from './geometry.ts'
import type { ColumnContents } from './placed-blocks.ts'

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
  const taken = [...contents.blocks, ...contents.closures].map(({ shown }) => shown.during)
  return (
    <>
      {offeredTimes(column.night, taken, now).map((free, n) => {
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

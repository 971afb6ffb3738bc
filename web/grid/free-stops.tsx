import { durationOf, type Instant, type Interval } from '../../src/domain/interval.ts'
import { formatClock } from '../format/clock.ts'
import { formatLength } from '../format/length.ts'
import { offeredTimes } from '../frame/offered-times.ts'
import { FreeStop } from './free-stop.tsx'
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

/** The free dark time of a night. */
export function FreeStops({ grid, column, index, contents, now, onReserve }: FreeStopsProps) {
  const { site } = column.night
  const taken = [...contents.blocks, ...contents.closures].map(({ shown }) => shown.during)
  return (
    <>
      {offeredTimes(column.night, taken, now).map((free, n) => {
        const [part] = partsOf({ ...grid, columns: [column] }, free)
        if (!part) return null
        const [from, to] = [formatClock(site, free.start), formatClock(site, free.end)]
        return (
          <FreeStop
            key={free.start}
            {...{ free, onReserve }}
            label={`Free ${formatLength(durationOf(free))}, dark from ${from} to ${to}: reserve`}
            isNext={n === 0}
            line={index}
            stop={free.start - column.start}
            style={{ top: `${part.top * 100}%`, height: `${(part.bottom - part.top) * 100}%` }}
          />
        )
      })}
    </>
  )
}

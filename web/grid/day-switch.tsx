import { overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { formatMinute } from '../format/clock.ts'
import { type Column, type Grid, isFolded, partsOf } from './geometry.ts'

interface DaySwitchProps {
  readonly grid: Grid
  readonly reservations: readonly Reservation[]
  /** Whether the day is shown on request. */
  readonly day: boolean
  readonly onSwitch: (day: boolean) => void
}

/** Says which hours are folded away, and what is reserved in them; shows them, or folds them again. */
export function DaySwitch({ grid, reservations, day, onSwitch }: DaySwitchProps) {
  if (!day && !isFolded(grid)) return null
  const first = grid.columns[0] as Column
  const clock = (since: number): string => formatMinute(first.night.site, first.start + since)
  return (
    <p class="day-switch">
      {!day && (
        <span>{`Day ${clock(grid.to)}–${clock(grid.from)} folded${formatHidden(hiddenIn(grid, reservations))}`}</span>
      )}
      <button type="button" class="plain" onClick={() => onSwitch(!day)}>
        {day ? 'Fold day' : 'Show day'}
      </button>
    </p>
  )
}

/** How many reservations are in the folded hours alone. */
const hiddenIn = (grid: Grid, reservations: readonly Reservation[]): number =>
  reservations.filter((one) => grid.columns.some((column) => overlaps(column, one)) && partsOf(grid, one).length === 0)
    .length

const formatHidden = (count: number): string =>
  count === 0 ? '' : `, with ${count} ${count === 1 ? 'reservation' : 'reservations'}`

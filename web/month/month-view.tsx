import { useMemo, useRef } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { WEEKDAYS } from '../format.ts'
import { gridOf, spanOf } from '../grid/geometry.ts'
import { DataAge } from '../live/age.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { NoReservation } from '../nothing-found/no-reservation.tsx'
import { useRovingFocus } from '../roving-focus.ts'
import { useTarget } from '../target/use-target.ts'
import { MonthCell } from './month-cell.tsx'
import { MonthLegend } from './month-legend.tsx'
import { type MonthNight, monthNights } from './month-nights.ts'
import { MONTH_STOPS } from './month-stops.ts'
import { monthOf } from './months.ts'
import '../grid/block.css'
import '../grid/block-states.css'
import './month.css'

interface MonthViewProps {
  readonly site: Site
  /** Any date of the month. */
  readonly date: string
  readonly now: Instant
}

/** The nights of a month, Monday to Sunday. A reservation after midnight is in the night of the evening before. */
export function MonthView({ site, date, now }: MonthViewProps) {
  const month = date.slice(0, 7)
  const target = useTarget()
  const grid = useMemo(() => gridOf(monthOf({ site, date: `${month}-01` }), false), [site, month])
  const query = useReservations([site.code], spanOf(grid.columns))
  const { reservations } = query
  const nights = useMemo(() => monthNights(grid, reservations, now), [grid, reservations, now])
  const element = useRef<HTMLDivElement>(null)
  const handleKey = useRovingFocus(element, MONTH_STOPS)
  return (
    <section class="nights month-view" aria-busy={reservations === undefined}>
      <DataAge query={query} />
      <NoReservation reservations={reservations} />
      <div ref={element} class="month" role="grid" aria-label={`Nights of ${month}`} onKeyDown={handleKey}>
        <Weekdays />
        {weeksOf(nights).map((week) => (
          <div key={week[0]?.column.night.date} class="month-week" role="row">
            {week.map((one) => (
              <MonthCell
                key={one.column.night.date}
                {...{ one, grid, now }}
                target={target?.target}
                isRead={reservations !== undefined}
                isInMonth={one.column.night.date.startsWith(month)}
              />
            ))}
          </div>
        ))}
      </div>
      <MonthLegend target={target?.name} />
    </section>
  )
}

const FROM_MONDAY = [...WEEKDAYS.slice(1), ...WEEKDAYS.slice(0, 1)]

const Weekdays = () => (
  <div class="month-weekdays" role="row">
    {FROM_MONDAY.map((name) => (
      <span key={name} role="columnheader" aria-label={name}>
        {name.slice(0, 3)}
      </span>
    ))}
  </div>
)

const weeksOf = (nights: readonly MonthNight[]): MonthNight[][] =>
  Array.from({ length: nights.length / 7 }, (_, week) => nights.slice(7 * week, 7 * week + 7))

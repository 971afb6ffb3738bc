import { useMemo, useRef } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Target } from '../../src/sky/target.ts'
import { WEEKDAYS } from '../format/date.ts'
import { type Column, type Grid, gridOf, spanOf } from '../grid/geometry.ts'
import { DataAge } from '../live/age.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { NoReservation } from '../nothing-found/no-reservation.tsx'
import { useRovingFocus } from '../roving-focus.ts'
import { useTarget } from '../target/use-target.ts'
import { useInTurns } from './in-turns.ts'
import { MonthCell } from './month-cell.tsx'
import { MonthLegend } from './month-legend.tsx'
import { type MonthNight, monthNights } from './month-nights.ts'
import { computeLight, computeSky } from './month-sky.ts'
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
  const columns = useMemo(() => monthOf({ site, date: `${month}-01` }), [site, month])
  const { grid, drawn } = useSky(columns, target?.target)
  const query = useReservations([site.code], spanOf(columns))
  const { reservations } = query
  const weeks = useWeeks(grid, reservations, now)
  const element = useRef<HTMLDivElement>(null)
  const handleKey = useRovingFocus(element, MONTH_STOPS)
  return (
    <section class="nights month-view" aria-busy={reservations === undefined || drawn < columns.length}>
      <DataAge query={query} />
      <NoReservation reservations={reservations} />
      <div ref={element} class="month" role="grid" aria-label={`Nights of ${month}`} onKeyDown={handleKey}>
        <Weekdays />
        {grid &&
          weeks.map((nights, n) => (
            <Week
              key={nights[0]?.column.night.date}
              {...{ nights, grid, now, month }}
              target={target?.target}
              isRead={reservations !== undefined}
              isDrawn={7 * (n + 1) <= drawn}
            />
          ))}
      </div>
      <MonthLegend target={target?.name} />
    </section>
  )
}

const NONE: readonly Column[] = []

/**
 * The grid of the nights, once their light is known, and for how many of them the rest of the sky is: a month of it is computed night
 * by night, since it takes long where nothing is cached yet.
 */
function useSky(columns: readonly Column[], target: Target | undefined): { grid: Grid | undefined; drawn: number } {
  const isLit = useInTurns(columns, computeLight) === columns.length
  const grid = useMemo(() => (isLit ? gridOf(columns, false) : undefined), [columns, isLit])
  const drawn = useInTurns(grid?.columns ?? NONE, (column) => grid && computeSky(grid, column, target))
  return { grid, drawn }
}

const useWeeks = (grid: Grid | undefined, reservations: readonly Reservation[] | undefined, now: Instant) =>
  useMemo(() => (grid ? weeksOf(monthNights(grid, reservations, now)) : []), [grid, reservations, now])

const weeksOf = (nights: readonly MonthNight[]): MonthNight[][] =>
  Array.from({ length: nights.length / 7 }, (_, week) => nights.slice(7 * week, 7 * week + 7))

interface WeekProps {
  readonly nights: readonly MonthNight[]
  readonly grid: Grid
  readonly now: Instant
  /** As `2026-11`. */
  readonly month: string
  readonly target: Target | undefined
  readonly isRead: boolean
  readonly isDrawn: boolean
}

/** A row of the month. It is not drawn anew with each night whose sky is computed in another. */
function Week({ nights, grid, now, month, target, isRead, isDrawn }: WeekProps) {
  return useMemo(
    () => (
      <div class="month-week" role="row">
        {nights.map((one) => (
          <MonthCell
            key={one.column.night.date}
            {...{ one, grid, now, target, isRead, isDrawn }}
            isInMonth={one.column.night.date.startsWith(month)}
          />
        ))}
      </div>
    ),
    [nights, grid, now, month, target, isRead, isDrawn],
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

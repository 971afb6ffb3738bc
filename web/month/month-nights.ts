import { type Instant, type Interval, intersectIntervals, overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { moonUp } from '../../src/sky/moon-limits.ts'
import type { Target } from '../../src/sky/target.ts'
import { isClosed, isClosure } from '../grid/closures.ts'
import { type Column, type Grid, shownOf, visibleIn } from '../grid/geometry.ts'
import { type LinePart, partOf } from '../position.ts'
import { darkHours, freeDarkHours, isDarkAllDay, targetTimes } from '../sky/night-sky.ts'

/** What a month tells of one of its nights. */
export interface MonthNight {
  readonly column: Column
  /** Whether it is the first that is shown. */
  readonly isFirst: boolean
  readonly when: 'past' | 'tonight' | 'coming'
  readonly darkHours: number
  readonly isDarkAllDay: boolean
  /** What is dark and free from now on; undefined for a night that is past, or whose reservations are not known. */
  readonly freeHours: number | undefined
  /** The first of what closes the telescope in this night. */
  readonly closure: Reservation | undefined
  /** Whether closures leave nothing of the dark. */
  readonly isClosed: boolean
  /** What is reserved in this night, closures apart, by start. */
  readonly reserved: readonly Reservation[]
}

/** The nights of a month. `reservations` are all that overlap them, at this telescope; undefined while they are not known. */
export function monthNights(
  { columns }: Grid,
  reservations: readonly Reservation[] | undefined,
  now: Instant,
): MonthNight[] {
  return columns.map((column, index) => nightOf(column, index, reservations, now))
}

function nightOf(column: Column, index: number, all: readonly Reservation[] | undefined, now: Instant): MonthNight {
  const { night, start, end } = column
  const here = (all ?? []).filter((one) => overlaps(one, column))
  const closures = here.filter((one) => isClosure(night.site, one))
  const when = end <= now ? 'past' : start <= now ? 'tonight' : 'coming'
  return {
    column,
    isFirst: index === 0,
    when,
    darkHours: darkHours(night),
    isDarkAllDay: isDarkAllDay(night),
    freeHours: all && when !== 'past' ? freeDarkHours(night, here, now) : undefined,
    closure: closures[0],
    isClosed: isClosed(night, closures),
    reserved: here.filter((one) => !closures.includes(one)),
  }
}

/** The parts of some intervals that the bar of a night shows. */
export const barParts = (grid: Grid, column: Column, intervals: readonly Interval[]): LinePart[] =>
  intersectIntervals(intervals, [visibleIn(grid, column)]).flatMap((one) => partOf(shownOf(grid, column), one) ?? [])

/** When the Moon is up in the part of a night that the bar shows. */
export const moonParts = (grid: Grid, column: Column): LinePart[] => barParts(grid, column, moonUp(column.night))

/** When a target is above airmass 2 in the dark. */
export const targetParts = (grid: Grid, column: Column, target: Target): LinePart[] =>
  barParts(grid, column, targetTimes(column.night, target))

import { HOUR, type Instant, type Interval, durationOf, MINUTE, overlaps } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { twilight } from '../../src/sky/sun.ts'
import { nightAfter, nightInterval } from '../../src/sky/zone.ts'
import { shareOf } from '../position.ts'

/*
 * Converts instants to positions in the nights of one site, and back. A night is a column. An instant is as far down as it
 * is after the night's noon, so a reservation is as high as it is long: if the clocks change, only the labels of the axis do.
 */

/** A night, from noon to noon: 23 to 25 hours. */
export interface Column extends Interval {
  readonly night: Night
}

/** Nights side by side, of which all show the same hours. */
export interface Grid {
  readonly columns: readonly Column[]
  /** The first and the last shown time, in seconds after the noon of each night. */
  readonly from: number
  readonly to: number
}

/** The part of an interval that one column shows. */
export interface Part {
  /** Index of the column. */
  readonly column: number
  /** Fractions of the grid's height. */
  readonly top: number
  readonly bottom: number
  /** Whether the interval starts and ends within the part. */
  readonly hasStart: boolean
  readonly hasEnd: boolean
}

/** How much is shown before the earliest sunset and after the latest sunrise, in seconds. */
const MARGIN = HOUR
/** The shown hours begin and end at multiples of it, in seconds after noon. */
const ROUNDING = 10 * MINUTE

/** The columns of `count` nights, from `first` on. */
export const columnsOf = (first: Night, count: number): Column[] =>
  Array.from({ length: count }, (_, index) => {
    const night = nightAfter(first, index)
    return { night, ...nightInterval(night) }
  })

/** From the noon of the first column to the noon at the end of the last one. @throws Error if there are no columns */
export function spanOf(columns: readonly Interval[]): Interval {
  const [first, last] = [columns[0], columns.at(-1)]
  if (!first || !last) throw new Error('spanOf() needs at least one column.')
  return { start: first.start, end: last.end }
}

/** The grid of some nights: with `day` from noon to noon, else without the day, see {@link withoutDay}. */
export function gridOf(columns: readonly Column[], day: boolean): Grid {
  const hours = Math.max(24, ...columns.map((column) => Math.ceil(durationOf(column) / HOUR)))
  const whole = { columns, from: 0, to: hours * HOUR }
  const night = day ? undefined : withoutDay(columns)
  return night ? { columns, from: night.start, to: Math.min(night.end, whole.to) } : whole
}

/** Whether a grid leaves out a part of the day. */
export const isFolded = ({ columns, from, to }: Grid): boolean =>
  from > 0 || columns.some((column) => to < durationOf(column))

/**
 * From an hour before the earliest sunset to an hour after the latest sunrise, in seconds after noon. Undefined if the Sun
 * does not set or does not rise in one of the nights.
 */
function withoutDay(columns: readonly Column[]): Interval | undefined {
  const limits = columns.map(sunsetAndSunrise)
  if (!limits.every((one) => one !== undefined)) return undefined
  const from = Math.min(...limits.map(({ start }) => start)) - MARGIN
  const to = Math.max(...limits.map(({ end }) => end)) + MARGIN
  return { start: Math.max(0, Math.floor(from / ROUNDING) * ROUNDING), end: Math.ceil(to / ROUNDING) * ROUNDING }
}

/** In seconds after the night's noon. */
function sunsetAndSunrise({ night, start }: Column): Interval | undefined {
  const bands = twilight(night)
  const [evening, morning] = [bands[0], bands.at(-1)]
  if (bands.length < 2 || evening?.light !== 'day' || morning?.light !== 'day') return undefined
  return { start: evening.end - start, end: morning.start - start }
}

/** The interval that a column shows. It goes past the end of a night that is shorter than the grid. */
export const shownOf = ({ from, to }: Grid, { start }: Column): Interval => ({ start: start + from, end: start + to })

/** The position of an instant in a column, as a fraction of the grid's height; outside of 0 to 1 if it is not shown. */
export const heightAt = (grid: Grid, column: Column, at: Instant): number => shareOf(shownOf(grid, column), at)

/** As {@link heightAt}; undefined if it is not shown, as in a folded day. */
export function shownHeightAt(grid: Grid, column: Column, at: Instant): number | undefined {
  const height = heightAt(grid, column, at)
  return height >= 0 && height <= 1 ? height : undefined
}

/** The instant at a height in a column, cut to its night. */
export function instantAt({ from, to }: Grid, { start, end }: Column, height: number): Instant {
  return Math.min(Math.max(start + Math.round(from + height * (to - from)), start), end)
}

/** The column of an instant, shown or not. */
export const columnAt = (columns: readonly Column[], at: Instant): Column | undefined =>
  columns.find(({ start, end }) => start <= at && at < end)

/** The parts of an interval that the columns show, in their order. */
export function partsOf(grid: Grid, interval: Interval): Part[] {
  return grid.columns.flatMap((column, index) => {
    const shown = visibleIn(grid, column)
    if (!overlaps(interval, shown)) return []
    return {
      column: index,
      top: heightAt(grid, column, Math.max(interval.start, shown.start)),
      bottom: heightAt(grid, column, Math.min(interval.end, shown.end)),
      hasStart: interval.start >= shown.start,
      hasEnd: interval.end <= shown.end,
    }
  })
}

/** The part of a night that its column shows. */
export function visibleIn(grid: Grid, column: Column): Interval {
  const { start, end } = shownOf(grid, column)
  return { start, end: Math.min(end, column.end) }
}

/** Whether the columns hold an end of an interval, by which it can be dragged. */
export function holdsAnEnd(columns: readonly Interval[], { start, end }: Interval): boolean {
  const span = spanOf(columns)
  return (span.start <= start && start < span.end) || (span.start < end && end <= span.end)
}

/** The whole hours after noon that a grid shows, in seconds after noon. */
export function shownHours({ from, to }: Grid): number[] {
  const first = Math.ceil(from / HOUR)
  return Array.from({ length: Math.max(0, Math.ceil(to / HOUR) - first) }, (_, index) => (first + index) * HOUR)
}

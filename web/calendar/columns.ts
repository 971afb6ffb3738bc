import { DAY, HOUR, type Instant, type Interval, durationOf, overlaps } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAfter, nightInterval } from '../../src/sky/zone.ts'

/*
 * Converts instants to positions in the grids of one site, and back; no other file does.
 *
 * FullCalendar knows days of 24 hours and no nights. So it draws a calendar in UTC, the grid calendar, in which each
 * night has a Sunday, the next night the Sunday after it, and the days between are hidden. A column begins at 12:00 on
 * its Sunday and has as many hours as the night, 23 to 25, so it never reaches the next column. A time of the grid
 * calendar is as long after the column's 12:00 as the instant is after the night's noon. If the site's clocks change
 * during a night, only the labels of the axis change.
 *
 * The month grid is simpler: each night is the day of its date.
 */

/** 1970-01-04, the first Sunday, in days. */
const FIRST_SUNDAY = 3
const WEEK = 7
const NOON = 12 * HOUR

/** A night, and the Sunday of its column in the grid calendar. */
export interface Column extends Interval {
  readonly night: Night
  /** Midnight at the start of the Sunday, in seconds since the epoch. */
  readonly sunday: number
}

/** Times of the grid calendar. */
export interface GridInterval {
  readonly start: Date
  readonly end: Date
}

/** The columns of `count` nights, from `first` on. */
export const columnsOf = (first: Night, count: number): Column[] =>
  Array.from({ length: count }, (_, index) => {
    const night = nightAfter(first, index)
    return { night, ...nightInterval(night), sunday: sundayOf(night) }
  })

const sundayOf = ({ date }: Night): number => (FIRST_SUNDAY + WEEK * (Date.parse(date) / 1000 / DAY)) * DAY

/** From the noon of the first column to the noon at the end of the last one. @throws Error if there are no columns */
export function spanOf(columns: readonly Column[]): Interval {
  const [first, last] = [columns[0], columns.at(-1)]
  if (!first || !last) throw new Error('spanOf() needs at least one column.')
  return { start: first.start, end: last.end }
}

/** The number of hours of the longest night; 24 at least. */
export const gridHours = (columns: readonly Column[]): number =>
  Math.max(24, ...columns.map((column) => Math.ceil(durationOf(column) / HOUR)))

/** The part of the grid calendar that holds the columns. */
export const gridRange = (columns: readonly Column[]): GridInterval => ({
  start: dateOf((columns[0] as Column).sunday),
  end: dateOf((columns.at(-1) as Column).sunday + DAY),
})

/** The grid time of an instant; undefined if it is in none of the columns. */
export function gridTimeAt(columns: readonly Column[], at: Instant): Date | undefined {
  const column = columns.find(({ start, end }) => start <= at && at < end)
  return column && gridTimeIn(column, at)
}

/** The grid times of an interval, cut to the columns; undefined if it is in none of them. */
export function gridIntervalOf(columns: readonly Column[], interval: Interval): GridInterval | undefined {
  const touched = columns.filter((column) => overlaps(column, interval))
  const [first, last] = [touched[0], touched.at(-1)]
  if (!first || !last) return undefined
  return {
    start: gridTimeIn(first, Math.max(interval.start, first.start)),
    end: gridTimeIn(last, Math.min(interval.end, last.end)),
  }
}

/** The end of a column that a shorter night leaves empty in a grid of `hours` hours, if any. */
export function emptyInterval({ sunday, start, end }: Column, hours: number): GridInterval | undefined {
  const from = sunday + NOON + (end - start)
  const until = sunday + NOON + hours * HOUR
  return from < until ? { start: dateOf(from), end: dateOf(until) } : undefined
}

/** The night of a grid time. */
export function nightAtGridTime(site: Site, gridTime: Date): Night {
  const days = Math.floor(gridTime.getTime() / 1000 / DAY)
  return {
    site,
    date: dateOf(Math.floor((days - FIRST_SUNDAY) / WEEK) * DAY)
      .toISOString()
      .slice(0, 10),
  }
}

/** The instant of a grid time, cut to its night. */
export function instantAt(site: Site, gridTime: Date): Instant {
  const night = nightAtGridTime(site, gridTime)
  const { start, end } = nightInterval(night)
  const sinceNoon = gridTime.getTime() / 1000 - sundayOf(night) - NOON
  return Math.min(Math.max(start + sinceNoon, start), end)
}

/** The instant of an axis label in a column; undefined if the night is over by then. */
export function instantAtLabel({ start, end }: Column, sinceMidnight: number): Instant | undefined {
  const at = start + sinceMidnight - NOON
  return at < end ? at : undefined
}

/** The instant at a height in a column, as a fraction of the grid's height. */
export const instantAtHeight = (columns: readonly Column[], { start }: Column, fraction: number): Instant =>
  start + fraction * gridHours(columns) * HOUR

const gridTimeIn = ({ start, sunday }: Column, at: Instant): Date => dateOf(sunday + NOON + at - start)

const dateOf = (seconds: number): Date => new Date(seconds * 1000)

/** The parts of an interval in the month grid: one for each night that it overlaps, on the day of the night's date. */
export function monthParts(during: Interval, columns: readonly Column[]): GridInterval[] {
  return columns
    .filter((night) => overlaps(night, during))
    .map(({ night: { date }, start, end }) => {
      const sinceNoon = (at: Instant) => Math.min(Math.max(at, start), end) - start
      // A night of 25 hours is cut, to stay within its day.
      const timeIn = (seconds: number, max: number) => new Date(Date.parse(date) + Math.min(seconds, max) * 1000)
      return { start: timeIn(sinceNoon(during.start), DAY - 2), end: timeIn(sinceNoon(during.end), DAY - 1) }
    })
}

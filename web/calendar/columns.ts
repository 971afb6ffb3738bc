import { DAY, HOUR, type Instant, type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAfter, nightInterval } from '../../src/sky/zone.ts'

/*
 * The grid is fullcalendar's, which knows days of 24 hours and no nights. So it is shown a calendar of our own, in UTC:
 * each night stands on a Sunday there, the next night a week later, the days between are hidden. A column begins at its
 * Sunday's 12:00 and goes on for as many hours as the night has, 23 to 25, without running into the next one: every
 * instant of a night is at one place, as far below its noon as it is after it. The clocks of a site may change
 * meanwhile; only what the axis says changes with them.
 */

/** 1970-01-04, the first Sunday, in days. */
const FIRST_SUNDAY = 3
const WEEK = 7
const NOON = 12 * HOUR

/** A night, and the Sunday that stands for it. */
export interface Column extends Interval {
  readonly night: Night
  /** Seconds since the epoch. */
  readonly sunday: number
}

/** `count` nights, from `first` on. */
export const columnsOf = (first: Night, count: number): Column[] =>
  Array.from({ length: count }, (_, index) => {
    const night = nightAfter(first, index)
    return { night, ...nightInterval(night), sunday: sundayOf(night) }
  })

const sundayOf = ({ date }: Night): number => (FIRST_SUNDAY + WEEK * (Date.parse(date) / 1000 / DAY)) * DAY

/** From the first column's noon to the last one's. */
export function spanOf(columns: readonly Column[]): Interval {
  const [first, last] = [columns[0], columns.at(-1)]
  if (!first || !last) throw new Error('There is no column.')
  return { start: first.start, end: last.end }
}

/** How many hours the grid needs for the longest of the nights. */
export const hoursOf = (columns: readonly Column[]): number => Math.max(24, ...columns.map((column) => Math.ceil(durationOf(column) / HOUR)))

/** Where an instant stands in the grid's own calendar; undefined where no column holds it. */
export function drawnAt(columns: readonly Column[], at: Instant): Date | undefined {
  const column = columns.find(({ start, end }) => start <= at && at < end)
  return column && dateIn(column, at)
}

/** The part of an interval that the columns hold, where they draw it; undefined where they hold none of it. */
export function drawn(columns: readonly Column[], interval: Interval): { start: Date; end: Date } | undefined {
  const held = columns.filter(({ start, end }) => start < interval.end && interval.start < end)
  const [first, last] = [held[0], held.at(-1)]
  if (!first || !last) return undefined
  return { start: dateIn(first, Math.max(interval.start, first.start)), end: dateIn(last, Math.min(interval.end, last.end)) }
}

/** The night that a place of the grid's calendar belongs to. */
export function nightOn(site: Site, day: Date): Night {
  const days = Math.floor(day.getTime() / 1000 / DAY)
  return { site, date: new Date(Math.floor((days - FIRST_SUNDAY) / WEEK) * DAY * 1000).toISOString().slice(0, 10) }
}

/** The instant that stands at a place of the grid's calendar; what lies beyond a night is its end. */
export function instantAt(site: Site, route: Date): Instant {
  const night = nightOn(site, route)
  const { start, end } = nightInterval(night)
  const after = route.getTime() / 1000 - sundayOf(night) - NOON
  return Math.min(Math.max(start + after, start), end)
}

const dateIn = ({ start, sunday }: Column, at: Instant): Date => new Date((sunday + NOON + at - start) * 1000)

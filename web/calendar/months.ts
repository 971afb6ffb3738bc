import { DAY, type Instant, type Interval, overlaps } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { nightAfter, weekdayOf } from '../../src/sky/zone.ts'
import { type Column, columnsOf } from './columns.ts'

/** The nights of the month that holds a night, and of the weeks it lies in, from Sunday on. */
export function monthOf({ site, date }: Night): Column[] {
  const first = { site, date: `${date.slice(0, 7)}-01` }
  const next = monthAfter(date, 1)
  const before = weekdayOf(first.date)
  const days = daysBetween(first.date, next)
  return columnsOf(nightAfter(first, -before), Math.ceil((before + days) / 7) * 7)
}

/** The first of a month, `count` months after the one a date lies in. */
export function monthAfter(date: string, count: number): string {
  const [year = 0, month = 1] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10)
}

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000 / DAY

/** The nights that a reservation touches, each as its date's own part, in UTC as fullcalendar is. */
export function partsByNight(during: Interval, columns: readonly Column[]): { start: Date; end: Date }[] {
  return columns
    .filter((night) => overlaps(night, during))
    .map(({ night: { date }, start, end }) => {
      const after = (at: Instant) => Math.min(Math.max(at, start), end) - start
      // Within its date, as long as the night may be.
      const within = (seconds: number, max: number) => new Date(Date.parse(date) + Math.min(seconds, max) * 1000)
      return { start: within(after(during.start), DAY - 2), end: within(after(during.end), DAY - 1) }
    })
}

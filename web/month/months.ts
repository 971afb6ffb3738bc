import { DAY } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { nightAfter, weekdayOf } from '../../src/sky/zone.ts'
import { type Column, columnsOf } from '../grid/geometry.ts'

/** The nights of the weeks, Monday to Sunday, that overlap the month of a night. */
export function monthOf({ site, date }: Night): Column[] {
  const first = { site, date: `${date.slice(0, 7)}-01` }
  const before = (weekdayOf(first.date) + 6) % 7
  const days = daysBetween(first.date, monthAfter(date, 1))
  return columnsOf(nightAfter(first, -before), Math.ceil((before + days) / 7) * 7)
}

/** The first date of the month that is `count` months after the month of `date`. */
export function monthAfter(date: string, count: number): string {
  const [year = 0, month = 1] = date.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10)
}

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000 / DAY

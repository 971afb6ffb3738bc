import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { clockAt, nightInterval } from '../../src/sky/zone.ts'
import {
  type Column,
  columnsOf,
  gridIntervalOf,
  gridTimeAt,
  gridHours,
  instantAt,
  nightAtGridTime,
  spanOf,
} from '../../web/calendar/columns.ts'
import { monthAfter, monthOf } from '../../web/calendar/months.ts'
import { at, saf } from '../context.ts'

const siteIn = (timeZone: string): Site => ({ ...saf, timeZone })
const week = (date: string, site = saf) => columnsOf({ site, date }, 7)
/** Seconds since the start of the column's Sunday. */
const sinceSunday = (date: Date | undefined, { sunday }: Column) => (date?.getTime() ?? Number.NaN) / 1000 - sunday
const lengthsOf = (columns: readonly Column[]) => columns.map(({ start, end }) => (end - start) / HOUR)

describe('columns', () => {
  it('are consecutive nights, each on its own Sunday', () => {
    const columns = week('2026-03-03')
    expect(columns.map(({ night }) => night.date)).toEqual([3, 4, 5, 6, 7, 8, 9].map((day) => `2026-03-0${day}`))
    expect(columns.map(({ sunday }) => new Date(sunday * 1000).getUTCDay())).toEqual(Array(7).fill(0))
    expect(spanOf(columns)).toEqual({ start: at('2026-03-03T19:00:00Z'), end: at('2026-03-10T18:00:00Z') })
  })

  it('put a night on the same Sunday in every view', () => {
    const [alone] = columnsOf({ site: saf, date: '2026-03-07' }, 1)
    expect(week('2026-03-03')[4]).toEqual(alone)
  })

  it.each([
    ['America/Denver', '2026-03-05', [24, 24, 23, 24, 24, 24, 24], 24],
    ['America/Denver', '2026-10-29', [24, 24, 25, 24, 24, 24, 24], 25],
    ['Australia/Sydney', '2026-04-02', [24, 24, 25, 24, 24, 24, 24], 25],
    ['Australia/Lord_Howe', '2026-04-02', [24, 24, 24.5, 24, 24, 24, 24], 25],
    ['Australia/Lord_Howe', '2026-10-01', [24, 24, 23.5, 24, 24, 24, 24], 24],
    ['Europe/Oslo', '2026-10-22', [24, 24, 25, 24, 24, 24, 24], 25],
  ])('of %s from %s are as long as its nights, in a grid as long as the longest', (zone, date, lengths, longest) => {
    const columns = week(date, siteIn(zone))
    expect(lengthsOf(columns)).toEqual(lengths)
    expect(gridHours(columns)).toBe(longest)
  })

  it('skip a date that a time zone skipped', () => {
    const dates = columnsOf({ site: siteIn('Pacific/Apia'), date: '2011-12-28' }, 3).map(({ night }) => night.date)
    expect(dates).toEqual(['2011-12-28', '2011-12-29', '2011-12-31'])
  })
})

describe('an instant', () => {
  it.each(['America/Denver', 'Australia/Sydney', 'Europe/Oslo', 'Australia/Lord_Howe', 'Pacific/Auckland', 'UTC'])(
    'of any week in %s has one position, at its time since noon, and is read back from it',
    (zone) => {
      const site = siteIn(zone)
      fc.assert(
        fc.property(
          fc.integer({ min: 0, max: 3650 }),
          fc.double({ min: 0, max: 0.999999, noNaN: true }),
          (day, fraction) => {
            const date = new Date(Date.UTC(2020, 0, 1) + day * DAY * 1000).toISOString().slice(0, 10)
            const columns = columnsOf({ site, date }, 7)
            const { start, end } = spanOf(columns)
            const instant = Math.floor(start + fraction * (end - start))
            const position = gridTimeAt(columns, instant)
            const column = columns.find((one) => one.start <= instant && instant < one.end) as Column
            expect(sinceSunday(position, column)).toBe(12 * HOUR + instant - column.start)
            expect(nightAtGridTime(site, position as Date)).toEqual(column.night)
            expect(instantAt(site, position as Date)).toBe(instant)
          },
        ),
      )
    },
  )

  it('of the repeated hour is below the first one with the same site time', () => {
    const columns = columnsOf({ site: saf, date: '2026-10-31' }, 1)
    const [first, second] = [at('2026-11-01T07:30:00Z'), at('2026-11-01T08:30:00Z')]
    expect([first, second].map((one) => clockAt(saf.timeZone, one).time)).toEqual(['01:30:00', '01:30:00'])
    expect([first, second].map((one) => sinceSunday(gridTimeAt(columns, one), columns[0] as Column) / HOUR)).toEqual([
      25.5, 26.5,
    ])
  })

  it('outside of the columns has no position, and a position below a night is its end', () => {
    const columns = columnsOf({ site: saf, date: '2026-03-07' }, 1)
    const [{ sunday, start, end }] = columns as [Column]
    expect([start - 1, start, end - 1, end].map((one) => gridTimeAt(columns, one) !== undefined)).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(instantAt(saf, new Date((sunday + 36 * HOUR) * 1000))).toBe(end)
    expect(instantAt(saf, new Date(sunday * 1000))).toBe(start)
  })
})

describe('an interval', () => {
  const columns = week('2026-03-03')
  const [first, second] = columns as [Column, Column]

  it('that ends at noon ends in the night before it', () => {
    const position = gridIntervalOf(columns, { start: first.end - HOUR, end: first.end })
    expect([sinceSunday(position?.start, first), sinceSunday(position?.end, first)]).toEqual([35 * HOUR, 36 * HOUR])
  })

  it('over several nights begins in one column and ends in another', () => {
    const position = gridIntervalOf(columns, { start: first.start + HOUR, end: second.start + HOUR })
    expect([sinceSunday(position?.start, first), sinceSunday(position?.end, second)]).toEqual([13 * HOUR, 13 * HOUR])
  })

  it('is drawn as far as the columns go, and not at all beyond them', () => {
    const position = gridIntervalOf(columns, { start: first.start - DAY, end: first.start + MINUTE })
    expect([sinceSunday(position?.start, first), sinceSunday(position?.end, first)]).toEqual([
      12 * HOUR,
      12 * HOUR + MINUTE,
    ])
    expect(gridIntervalOf(columns, { start: first.start - DAY, end: first.start })).toBeUndefined()
  })

  it('across the repeated hour is as high as it is long', () => {
    const night = columnsOf({ site: saf, date: '2026-10-31' }, 1)
    const position = gridIntervalOf(night, { start: at('2026-11-01T06:30:00Z'), end: at('2026-11-01T09:30:00Z') })
    expect(((position?.end.getTime() ?? 0) - (position?.start.getTime() ?? 0)) / 1000).toBe(3 * HOUR)
  })
})

describe('a month', () => {
  it('is the nights of its weeks, from a Sunday to a Saturday', () => {
    const columns = monthOf({ site: saf, date: '2026-06-17' })
    expect([columns.length, columns[0]?.night.date, columns.at(-1)?.night.date]).toEqual([
      35,
      '2026-05-31',
      '2026-07-04',
    ])
    for (const { night, start, end } of columns) expect(nightInterval(night)).toEqual({ start, end })
  })

  it('is followed and preceded by another, over the ends of years', () => {
    expect(monthAfter('2026-12-31', 1)).toBe('2027-01-01')
    expect(monthAfter('2026-01-31', -1)).toBe('2025-12-01')
  })
})

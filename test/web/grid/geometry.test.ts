import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../../src/domain/interval.ts'
import type { Site } from '../../../src/domain/site.ts'
import { twilight } from '../../../src/sky/sun.ts'
import { clockAt } from '../../../src/sky/zone.ts'
import {
  type Column,
  columnAt,
  columnsOf,
  gridOf,
  heightAt,
  instantAt,
  isFolded,
  holdsAnEnd,
  partsOf,
  shownHours,
  spanOf,
  visibleIn,
} from '../../../web/grid/geometry.ts'
import { at, saf, tromso } from '../sites.ts'

const siteIn = (timeZone: string): Site => ({ ...saf, timeZone })
const week = (date: string, site = saf) => columnsOf({ site, date }, 7)
const lengthsOf = (columns: readonly Column[]) => columns.map(({ start, end }) => (end - start) / HOUR)
const hoursOf = ({ from, to }: { from: number; to: number }) => [from / HOUR, to / HOUR]

describe('columns', () => {
  it('are consecutive nights', () => {
    const columns = week('2026-03-03')
    expect(columns.map(({ night }) => night.date)).toEqual([3, 4, 5, 6, 7, 8, 9].map((day) => `2026-03-0${day}`))
    expect(spanOf(columns)).toEqual({ start: at('2026-03-03T19:00:00Z'), end: at('2026-03-10T18:00:00Z') })
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
    expect(hoursOf(gridOf(columns, true))).toEqual([0, longest])
    expect(shownHours(gridOf(columns, true))).toHaveLength(longest)
  })

  it('skip a date that a time zone skipped', () => {
    const dates = columnsOf({ site: siteIn('Pacific/Apia'), date: '2011-12-28' }, 3).map(({ night }) => night.date)
    expect(dates).toEqual(['2011-12-28', '2011-12-29', '2011-12-31'])
  })
})

describe('the day', () => {
  it('is folded from an hour after the latest sunrise to an hour before the earliest sunset', () => {
    const columns = week('2026-11-25')
    const grid = gridOf(columns, false)
    expect(isFolded(grid)).toBe(true)
    const clocks = [grid.from, grid.to].map((seconds) => clockAt(saf.timeZone, (columns[0] as Column).start + seconds))
    expect(clocks.map(({ time }) => time)).toEqual(['15:50:00', '08:00:00'])
    for (const column of columns) {
      const [evening, morning] = [twilight(column.night)[0], twilight(column.night).at(-1)]
      const { start, end } = visibleIn(grid, column)
      expect((evening?.end ?? 0) - start).toBeGreaterThanOrEqual(HOUR)
      expect(end - (morning?.start ?? 0)).toBeGreaterThanOrEqual(HOUR)
    }
  })

  it('is shown on request', () => {
    const grid = gridOf(week('2026-11-25'), true)
    expect([hoursOf(grid), isFolded(grid)]).toEqual([[0, 24], false])
  })

  it.each([
    ['does not set', '2026-06-10'],
    ['does not rise', '2026-12-10'],
    ['sets for the last time', '2026-11-24'],
  ])('is not folded where the Sun %s', (_, date) => {
    expect(hoursOf(gridOf(week(date, tromso), false))).toEqual([0, 24])
  })

  it('is folded in a night of 25 hours by its own hours', () => {
    const grid = gridOf(week('2026-10-29'), false)
    expect(grid.to).toBeLessThan(25 * HOUR)
    const last = columnsOf({ site: saf, date: '2026-10-31' }, 1)[0] as Column
    expect(visibleIn(grid, last).end).toBeLessThan(last.end)
  })

  it('labels whole hours within what is shown', () => {
    const hours = shownHours(gridOf(week('2026-11-25'), false)).map((seconds) => seconds / HOUR)
    expect([hours[0], hours.at(-1), hours.length]).toEqual([4, 19, 16])
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
          fc.boolean(),
          (day, fraction, whole) => {
            const date = new Date(Date.UTC(2020, 0, 1) + day * DAY * 1000).toISOString().slice(0, 10)
            const grid = gridOf(week(date, site), whole)
            const { start, end } = spanOf(grid.columns)
            const instant = Math.floor(start + fraction * (end - start))
            const column = columnAt(grid.columns, instant) as Column
            const height = heightAt(grid, column, instant)
            expect(height * (grid.to - grid.from)).toBeCloseTo(instant - column.start - grid.from, 4)
            expect(instantAt(grid, column, height)).toBe(instant)
          },
        ),
      )
    },
  )

  it('of the repeated hour is below the first one with the same site time', () => {
    const grid = gridOf(columnsOf({ site: saf, date: '2026-10-31' }, 1), true)
    const [first, second] = [at('2026-11-01T07:30:00Z'), at('2026-11-01T08:30:00Z')]
    expect([first, second].map((one) => clockAt(saf.timeZone, one).time)).toEqual(['01:30:00', '01:30:00'])
    const hours = [first, second].map((one) => 25 * heightAt(grid, grid.columns[0] as Column, one))
    expect(hours[0]).toBeCloseTo(13.5, 9)
    expect(hours[1]).toBeCloseTo(14.5, 9)
  })

  it('outside of the columns has none, and a position beyond a night is its end', () => {
    const grid = gridOf(columnsOf({ site: saf, date: '2026-03-07' }, 1), true)
    const [column] = grid.columns as [Column]
    const { start, end } = column
    expect([start - 1, start, end - 1, end].map((one) => columnAt(grid.columns, one))).toEqual([
      undefined,
      column,
      column,
      undefined,
    ])
    // This night has 23 hours in a grid of 24.
    expect([instantAt(grid, column, 1), instantAt(grid, column, -1)]).toEqual([end, start])
  })
})

describe('an interval', () => {
  const grid = gridOf(week('2026-03-03'), true)
  const [first, second] = grid.columns as [Column, Column]

  it('that ends at noon ends in the night before it', () => {
    const parts = partsOf(grid, { start: first.end - HOUR, end: first.end })
    expect(parts).toEqual([{ column: 0, top: 23 / 24, bottom: 1, hasStart: true, hasEnd: true }])
  })

  it('over several nights begins in one column and ends in another', () => {
    const parts = partsOf(grid, { start: first.start + HOUR, end: second.start + HOUR })
    expect(parts).toEqual([
      { column: 0, top: 1 / 24, bottom: 1, hasStart: true, hasEnd: false },
      { column: 1, top: 0, bottom: 1 / 24, hasStart: false, hasEnd: true },
    ])
  })

  it('is drawn as far as the columns go, and not at all beyond them', () => {
    const reaching = { start: first.start - DAY, end: first.start + MINUTE }
    expect(partsOf(grid, reaching)).toEqual([{ column: 0, top: 0, bottom: 1 / 1440, hasStart: false, hasEnd: true }])
    expect(holdsAnEnd(grid.columns, reaching)).toBe(true)
    expect(holdsAnEnd(grid.columns, { ...reaching, end: first.start + 9 * DAY })).toBe(false)
    expect(holdsAnEnd(grid.columns, { ...reaching, end: first.start })).toBe(false)
    expect(partsOf(grid, { start: first.start - DAY, end: first.start })).toEqual([])
  })

  it('within the folded day is not shown', () => {
    const folded = gridOf(week('2026-11-25'), false)
    const noon = folded.columns[1]?.start ?? 0
    expect(partsOf(folded, { start: noon - HOUR, end: noon + HOUR })).toEqual([])
    expect(partsOf(folded, { start: noon - 12 * HOUR, end: noon + 12 * HOUR })).toEqual([
      { column: 0, top: expect.any(Number), bottom: 1, hasStart: true, hasEnd: false },
      { column: 1, top: 0, bottom: expect.any(Number), hasStart: false, hasEnd: true },
    ])
  })

  it('across the repeated hour is as high as it is long', () => {
    const night = gridOf(columnsOf({ site: saf, date: '2026-10-31' }, 1), true)
    const [part] = partsOf(night, { start: at('2026-11-01T06:30:00Z'), end: at('2026-11-01T09:30:00Z') })
    expect(25 * ((part?.bottom ?? 0) - (part?.top ?? 0))).toBeCloseTo(3, 9)
  })
})

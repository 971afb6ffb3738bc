import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { moonUp } from '../../src/sky/moon-limits.ts'
import { weekdayOf } from '../../src/sky/zone.ts'
import { gridOf } from '../../web/grid/geometry.ts'
import { formatDarkHours, formatFree, monthLabel } from '../../web/month/month-label.ts'
import { barParts, monthNights, moonParts, targetParts } from '../../web/month/month-nights.ts'
import { monthAfter, monthOf } from '../../web/month/months.ts'
import { nextIndex } from '../../web/month/month-stops.ts'
import { at, reserved, saf, southPole, tromso } from './sites.ts'

const november = gridOf(monthOf({ site: saf, date: '2026-11-26' }), false)
const now = at('2026-11-27T04:42Z')
const ADA = { id: 'ada', name: 'Ada Lovelace', role: 'observer' } as const
const night = (date: string, reservations: readonly Reservation[] | undefined) => {
  const found = monthNights(november, reservations, now).find(({ column }) => column.night.date === date)
  if (!found) throw new Error(`The month has no night ${date}.`)
  return found
}

describe('the weeks of a month', () => {
  it.each([
    ['2026-11-26', '2026-10-26', '2026-12-06', 42],
    ['2027-02-01', '2027-02-01', '2027-02-28', 28],
    ['2026-06-17', '2026-06-01', '2026-07-05', 35],
    ['2026-08-31', '2026-07-27', '2026-09-06', 42],
  ])('of %s go from Monday %s to Sunday %s', (date, first, last, count) => {
    const dates = monthOf({ site: saf, date }).map((column) => column.night.date)
    expect([dates[0], dates.at(-1), dates.length]).toEqual([first, last, count])
    expect([weekdayOf(first), weekdayOf(last)]).toEqual([1, 0])
  })

  it('are followed by those of the next month, over a year', () => {
    expect(monthAfter('2026-11-26', 1)).toBe('2026-12-01')
    expect(monthAfter('2026-12-31', 1)).toBe('2027-01-01')
    expect(monthAfter('2026-01-31', -2)).toBe('2025-11-01')
  })
})

describe('a night of a month', () => {
  it('has what is reserved in it, after midnight too', () => {
    const late = reserved('2026-11-28T08:00Z', '2026-11-28T09:00Z')
    expect(night('2026-11-27', [late]).reserved).toEqual([late])
    expect(night('2026-11-28', [late]).reserved).toEqual([])
  })

  it('tells its free dark time, from now on and not for the past', () => {
    const taken = [reserved('2026-11-28T02:00Z', '2026-11-28T04:30Z')]
    const coming = night('2026-11-27', taken)
    expect(coming.when).toBe('coming')
    expect(coming.freeHours).toBeCloseTo(coming.darkHours - 2.5, 9)
    expect(night('2026-11-26', []).when).toBe('tonight')
    expect(night('2026-11-26', []).freeHours).toBeCloseTo((at('2026-11-27T12:21Z') - now) / HOUR, 1)
    expect(night('2026-11-25', [])).toMatchObject({ when: 'past', freeHours: undefined })
    expect(night('2026-11-27', undefined).freeHours).toBeUndefined()
  })

  it('is closed if closures leave nothing of its dark', () => {
    const roof = reserved('2026-11-29T19:00Z', '2026-11-30T23:00Z', { kind: 'maintenance', title: 'Roof motor' })
    expect(night('2026-11-29', [roof])).toMatchObject({ isClosed: true, closure: roof, reserved: [], freeHours: 0 })
    expect(night('2026-11-30', [roof])).toMatchObject({ isClosed: false, closure: roof })
    const swap = reserved('2026-11-28T23:15Z', '2026-11-29T02:00Z', { kind: 'maintenance' })
    expect(night('2026-11-28', [swap])).toMatchObject({ isClosed: false, closure: undefined, reserved: [swap] })
  })

  it('is told in words', () => {
    const own = reserved('2026-11-28T07:45Z', '2026-11-28T08:30Z')
    expect(monthLabel(night('2026-11-27', [own]), ADA)).toMatch(
      /^Night of Friday 27 November 2026, Moon 81 % lit, up from 20:14 to 11:03, dark 11\.0 h, 10\.3 h free, 1 reserved, 1 of them yours$/,
    )
    expect(monthLabel(night('2026-11-26', undefined), ADA)).toMatch(/, tonight, Moon 90 % lit, .*, dark 11\.0 h$/)
    const [white] = monthNights(gridOf(monthOf({ site: tromso, date: '2026-06-15' }), false), [], now)
    expect(white && monthLabel(white, ADA)).toMatch(/^Night of Monday 1 June 2026, past, Moon .*, not dark$/)
    expect([formatDarkHours(10.96, false), formatFree(2.94), formatFree(0.04)]).toEqual([
      'Dark 11.0 h',
      '2.9 h free',
      'none free',
    ])
    const [polar] = monthNights(gridOf(monthOf({ site: southPole, date: '2026-06-15' }), false), [], now)
    expect(polar && monthLabel(polar, ADA)).toMatch(/, dark all day$/)
  })
})

describe('the bar of a night', () => {
  const { column } = night('2026-11-27', [])

  it('shows from dusk to dawn, cut at its ends', () => {
    const whole = barParts(november, column, [{ start: column.start - DAY, end: column.end + DAY }])
    expect(whole).toEqual([{ left: 0, width: 1 }])
    const middle = { start: column.start + november.from, end: column.start + (november.from + november.to) / 2 }
    expect(barParts(november, column, [middle])).toEqual([{ left: 0, width: 0.5 }])
    expect(barParts(november, column, [{ start: column.start, end: column.start + HOUR }])).toEqual([])
  })

  it('has the Moon and the target as they are', () => {
    const up = moonUp(column.night).at(-1)
    expect(moonParts(november, column)).toEqual(barParts(november, column, [up ?? column]))
    const [m31] = targetParts(november, column, { ra: 10.6848, dec: 41.2691 })
    expect(m31?.left).toBeCloseTo(
      (at('2026-11-28T01:22Z') - column.start - november.from) / (november.to - november.from),
      2,
    )
    expect(targetParts(november, column, { ra: 0, dec: -80 })).toEqual([])
  })

  it('is the whole night where the Sun does not set or does not rise', () => {
    for (const date of ['2026-06-15', '2026-12-15']) {
      const polar = gridOf(monthOf({ site: tromso, date }), false)
      expect([polar.from, polar.to]).toEqual([0, DAY])
    }
  })
})

it('the arrow keys go by nights and weeks, Home and End to the ends of a week', () => {
  const press = (from: number, key: string) => nextIndex(from, { key, altKey: false, ctrlKey: false, metaKey: false })
  expect(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].map((key) => press(9, key))).toEqual([
    8, 10, 2, 16, 7, 13,
  ])
  expect(press(9, 'a')).toBe(-1)
  expect(nextIndex(9, { key: 'ArrowLeft', altKey: true, ctrlKey: false, metaKey: false })).toBe(-1)
})

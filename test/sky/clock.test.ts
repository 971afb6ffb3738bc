import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, durationOf, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import {
  clockAt,
  clockChange,
  isDate,
  nightAfter,
  nightInterval,
  noonOffset,
  offsetAt,
  weekdayOf,
} from '../../src/sky/zone.ts'
import { at, datesOf, place, saf, sydney, tromso } from './sites.ts'

const lordHowe = place(-31.55, 159.08, 'Australia/Lord_Howe')
const apia = place(-13.83, -171.77, 'Pacific/Apia')

const ZONES = ['America/Denver', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Apia', 'Asia/Kathmandu', 'UTC']

/** The local time of a zone, by the JavaScript engine. */
function shownIn(timeZone: string, time: number): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(time * 1000)
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? ''
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`
}

describe('the clocks of a zone', () => {
  it.each([
    ['America/Denver', '2026-03-08T08:59:59Z', { date: '2026-03-08', time: '01:59:59', offset: -7 * HOUR }],
    ['America/Denver', '2026-03-08T09:00:00Z', { date: '2026-03-08', time: '03:00:00', offset: -6 * HOUR }],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', { date: '2026-04-05', time: '01:30:00', offset: 10.5 * HOUR }],
    ['Pacific/Apia', '2011-12-30T09:59:59Z', { date: '2011-12-29', time: '23:59:59', offset: -10 * HOUR }],
    ['Pacific/Apia', '2011-12-30T10:00:00Z', { date: '2011-12-31', time: '00:00:00', offset: 14 * HOUR }],
    // Denver kept local mean time until the railways' noon of 1883: 6:59:56 west.
    ['America/Denver', '1883-01-01T12:00:00Z', { date: '1883-01-01', time: '05:00:04', offset: -25_196 }],
  ])('of %s show it at %s', (zone, time, shown) => {
    expect(clockAt(zone, at(time))).toEqual(shown)
    expect(offsetAt(zone, at(time))).toBe(shown.offset)
  })

  it('show the local time of the JavaScript engine, in any order of calls', () => {
    const time = fc.oneof(
      fc.integer({ min: at('1800-01-01T00:00Z'), max: at('2300-01-01T00:00Z') }),
      fc.integer({ min: at('1000-01-01T00:00Z'), max: at('9998-01-01T00:00Z') }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), time, (zone, when) => {
        const { date, time, offset } = clockAt(zone, when)
        expect(`${date} ${time}`).toBe(shownIn(zone, when))
        expect(offset).toBe(at(`${date}T${time}Z`) - when)
      }),
      { numRuns: 100 },
    )
  })

  it('are an error in an unknown zone', () => {
    expect(() => offsetAt('Mars/Olympus', 0)).toThrow(RangeError)
  })
})

describe('a clock change', () => {
  it.each([
    ['Denver', saf, '2026-03-07', '2026-03-08T09:00Z', HOUR],
    ['Denver', saf, '2026-10-31', '2026-11-01T08:00Z', -HOUR],
    ['Sydney', sydney, '2026-04-04', '2026-04-04T16:00Z', -HOUR],
    ['Sydney', sydney, '2026-10-03', '2026-10-03T16:00Z', HOUR],
    ['Tromsø', tromso, '2026-03-28', '2026-03-29T01:00Z', HOUR],
    ['Tromsø', tromso, '2026-10-24', '2026-10-25T01:00Z', -HOUR],
    ['Lord Howe', lordHowe, '2026-04-04', '2026-04-04T15:00Z', -30 * MINUTE],
    ['Lord Howe', lordHowe, '2026-10-03', '2026-10-03T15:30Z', 30 * MINUTE],
    ['Samoa, which left a day out', apia, '2011-12-29', '2011-12-30T10:00Z', DAY],
  ])('in %s is in its night, and in no other', (_, site, date, time, by) => {
    const night: Night = { site, date }
    expect(clockChange(night)).toEqual({ at: at(time), by })
    expect(clockChange(nightAfter(night, -1))).toBeUndefined()
    expect(clockChange(nightAfter(night, 1))).toBeUndefined()
  })

  it('makes a night shorter or longer, and changes the offset of the next noon', () => {
    for (const [site, date] of [
      [saf, '2026-03-07'],
      [saf, '2026-10-31'],
      [lordHowe, '2026-10-03'],
    ] as const) {
      const night = { site, date }
      const { by } = clockChange(night)!
      expect(durationOf(nightInterval(night))).toBe(DAY - by)
      expect(noonOffset(nightAfter(night, 1)) - noonOffset(night)).toBe(by)
    }
  })

  it('is in two nights a year in Denver, and never in UTC', () => {
    const changes = (site: Site) => datesOf(2026, 1).filter((date) => clockChange({ site, date }))
    expect(changes(saf)).toEqual(['2026-03-07', '2026-10-31'])
    expect(changes(place(0, 0))).toEqual([])
  })
})

describe('the night a number of nights later', () => {
  it('is counted in both directions', () => {
    const night = { site: saf, date: '2026-02-27' }
    expect(nightAfter(night, 0)).toEqual(night)
    expect(nightAfter(night, 3).date).toBe('2026-03-02')
    expect(nightAfter(night, -60).date).toBe('2025-12-29')
    expect(nightAfter(nightAfter(night, 400), -400)).toEqual(night)
  })

  it('skips a date that the zone never had', () => {
    expect(nightAfter({ site: apia, date: '2011-12-28' }, 2).date).toBe('2011-12-31')
    expect(nightAfter({ site: apia, date: '2012-01-01' }, -2).date).toBe('2011-12-29')
  })
})

describe('a date', () => {
  it.each(['0001-01-01', '2024-02-29', '2026-12-31', '9998-12-31'])('is %s', (text) => {
    expect(isDate(text)).toBe(true)
  })

  it.each([
    '',
    'tonight',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00',
    ' 2026-01-01',
    '2026-01-01\n',
    '0000-12-31',
    '9999-01-01',
    '+002026-01-01',
    '-000001-01-01',
    '2026-01-01[u-ca=hebrew]',
    '２０２６-01-01',
  ])('is not %j', (text) => {
    expect(isDate(text)).toBe(false)
  })

  it.each([
    ['2026-03-15', 0],
    ['2026-03-16', 1],
    ['2000-01-01', 6],
    ['1969-07-20', 0],
    ['0001-01-01', 1],
  ])('%s is on the weekday %d, from Sunday', (date, weekday) => {
    expect(weekdayOf(date)).toBe(weekday)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { isTimeZone, nextNight, nightAt, nightInterval, previousNight } from '../../src/sky/zone.ts'

const siteIn = (timeZone: string): Site => ({
  code: 'there',
  name: 'There',
  latitude: 0,
  longitude: 0,
  elevation: 0,
  timeZone,
  enclosure: 'dome',
})

const at = (time: string): number => Date.parse(time) / 1000
const spanOf = (start: string, end: string) => ({ start: at(start), end: at(end) })

const saf = siteIn('America/Denver')
const apia = siteIn('Pacific/Apia')

describe('a night', () => {
  it('lasts from local noon to local noon', () => {
    expect(nightInterval({ site: saf, date: '2026-01-15' })).toEqual(spanOf('2026-01-15T19:00Z', '2026-01-16T19:00Z'))
  })

  it.each([
    ['America/Denver', '2026-03-07', '2026-03-07T19:00Z', '2026-03-08T18:00Z', 23],
    ['America/Denver', '2026-03-08', '2026-03-08T18:00Z', '2026-03-09T18:00Z', 24],
    ['America/Denver', '2026-10-31', '2026-10-31T18:00Z', '2026-11-01T19:00Z', 25],
    ['Australia/Sydney', '2026-04-04', '2026-04-04T01:00Z', '2026-04-05T02:00Z', 25],
    ['Australia/Sydney', '2026-10-03', '2026-10-03T02:00Z', '2026-10-04T01:00Z', 23],
    ['Australia/Lord_Howe', '2026-10-03', '2026-10-03T01:30Z', '2026-10-04T01:00Z', 23.5],
    ['Asia/Kolkata', '2026-03-14', '2026-03-14T06:30Z', '2026-03-15T06:30Z', 24],
    ['Asia/Kathmandu', '2026-03-14', '2026-03-14T06:15Z', '2026-03-15T06:15Z', 24],
  ])('in %s on %s has the length the clocks give it', (zone, date, start, end, hours) => {
    const interval = nightInterval({ site: siteIn(zone), date })
    expect(interval).toEqual(spanOf(start, end))
    expect(durationOf(interval)).toBe(hours * HOUR)
  })

  it('rejects a date that the calendar does not have', () => {
    expect(() => nightInterval({ site: saf, date: '2026-02-30' })).toThrow(RangeError)
    expect(() => nightInterval({ site: saf, date: 'tonight' })).toThrow(RangeError)
  })
})

describe('the night that contains an instant', () => {
  it.each([
    ['2026-03-15T17:59:59Z', '2026-03-14'],
    ['2026-03-15T18:00:00Z', '2026-03-15'],
    ['2026-03-15T05:00:00Z', '2026-03-14'],
    ['2026-01-01T08:00:00Z', '2025-12-31'],
  ])('at %s is that of %s', (time, date) => {
    expect(nightAt(saf, at(time))).toEqual({ site: saf, date })
  })

  it('contains it, in any zone and year, and is adjacent to its neighbours', () => {
    const zones = ['America/Denver', 'Pacific/Apia', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC']
    const instant = fc.integer({ min: at('1800-01-01T00:00Z'), max: at('2300-01-01T00:00Z') })
    fc.assert(
      fc.property(fc.constantFrom(...zones), instant, (zone, time) => {
        const night = nightAt(siteIn(zone), time)
        const { start, end } = nightInterval(night)
        expect(Number.isInteger(start) && Number.isInteger(end)).toBe(true)
        expect(start <= time && time < end).toBe(true)
        expect(nextNight(night)).toEqual(nightAt(night.site, end))
        expect(previousNight(night)).toEqual(nightAt(night.site, start - 1))
      }),
    )
  })
})

describe('a date that was skipped, 2011-12-30 in Samoa', () => {
  const before = { site: apia, date: '2011-12-29' }
  const after = { site: apia, date: '2011-12-31' }

  it('has no night', () => {
    expect(() => nightInterval({ site: apia, date: '2011-12-30' })).toThrow(RangeError)
    expect(nextNight(before)).toEqual(after)
    expect(previousNight(after)).toEqual(before)
  })

  it('leaves no gap between nights', () => {
    expect(nightInterval(before)).toEqual(spanOf('2011-12-29T22:00Z', '2011-12-30T22:00Z'))
    expect(nightInterval(after).start).toBe(nightInterval(before).end)
    expect(nightAt(apia, at('2011-12-30T16:00Z'))).toEqual(before)
  })
})

describe('a time zone', () => {
  it.each(['America/Denver', 'Australia/Melbourne', 'UTC', 'Etc/GMT+5'])('may be %s', (name) => {
    expect(isTimeZone(name)).toBe(true)
  })

  it.each(['', 'Mars/Olympus', 'America/Denver ', '+02:00', '2026-01-01T00:00Z'])('may not be %j', (name) => {
    expect(isTimeZone(name)).toBe(false)
  })
})

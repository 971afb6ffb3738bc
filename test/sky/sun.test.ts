import * as fc from 'fast-check'
import { getTimes } from 'suncalc'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { ASTRONOMICAL, CIVIL, darkness, NAUTICAL, sunBelow } from '../../src/sky/sun.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { at, place, quito, saf, tromso } from './sites.ts'

const degrees = (max: number) => fc.double({ min: -max, max: max, noNaN: true })

const eltham = place(-37.700972, 145.191806, 'Australia/Melbourne', 150)

const radians = (degrees: number): number => (degrees * Math.PI) / 180

/**
 * The Sun's altitude in degrees, accurate to 0.01: the low-precision formulas of The Astronomical Almanac, page C24
 * (1950 to 2050). Independent of the tested code.
 */
function almanacAltitude({ latitude, longitude }: Site, time: number): number {
  const days = (time - at('2000-01-01T12:00Z')) / DAY
  const mean = radians(357.528 + 0.9856003 * days)
  const along = radians(280.46 + 0.9856474 * days + 1.915 * Math.sin(mean) + 0.02 * Math.sin(2 * mean))
  const tilt = radians(23.439 - 0.0000004 * days)
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(along), Math.cos(along))
  const declination = Math.asin(Math.sin(tilt) * Math.sin(along))
  const hour = radians(280.46062 + 360.98564737 * days + longitude) - ascension
  const [up, out] = [Math.sin(radians(latitude)), Math.cos(radians(latitude))]
  return Math.asin(up * Math.sin(declination) + out * Math.cos(declination) * Math.cos(hour)) / radians(1)
}

describe('the Sun below an altitude', () => {
  const dates = ['2026-01-10', '2026-03-20', '2026-06-21', '2026-09-01', '2026-12-21']

  it.each([
    [ASTRONOMICAL, 'night', 'nightEnd'],
    [NAUTICAL, 'nauticalDusk', 'nauticalDawn'],
    [CIVIL, 'dusk', 'dawn'],
  ] as const)('of %d degrees agrees with suncalc to a minute', (altitude, dusk, dawn) => {
    for (const site of [saf, eltham, quito]) {
      for (const date of dates) {
        const night = nightInterval({ site, date })
        const [evening, morning] = [night.start, night.end].map((noon) =>
          getTimes(new Date(noon * 1000), site.latitude, site.longitude),
        )
        const [dark, ...more] = sunBelow(site, altitude, night)
        expect(more).toEqual([])
        expect(Math.abs(dark!.start - evening![dusk]!.getTime() / 1000)).toBeLessThan(MINUTE)
        expect(Math.abs(dark!.end - morning![dawn]!.getTime() / 1000)).toBeLessThan(MINUTE)
      }
    }
  })

  it('agrees with the worked example of the Solar Position Algorithm', () => {
    // Reda and Andreas, NREL/TP-560-34302: for 17 October 2003 UT, at -0.8333 degrees, sunset at 17:20:19 and
    // sunrise at 06:12:43, UTC-7. That sunset is the one within the UT date, and so of the evening before.
    const golden = place(39.742476, -105.1786, 'America/Denver', 1830.14)
    const [dark, ...more] = sunBelow(golden, -0.8333, { start: at('2003-10-17T00:00Z'), end: at('2003-10-18T00:00Z') })
    expect(more).toEqual([])
    expect(Math.abs(dark!.start - at('2003-10-16T17:20:19-07:00'))).toBeLessThanOrEqual(5)
    expect(Math.abs(dark!.end - at('2003-10-17T06:12:43-07:00'))).toBeLessThanOrEqual(5)
  })

  it('agrees with a second formula everywhere, sorted and within the interval', () => {
    const anywhere = fc.tuple(degrees(90), degrees(180))
    const altitude = fc.oneof(fc.constantFrom(ASTRONOMICAL, NAUTICAL, CIVIL, 0), degrees(40))
    const start = fc.integer({ min: at('1990-01-01T00:00Z'), max: at('2045-01-01T00:00Z') })
    const length = fc.integer({ min: 1, max: 4 * DAY })
    fc.assert(
      fc.property(anywhere, altitude, start, length, ([latitude, longitude], limit, from, seconds) => {
        const site = place(latitude, longitude)
        const during = { start: from, end: from + seconds }
        const parts = sunBelow(site, limit, during)
        expectOrderedWithin(parts, during)
        for (let time = during.start; time < during.end; time += 11 * MINUTE) {
          const inside = parts.some((part) => part.start <= time && time < part.end)
          const above = almanacAltitude(site, time) - limit
          if (inside) expect(above).toBeLessThan(0.03)
          else expect(above).toBeGreaterThan(-0.03)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is the same for two halves as for the whole interval', () => {
    const start = at('2026-06-01T00:00Z')
    const second = fc.integer({ min: 1, max: 4 * DAY - 1 })
    fc.assert(
      fc.property(degrees(89), second, (latitude, cut) => {
        const site = place(latitude, 10)
        const middle = start + cut
        const halves = [
          { start, end: middle },
          { start: middle, end: start + 4 * DAY },
        ].flatMap((half) => sunBelow(site, ASTRONOMICAL, half))
        expect(joined(halves)).toEqual(sunBelow(site, ASTRONOMICAL, { start, end: start + 4 * DAY }))
      }),
      { numRuns: 40 },
    )
  })

  it('is correct in the first and last years of the calendar', () => {
    for (const start of [at('0001-01-01T00:00Z'), at('9998-12-31T00:00Z')]) {
      expect(sunBelow(saf, ASTRONOMICAL, { start, end: start + 2 * DAY }).length).toBeGreaterThan(1)
    }
  })
})

describe('darkness', () => {
  it('is remembered', () => {
    const night = { site: saf, date: '2026-03-14' }
    expect(darkness(night)).toBe(darkness({ ...night }))
    expect(Object.isFrozen(darkness(night))).toBe(true)
  })

  it('is cached by location, not by site code', () => {
    const night = { site: saf, date: '2026-03-14' }
    expect(darkness({ ...night, site: { ...saf, longitude: -100 } })).not.toEqual(darkness(night))
  })

  it('is absent from a summer night in Tromsø, where the Sun does not even set', () => {
    const night = { site: tromso, date: '2026-06-21' }
    expect(darkness(night)).toEqual([])
    expect(sunBelow(tromso, 0, nightInterval(night))).toEqual([])
  })

  it('is half of a winter night in Tromsø, where the Sun does not rise', () => {
    const night = { site: tromso, date: '2026-12-21' }
    const [dark, ...more] = darkness(night)
    expect(more).toEqual([])
    expect(durationOf(dark!)).toBeGreaterThan(11 * HOUR)
    expect(durationOf(dark!)).toBeLessThan(14 * HOUR)
    expect(sunBelow(tromso, -0.8333, nightInterval(night))).toEqual([nightInterval(night)])
  })

  it('fills the nights of the southern winter at the pole, with one start', () => {
    const pole = place(-90, 0, 'Antarctica/McMurdo', 2835)
    const night = { site: pole, date: '2026-06-21' }
    expect(darkness(night)).toEqual([nightInterval(night)])
    expect(darkness({ site: pole, date: '2026-12-21' })).toEqual([])
    const month = { start: at('2026-04-25T00:00Z'), end: at('2026-05-27T00:00Z') }
    const [dark, ...more] = sunBelow(pole, ASTRONOMICAL, month)
    expect(more).toEqual([])
    expect(dark!.end).toBe(month.end)
    // When the Sun's declination passes 18 degrees.
    expect(Math.abs(dark!.start - at('2026-05-12T00:00Z'))).toBeLessThan(2 * DAY)
  })

  it('shrinks to nothing towards the white nights', () => {
    const lengths = Array.from({ length: 101 }, (_, step) => {
      const parts = darkness({ site: place(48.4 + step * 0.002, 2), date: '2026-06-20' })
      expect(parts.length).toBeLessThanOrEqual(1)
      return parts[0] ? durationOf(parts[0]) : 0
    })
    expect(lengths[0]).toBeGreaterThan(20 * MINUTE)
    expect(lengths.at(-1)).toBe(0)
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a))
    expect(lengths.some((length) => length > 0 && length < 5 * MINUTE)).toBe(true)
  })
})

function expectOrderedWithin(parts: readonly Interval[], during: Interval): void {
  let last = during.start - 1
  for (const { start, end } of parts) {
    expect(Number.isInteger(start) && Number.isInteger(end)).toBe(true)
    expect(last < start && start < end && end <= during.end).toBe(true)
    last = end
  }
}

function joined(parts: readonly Interval[]): Interval[] {
  const whole: Interval[] = []
  for (const part of parts) {
    const before = whole.at(-1)
    if (before?.end === part.start) whole[whole.length - 1] = { start: before.start, end: part.end }
    else whole.push(part)
  }
  return whole
}

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/interval.ts'
import { localSiderealTime } from '../../src/sky/sidereal.ts'
import { at, place } from './sites.ts'

const greenwich = place(51.48, 0)

/** A second of sidereal time, hours. */
const SECOND = 1 / HOUR

const hours = (hour: number, minute: number, second: number): number => hour + minute / 60 + second / 3600

/** The difference of two sidereal times in hours, the shorter way round. */
const apart = (a: number, b: number): number => Math.abs(((a - b + 36) % 24) - 12)

it('is the apparent sidereal time of Meeus, Astronomical Algorithms, example 12.a', () => {
  expect(apart(localSiderealTime(greenwich, at('1987-04-10T00:00Z')), hours(13, 10, 46.1351))).toBeLessThan(
    0.01 * SECOND,
  )
})

it.each([
  ['Meeus, example 12.b', '1987-04-10T19:21Z', hours(8, 34, 57.0896)],
  [
    'the definition of Greenwich mean sidereal time (IAU 1982), at 2000 January 1.5',
    '2000-01-01T12:00Z',
    hours(18, 41, 50.54841),
  ],
])('is within the equation of the equinoxes, at most 1.2 seconds, of the mean one: %s', (_, time, mean) => {
  expect(apart(localSiderealTime(greenwich, at(time)), mean)).toBeLessThan(1.2 * SECOND)
})

const longitude = fc.double({ min: -180, max: 180, noNaN: true })
const time = fc.integer({ min: at('1900-01-01T00:00Z'), max: at('2100-01-01T00:00Z') })

it('is an hour later for each 15 degrees to the east', () => {
  fc.assert(
    fc.property(longitude, time, (east, when) => {
      const local = localSiderealTime(place(20, east), when)
      expect(apart(local, localSiderealTime(greenwich, when) + east / 15)).toBeLessThan(1e-9)
    }),
  )
})

it('runs from 0 up to 24 in a sidereal day of 23 h 56 min 4.09 s', () => {
  fc.assert(
    fc.property(longitude, time, (east, when) => {
      const site = place(20, east)
      const now = localSiderealTime(site, when)
      expect(now).toBeGreaterThanOrEqual(0)
      expect(now).toBeLessThan(24)
      const day = 23 * HOUR + 56 * MINUTE + 4
      expect(apart(localSiderealTime(site, when + day), now - 0.09 * SECOND)).toBeLessThan(0.03 * SECOND)
      expect(apart(localSiderealTime(site, when + 6 * HOUR), now + 6)).toBeGreaterThan(50 * SECOND)
    }),
  )
})

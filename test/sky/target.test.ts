import { Body } from 'astronomy-engine'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { coordinatesOf, directionTo } from '../../src/sky/vector.ts'
import { ofDate } from '../../src/sky/geocentric.ts'
import { whenHourAngleIs } from '../../src/sky/hour-angle.ts'
import { MOVING_BODIES } from '../../src/sky/target.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import {
  altitudeByRotation,
  bodyByEngine,
  densely,
  longestDifference,
  randomDate,
  randomNumbers,
  randomSite,
} from './engine.ts'
import { at, northPole, place, saf } from './sites.ts'

describe('a fixed target', () => {
  it.each([1, 2, 3, 4])(
    'is above a limit when astronomy-engine says so, at 250 random sites and nights (%i)',
    (seed) => {
      const random = randomNumbers(seed)
      for (let run = 0; run < 250; run++) {
        const site = randomSite(random)
        const target = { ra: random() * 360, dec: (Math.asin(random() * 2 - 1) * 180) / Math.PI }
        const limit = random() < 0.3 ? 80 + random() * 9 : random() * 90
        const night = nightInterval({ site, date: randomDate(random) })
        const track = trackOf(site, target, (night.start + night.end) / 2)
        const altitudeAt = altitudeByRotation(site, target)
        const where = JSON.stringify({ site, target, limit, night })
        expect(Math.abs(track.altitudeAt(night.start) - altitudeAt(night.start)), where).toBeLessThan(0.0002)
        expect(longestDifference(track.above(limit, night), densely(limit, altitudeAt, night)), where).toBeLessThan(4)
      }
    },
  )

  it('passes a high limit for minutes, once each sidereal day', () => {
    const site = place(30, 0)
    const during = { start: at('2027-01-01T12:00Z'), end: at('2027-01-03T12:00Z') }
    const track = trackOf(site, { ra: 100, dec: 30 }, at('2027-01-02T12:00Z'))
    const passes = track.above(89, during)
    expect(passes.map(({ start, end }) => end - start)).toEqual([551, 551])
    expect((passes[1]?.start ?? 0) - (passes[0]?.start ?? 0)).toBeCloseTo(86_164, -1)
  })

  it('stands still over a pole', () => {
    const during = { start: at('2027-01-01T00:00Z'), end: at('2027-01-02T00:00Z') }
    const track = trackOf(northPole, { ra: 100, dec: 30 }, during.start)
    expect(track.above(29, during)).toEqual([during])
    expect(track.above(31, during)).toEqual([])
  })

  it('transits when its hour angle is 0', () => {
    const during = { start: at('2027-01-01T00:00Z'), end: at('2027-01-02T00:00Z') }
    const track = trackOf(saf, { ra: 83.8, dec: -5.4 }, during.start)
    const [transit] = whenHourAngleIs(0, track, during)
    expect(track.altitudeAt(transit ?? 0)).toBeCloseTo(90 - saf.latitude - 5.4, 1)
    expect(whenHourAngleIs(30, track, during).map((when) => Math.round(when - (transit ?? 0)))).toEqual([7180])
  })
})

describe('precession and nutation', () => {
  it('have the place of theta Persei that Meeus has', () => {
    // Astronomical Algorithms, examples 21.b (precession) and 23.a (nutation): 2028 November 13.19, proper motion applied.
    const { ra, dec } = coordinatesOf(ofDate(directionTo(41.054063, 49.22775), at('2028-11-13T04:34Z')))
    expect(Math.abs(ra - (41.547214 + 15.843 / 3600)) * 3600).toBeLessThan(0.5)
    expect(Math.abs(dec - (49.348483 + 6.218 / 3600)) * 3600).toBeLessThan(0.5)
  })
})

describe('a moving target', () => {
  it.each(MOVING_BODIES)('is where astronomy-engine has %s, and above a limit when it is', (body) => {
    const random = randomNumbers(7)
    for (let run = 0; run < 12; run++) {
      const site = randomSite(random)
      const limit = random() * 70
      const night = nightInterval({ site, date: randomDate(random) })
      const track = trackOf(site, { body }, night.start)
      const altitudeAt = (when: number) => bodyByEngine(site, body)(when).altitude
      const where = JSON.stringify({ site, limit, night })
      expect(Math.abs(track.altitudeAt(night.end) - altitudeAt(night.end)), where).toBeLessThan(0.00001)
      expect(longestDifference(track.above(limit, night), densely(limit, altitudeAt, night)), where).toBeLessThan(6)
    }
  })

  it('has an hour angle that is found again', () => {
    const during = { start: at('2027-01-01T00:00Z'), end: at('2027-01-04T00:00Z') }
    const track = trackOf(saf, { body: Body.Moon }, during.start)
    const transits = whenHourAngleIs(0, track, during)
    expect(transits).toHaveLength(3)
    for (const transit of transits) expect(track.hourAngleAt(transit)).toBeCloseTo(0, 3)
    expect((transits[1] ?? 0) - (transits[0] ?? 0)).toBeGreaterThan(DAY + HOUR / 2)
  })
})

import { getMoonPosition } from 'suncalc'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/interval.ts'
import { moonAbove, moonAt, moonNight, type MoonPass, moonPasses } from '../../src/sky/moon.ts'
import { nextNight, nightInterval } from '../../src/sky/zone.ts'
import { at, datesOf, northPole, place, saf, sydney, tromso } from './sites.ts'

const near = (ours: Instant | undefined, time: string, seconds = MINUTE): void =>
  expect(Math.abs((ours ?? 0) - at(time))).toBeLessThan(seconds)

describe('a pass of the Moon', () => {
  it('transits when it crosses the meridian', () => {
    // 15 October 2024, N50 W0: 22:25:19 UT by the user notes of Astron, and by the Naval Observatory's MICA.
    const night = { start: at('2024-10-15T12:00Z'), end: at('2024-10-16T12:00Z') }
    const [pass, ...more] = moonPasses(place(50, 0), night)
    expect(more).toEqual([])
    near(pass!.transit, '2024-10-15T22:25:19Z', 2)
    // The Moon's declination was 0, so it was 40 degrees high from the Earth's centre, and lower by its parallax.
    const parallax =
      (6378.14 / getMoonPosition(new Date(pass!.transit! * 1000), 50, 0).distance) * Math.cos((40 * Math.PI) / 180)
    expect(Math.abs(pass!.altitude! - (40.0009 - (parallax * 180) / Math.PI))).toBeLessThan(0.01)
  })

  it('has the moonrise and moonset of the Naval Observatory, even outside the night', () => {
    // aa.usno.navy.mil, "Rise and Set for the Moon for 2023", Fredonia, Arizona, January, UTC-7.
    const site = place(36.95, -112.52, 'Etc/GMT+7')
    const [going, coming] = moonPasses(site, nightInterval({ site, date: '2023-01-17' }))
    near(going!.rise, '2023-01-17T03:23-07:00')
    near(going!.set, '2023-01-17T13:26-07:00')
    near(coming!.rise, '2023-01-18T04:36-07:00')
    near(coming!.set, '2023-01-18T14:12-07:00')
  })

  it('has a transit but no moonrise or moonset if the Moon is up for days', () => {
    // The same for N70 E0: up from 2 January, 9:50, to 10 January, 12:26 UT. Nights there begin at 12:00 UT.
    const site = place(70, 0)
    const pass = (date: string): MoonPass => {
      const passes = moonPasses(site, nightInterval({ site, date }))
      expect(passes).toHaveLength(1)
      return passes[0]!
    }
    near(pass('2023-01-02').rise, '2023-01-02T09:50Z')
    expect(pass('2023-01-02').set).toBeUndefined()
    expect(pass('2023-01-06')).toMatchObject({ rise: undefined, set: undefined })
    expect(pass('2023-01-09').rise).toBeUndefined()
    near(pass('2023-01-09').set, '2023-01-10T12:26Z')
    for (const date of ['2023-01-02', '2023-01-06', '2023-01-09']) {
      const { start, end } = nightInterval({ site, date })
      const { transit } = pass(date)
      expect(transit! > start && transit! < end).toBe(true)
    }
  })

  it('is missing if the Moon is down for days, and has no transit at a pole', () => {
    const down = place(70, 0)
    expect(moonPasses(down, nightInterval({ site: down, date: '2023-01-18' }))).toEqual([])
    const up = moonAbove(northPole, { start: at('2026-01-01T00:00Z'), end: at('2026-03-01T00:00Z') })[1]!
    const first = { start: up.start - HOUR, end: up.start + DAY }
    expect(moonPasses(northPole, first)).toEqual([
      { rise: up.start, transit: undefined, altitude: undefined, set: undefined },
    ])
  })

  it('has no transit if the Moon is up only away from the meridian', () => {
    // Beside a pole the Moon's own motion lifts it more than the Earth's turning does.
    const site = place(88, 90)
    const before = (time: Instant): boolean => getMoonPosition(new Date(time * 1000), 88, 90).azimuth < 180
    const passes = moonPasses(site, { start: at('2026-01-01T00:00Z'), end: at('2027-01-01T00:00Z') })
    const whole = passes.filter(({ rise, set }) => rise !== undefined && set !== undefined)
    for (const { rise, transit, set } of whole) {
      const times = Array.from({ length: Math.floor((set! - rise!) / MINUTE) }, (_, minute) => rise! + minute * MINUTE)
      expect(times.some((time) => before(time) && !before(time + MINUTE))).toBe(transit !== undefined)
    }
    expect(new Set(whole.map(({ transit }) => transit === undefined))).toEqual(new Set([true, false]))
  })

  it('rises, transits and sets in this order, and is as high as suncalc says', () => {
    for (const site of [saf, sydney, tromso]) {
      for (const date of datesOf(2026, 11)) {
        for (const { rise, transit, set, altitude } of moonPasses(site, nightInterval({ site, date }))) {
          if (rise !== undefined && set !== undefined) expect(rise).toBeLessThan(set)
          if (site === tromso && transit === undefined) continue
          expect(transit).toBeGreaterThan(rise ?? -Infinity)
          expect(transit).toBeLessThan(set ?? Infinity)
          const theirs = getMoonPosition(new Date(transit! * 1000), site.latitude, site.longitude)
          // Theirs includes refraction.
          expect(Math.abs(altitude! - theirs.altitude)).toBeLessThan(altitude! > 15 ? 0.1 : 0.6)
          expect(Math.min(theirs.azimuth, 360 - theirs.azimuth, Math.abs(180 - theirs.azimuth))).toBeLessThan(1)
        }
      }
    }
  })
})

describe('the Moon of a night', () => {
  it('has the phase of its middle, and one interval above the horizon for each pass', () => {
    const night = { site: saf, date: '2026-03-14' }
    const whole = nightInterval(night)
    const { illumination, phase, above, passes } = moonNight(night)
    expect({ illumination, phase }).toEqual(moonAt(whole.start + 12 * HOUR))
    expect(above).toEqual(moonAbove(saf, whole))
    expect(passes).toEqual(moonPasses(saf, whole))
    expect(passes).toHaveLength(above.length)
  })

  it('shares a pass across noon with the next night', () => {
    let shared = 0
    for (const date of datesOf(2026, 3)) {
      const night = { site: sydney, date }
      const { end } = nightInterval(night)
      const [going, coming] = [moonNight(night).passes.at(-1), moonNight(nextNight(night)).passes[0]]
      if (!going?.set || going.set <= end) continue
      expect(coming).toMatchObject({ rise: going.rise, set: going.set })
      expect(Math.abs(coming!.transit! - going.transit!)).toBeLessThanOrEqual(1)
      shared++
    }
    expect(shared).toBeGreaterThan(30)
  })

  it('is remembered', () => {
    const night = { site: saf, date: '2026-03-14' }
    expect(moonNight(night)).toBe(moonNight({ ...night, site: { ...saf } }))
    expect(Object.isFrozen(moonNight(night))).toBe(true)
    expect(moonNight({ ...night, site: { ...saf, latitude: 36 } })).not.toEqual(moonNight(night))
  })
})

import { describe, expect, it } from 'vitest'
import { HOUR, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { airmassAt } from '../../src/sky/airmass.ts'
import { whenHourAngleIs } from '../../src/sky/hour-angle.ts'
import { darkness } from '../../src/sky/sun.ts'
import { qualityOf, scoreOf } from '../../src/sky/quality.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { randomDate, randomNumbers } from './engine.ts'
import { saf } from './sites.ts'

describe('the score', () => {
  const full = { illumination: 1, altitude: 90, separation: 90 }

  it.each([
    ['nothing but airmass while the Moon is down', 1.5, { ...full, altitude: -1 }, 1.5],
    ['one airmass for a full Moon at the zenith', 1.5, full, 2.5],
    ['two next to it', 1.5, { ...full, separation: 0 }, 3.5],
    ['none opposite to it', 1.5, { ...full, separation: 180 }, 1.5],
    ['half of it for a half Moon, or one at 30 degrees', 1, { ...full, illumination: 0.5 }, 1.5],
    ['the same lower down', 1, { ...full, altitude: 30 }, 1.5],
    ['as at 90 degrees without a target', undefined, { ...full, separation: undefined }, 2],
  ])('has %s', (_, airmass, moon, score) => {
    expect(scoreOf(airmass, moon)).toBeCloseTo(score, 9)
  })
})

describe('the best part', () => {
  const night: Night = { site: saf, date: '2030-11-20' }
  const during = nightInterval(night)
  const m31 = trackOf(saf, { ra: 10.6848, dec: 41.2691 }, during.start + 12 * HOUR)
  const [transit = 0] = whenHourAngleIs(0, m31, during)
  const bestOf = (interval: Interval, track: typeof m31 | undefined = m31) =>
    qualityOf(interval, HOUR, night, track).best

  it.each([
    ['a fixed target', { ra: 10.6848, dec: 41.2691 }],
    ['the Moon', { body: 'Moon' as never }],
  ])('of an interval with a transit has the least airmass of %s', (_, target) => {
    const track = trackOf(saf, target, during.start + 12 * HOUR)
    const [highest = 0] = whenHourAngleIs(0, track, during)
    const { airmasses } = qualityOf({ start: highest - 2 * HOUR, end: highest + HOUR }, HOUR, night, track)
    expect(airmasses?.least).toBeCloseTo(airmassAt(track.altitudeAt(highest)) ?? 0, 6)
    expect(airmasses?.least).toBeLessThan(airmasses?.end ?? 0)
  })

  it('lies around the transit, as near as it can', () => {
    const around = bestOf({ start: transit - 5 * HOUR, end: transit + 2 * HOUR })
    expect(Math.abs((around.start + around.end) / 2 - transit)).toBeLessThan(1)
    const before = { start: Math.round(transit) - 3 * HOUR, end: Math.round(transit) - HOUR }
    expect(bestOf(before)).toEqual({ start: before.end - HOUR, end: before.end })
    const after = { start: Math.round(transit) + 600, end: Math.round(transit) + 3 * HOUR }
    expect(bestOf(after)).toEqual({ start: after.start, end: after.start + HOUR })
  })

  it('is the middle without a target', () => {
    const { best, airmass, airmasses, moon } = qualityOf(
      { start: during.start, end: during.start + 3 * HOUR },
      HOUR,
      night,
      undefined,
    )
    expect(best).toEqual({ start: during.start + HOUR, end: during.start + 2 * HOUR })
    expect([airmass, airmasses, moon.separation]).toEqual([undefined, undefined, undefined])
  })

  it('has a mean airmass that is right to 0.01', () => {
    const random = randomNumbers(7)
    let compared = 0
    for (let run = 0; run < 300; run += 1) {
      const one: Night = { site: saf, date: randomDate(random) }
      const [dark] = darkness(one)
      const track = trackOf(saf, { ra: random() * 360, dec: random() * 120 - 40 }, nightInterval(one).start + 12 * HOUR)
      const [high] = dark ? track.above(19.3, dark) : []
      if (!high || high.end - high.start < 10 * MINUTE) continue
      compared += 1
      const { best, airmass = NaN } = qualityOf(high, high.end - high.start, one, track)
      const count = Math.ceil((best.end - best.start) / 10)
      const instants = Array.from(
        { length: count },
        (_, n) => best.start + ((n + 0.5) * (best.end - best.start)) / count,
      )
      const mean = instants.reduce((sum, at) => sum + (airmassAt(track.altitudeAt(at)) ?? NaN), 0) / count
      expect(Math.abs(airmass - mean)).toBeLessThan(0.01)
    }
    expect(compared).toBeGreaterThan(100)
  })
})

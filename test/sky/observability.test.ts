import { Body, Illumination } from 'astronomy-engine'
import { describe, expect, it } from 'vitest'
import {
  HOUR,
  type Interval,
  intersectIntervals,
  mergeIntervals,
  subtractIntervals,
} from '../../src/domain/interval.ts'
import type { MountLimits } from '../../src/domain/site.ts'
import { altitudeOfAirmass } from '../../src/sky/airmass.ts'
import { moonAway, moonDim, moonIllumination, moonSeparation, moonUp } from '../../src/sky/moon-limits.ts'
import { withinMount } from '../../src/sky/mount.ts'
import { observability, obstacleOf } from '../../src/sky/observability.ts'
import { DARKNESS, type Darkness } from '../../src/domain/night.ts'
import type { FixedTarget } from '../../src/sky/target.ts'
import { timeOf } from '../../src/sky/time.ts'
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
  separationByEngine,
} from './engine.ts'
import { at, place, quito, saf, tromso } from './sites.ts'

/** `OBSERVABILITY_RUNS=1000` takes some minutes. */
const RUNS = Number(process.env['OBSERVABILITY_RUNS'] ?? 30)

const random = randomNumbers(12)
const aTarget = () => ({ ra: random() * 360, dec: (Math.asin(random() * 2 - 1) * 180) / Math.PI })
const aNight = () => ({ site: randomSite(random), date: randomDate(random) })

describe('the Moon', () => {
  it('is as far from a target as astronomy-engine says', () => {
    for (let run = 0; run < 200; run++) {
      const { site, target } = { site: randomSite(random), target: aTarget() }
      const when = at(`${randomDate(random)}T03:00Z`)
      const ours = moonSeparation(site, trackOf(site, target, when))(when)
      expect(Math.abs(ours - separationByEngine(site, Body.Moon, target)(when))).toBeLessThan(0.001)
    }
  })

  it('is lit as astronomy-engine says', () => {
    for (let run = 0; run < 200; run++) {
      const when = at(`${randomDate(random)}T03:00Z`)
      expect(Math.abs(moonIllumination(when) - Illumination(Body.Moon, timeOf(when)).phase_fraction)).toBeLessThan(1e-6)
    }
  })

  it('is away from a target, or down, when astronomy-engine says so', () => {
    let edges = 0
    for (let run = 0; run < 60; run++) {
      const night = aNight()
      const target = aTarget()
      const during = nightInterval(night)
      const track = trackOf(night.site, target, during.start + 12 * HOUR)
      // A limit that is often met within the night.
      const separation = separationByEngine(night.site, Body.Moon, target)
      const limit = separation(during.start) + (random() - 0.5) * 12
      const away = mergeIntervals([...subtractIntervals(during, moonUp(night)), ...densely(limit, separation, during)])
      const ours = moonAway(limit, track, night)
      edges += ours.length
      expect(longestDifference(ours, away), JSON.stringify({ night, target, limit })).toBeLessThan(6)
    }
    expect(edges).toBeGreaterThan(60)
  })

  it('harms nothing while it is down, however bright and near', () => {
    const night = { site: saf, date: '2027-01-22' }
    const down = subtractIntervals(nightInterval(night), moonUp(night))
    expect(moonDim(0.2, night)).toEqual(down)
    expect(moonDim(1, night)).toEqual([nightInterval(night)])
  })

  it('crosses an illumination within a night', () => {
    const night = { site: saf, date: '2027-01-14' }
    const up = moonUp(night)
    const middle = ((up[0]?.start ?? 0) + (up[0]?.end ?? 0)) / 2
    const dim = moonDim(moonIllumination(middle), night)
    const edge = dim.flatMap(({ start, end }) => [start, end]).find((each) => Math.abs(each - middle) < 10)
    expect(edge).toBeDefined()
  })
})

describe('the limits of a mount', () => {
  const target = { ra: 83.8, dec: 36 }
  const during = nightInterval({ site: saf, date: '2027-01-14' })
  const track = trackOf(saf, target, during.start + 12 * HOUR)
  const meet = (limits: MountLimits, isMet: (when: number) => boolean) => {
    const within = withinMount(limits, 0, track, during)
    for (let when = during.start; when < during.end; when += 60) {
      const isNearEdge = within.some(({ start, end }) => Math.abs(start - when) < 2 || Math.abs(end - when) < 2)
      if (isNearEdge) continue
      expect(within.some(({ start, end }) => start <= when && when < end)).toBe(
        track.altitudeAt(when) >= 0 && isMet(when),
      )
    }
    return within
  }

  it('are none by default: everything above the horizon', () => {
    expect(meet({}, () => true)).toEqual(track.above(0, during))
  })

  it('hold for the horizon, where that is higher than the limit', () => {
    meet({ horizon: 25 }, (when) => track.altitudeAt(when) >= 25)
    expect(withinMount({ horizon: 25 }, 40, track, during)).toEqual(track.above(40, during))
  })

  it('hold for hour angles on either side of the meridian', () => {
    const inRange = (from: number, to: number) => (when: number) =>
      track.hourAngleAt(when) >= from * 15 && track.hourAngleAt(when) <= to * 15
    meet({ haLimitNeg: -4.5, haLimitPos: 3 }, inRange(-4.5, 3))
    meet({ haLimitPos: 1 }, inRange(-12, 1))
    meet({ haLimitNeg: 0 }, inRange(0, 12))
  })

  it('hold for the blind spot at the zenith: two parts remain', () => {
    const within = meet({ zenithBlindSpot: 3 }, (when) => track.altitudeAt(when) <= 87)
    expect(within.length).toBe(track.above(0, during).length + 1)
    // Not for a second in the blind spot.
    for (const { start, end } of within)
      for (const edge of [start, end]) expect(track.altitudeAt(edge)).toBeLessThanOrEqual(87)
  })
})

describe('what can be observed in a night', () => {
  it('is what darkness, target and Moon leave, by an independent computation', { timeout: RUNS * 5000 }, () => {
    let found = 0
    for (let run = 0; run < RUNS; run++) {
      const night = aNight()
      const { site } = night
      const target = aTarget()
      const during = nightInterval(night)
      const darkness = DARKNESS[Math.floor(random() * 4)] as Darkness
      const [maxAirmass, minLunarDistance] = [1.05 + random() * 3, random() * 90]
      const maxLunarPhase = random() < 0.5 ? undefined : random()
      const track = trackOf(site, target, during.start + 12 * HOUR)
      const stages = observability(night, { darkness, track, maxAirmass, minLunarDistance, maxLunarPhase })
      const expected = [
        darkByEngine(darkness, night, during),
        densely(altitudeOfAirmass(maxAirmass), altitudeByRotation(site, target), during),
        orMoonDown(densely(minLunarDistance, separationByEngine(site, Body.Moon, target), during)),
        orMoonDown(
          densely(-(maxLunarPhase ?? 1), (when) => -Illumination(Body.Moon, timeOf(when)).phase_fraction, during),
        ),
      ].reduce(intersectIntervals)
      function orMoonDown(intervals: Interval[]) {
        return mergeIntervals([...intervals, ...subtractIntervals(during, moonUp(night))])
      }
      const { left } = stages[2]
      found += left.length
      const where = JSON.stringify({ night, target, darkness, maxAirmass, minLunarDistance, maxLunarPhase })
      expect(longestDifference(left, expected), where).toBeLessThan(6)
    }
    expect(found).toBeGreaterThan(RUNS / 5)
  })

  it('says what stands in the way, in order', () => {
    const first = (night: { site: typeof saf; date: string }, target: FixedTarget, rest: object) => {
      const track = trackOf(night.site, target, nightInterval(night).start + 12 * HOUR)
      const stages = observability(night, { darkness: 'astronomical', track, maxAirmass: 2, ...rest })
      return obstacleOf(stages, (left) => left.some(({ start, end }) => end - start >= HOUR))
    }
    expect(first({ site: tromso, date: '2027-06-21' }, { ra: 0, dec: 80 }, {})).toBe('not_dark')
    expect(first({ site: saf, date: '2027-01-22' }, { ra: 0, dec: -80 }, {})).toBe('target_low')
    expect(first({ site: saf, date: '2027-01-22' }, { ra: 120, dec: 20 }, { minLunarDistance: 60 })).toBe('moon')
    expect(first({ site: saf, date: '2027-01-22' }, { ra: 120, dec: 20 }, { maxLunarPhase: 0.3 })).toBe('moon')
    expect(first({ site: saf, date: '2027-01-22' }, { ra: 120, dec: 20 }, {})).toBeUndefined()
  })

  it('needs no target, and is all of the night where nothing is asked', () => {
    const night = { site: quito, date: '2027-03-01' }
    const stages = observability(night, { darkness: 'none', maxAirmass: 2 })
    expect(stages.map(({ left }) => left)).toEqual(Array.from({ length: 3 }, () => [nightInterval(night)]))
    expect(
      observability({ site: place(80, 0), date: '2027-06-21' }, { darkness: 'civil', maxAirmass: 2 })[2].left,
    ).toEqual([])
  })
})

function darkByEngine(darkness: Darkness, { site }: ReturnType<typeof aNight>, during: Interval): Interval[] {
  const limit = { none: undefined, civil: -6, nautical: -12, astronomical: -18 }[darkness]
  if (limit === undefined) return [during]
  return densely(-limit, (when) => -bodyByEngine(site, Body.Sun)(when).altitude, during)
}

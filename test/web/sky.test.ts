import { Body } from 'astronomy-engine'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/interval.ts'
import { airmassAt } from '../../src/sky/airmass.ts'
import { positionOver } from '../../src/sky/ephemeris.ts'
import { darkness, sunBelow } from '../../src/sky/sun.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { airmassTicks, altitudeCurve, areaPath, curvePath } from '../../web/sky/curve.ts'
import { skyColour, skyGradient } from '../../web/sky/gradient.ts'
import { darkHours, darkInterval, freeDark, freeDarkHours, targetTimes, targetUntil } from '../../web/sky/night-sky.ts'
import { at, saf, spanOf, tromso } from './sites.ts'

const m31 = { ra: 10.6848, dec: 41.2691 }
const night = { site: saf, date: '2026-11-26' }
const evening = spanOf('2026-11-26T22:00Z', '2026-11-27T15:00Z')

describe('the colour of the sky', () => {
  it.each([
    [60, 'var(--sky-day)'],
    [14, 'var(--sky-day)'],
    [7, 'color-mix(in srgb, var(--sky-day) 50%, var(--sky-0))'],
    [0, 'var(--sky-0)'],
    [-4.5, 'color-mix(in srgb, var(--sky-3) 50%, var(--sky-6))'],
    [-17.99, 'color-mix(in srgb, var(--sky-15) 0.3%, var(--sky-18))'],
    [-18, 'var(--sky-18)'],
    [-70, 'var(--sky-18)'],
  ])('with the Sun at %f degrees is %s', (altitude, colour) => {
    expect(skyColour(altitude)).toBe(colour)
  })
})

describe('the gradient of the sky', () => {
  it('has the colour of the true altitude every 8 minutes', () => {
    const stops = stopsOf(skyGradient(saf, evening, 'to bottom'))
    const sun = positionOver(saf, Body.Sun)
    for (const [colour, share] of stops) {
      const exact = evening.start + share * (evening.end - evening.start)
      const step = Math.round((exact - evening.start) / (8 * MINUTE)) * 8 * MINUTE
      const instant = share === 1 ? evening.end : evening.start + step
      expect(Math.abs(instant - exact)).toBeLessThan(4)
      expect(colour).toBe(skyColour(sun(instant).altitude))
    }
    // 127 steps and the end, of which those in the dark but for the first and last are left out.
    const inTheDark = sunBelow(saf, -18, evening).map(({ start, end }) => (end - start) / (8 * MINUTE))
    expect(stops.length).toBeCloseTo(129 - (inTheDark[0] as number) + 2, -0.5)
    expect(stops.filter(([colour]) => colour === 'var(--sky-18)')).toHaveLength(2)
  })

  it('is of one colour in polar night and polar day', () => {
    const june = spanOf('2026-06-21T10:00Z', '2026-06-21T14:00Z')
    expect(skyGradient(tromso, june, 'to right')).toBe(
      'linear-gradient(to right, var(--sky-day) 0%, var(--sky-day) 100%)',
    )
  })

  it('is remembered by place, interval and direction', () => {
    expect(skyGradient(saf, evening, 'to right')).toMatch(/^linear-gradient\(to right, /)
    expect(skyGradient(tromso, evening, 'to right')).not.toBe(skyGradient(saf, evening, 'to right'))
    expect(skyGradient({ ...saf, name: 'Other' }, { ...evening }, 'to right')).toBe(
      skyGradient(saf, evening, 'to right'),
    )
  })
})

/** Colours and shares. */
const stopsOf = (gradient: string): [string, number][] =>
  [...gradient.matchAll(/((?:color-mix\(.*?\)\)|var\(.*?\))) ([\d.]+)%(?=[,)](?: |$))/g)].map(([, colour, percent]) => [
    colour as string,
    Number(percent) / 100,
  ])

describe('an altitude curve', () => {
  it('has the altitudes of the track, every 8 minutes and at the end', () => {
    const curve = altitudeCurve(saf, m31, evening)
    const track = trackOf(saf, m31, (evening.start + evening.end) / 2)
    expect(curve).toHaveLength(129)
    expect(curve[1]).toEqual({ at: evening.start + 480, altitude: track.altitudeAt(evening.start + 480) })
    expect(curve.at(-1)?.at).toBe(evening.end)
    expect(altitudeCurve(saf, { ...m31 }, { ...evening })).toBe(curve)
  })

  it('of the Moon has its parallax', () => {
    const moon = positionOver(saf, Body.Moon)
    for (const point of altitudeCurve(saf, 'moon', evening)) expect(point.altitude).toBe(moon(point.at).altitude)
  })

  it('is drawn from horizon to zenith, down or to the right, above the horizon only', () => {
    const during = { start: 0, end: 100 }
    const points = [-30, 30, 90, -90].map((altitude, n) => ({ at: [0, 40, 60, 100][n] as number, altitude }))
    const down = { width: 90, height: 100, axis: 'down' } as const
    expect(curvePath(points, during, down)).toBe('M0 20L30 40L90 60L0 80')
    expect(curvePath(points, during, { width: 100, height: 90, axis: 'right' })).toBe('M20 90L40 60L60 0L80 90')
    expect(areaPath(points, during, down)).toBe('M0 20L0 20L30 40L90 60L0 80L0 80Z')
    expect(curvePath([{ at: 0, altitude: -1 }], during, down)).toBe('')
    const twice = [5, -5, -5, 5].map((altitude, n) => ({ at: 20 * n, altitude }))
    expect(curvePath(twice, during, down)).toBe('M5 0L0 10M0 50L5 60')
  })

  it('has ticks at the airmasses 1.2, 1.5 and 2, to the second', () => {
    const ticks = airmassTicks(saf, m31, evening)
    const track = trackOf(saf, m31, (evening.start + evening.end) / 2)
    expect(ticks.map(({ airmass }) => airmass)).toEqual([2, 1.5, 1.2, 1.2, 1.5, 2].slice(-ticks.length))
    expect(ticks.length).toBeGreaterThanOrEqual(3)
    for (const tick of ticks) {
      expect(track.altitudeAt(tick.at)).toBeCloseTo(tick.altitude, 1)
      expect(airmassAt(track.altitudeAt(tick.at))).toBeCloseTo(tick.airmass, 2)
    }
    // M31 is already above airmass 1.2 at this start, which is no crossing.
    expect(airmassTicks(saf, m31, { start: at('2026-11-27T03:00Z'), end: at('2026-11-27T04:00Z') })).toEqual([])
  })
})

describe('a night of the sky', () => {
  it('is dark from the first to the last, and free where nothing is reserved from now on', () => {
    const [dark] = darkness(night)
    expect(darkInterval(night)).toEqual(dark)
    expect(darkHours(night)).toBeCloseTo(11, 1)
    const taken = [spanOf('2026-11-27T02:00Z', '2026-11-27T04:00Z')]
    expect(freeDarkHours(night, taken, 0)).toBeCloseTo(darkHours(night) - 2, 9)
    const now = at('2026-11-27T11:00Z')
    expect(freeDark(night, taken, now)).toEqual([{ start: now, end: dark?.end }])
    expect(freeDarkHours(night, [nightInterval(night)], 0)).toBe(0)
    expect(freeDarkHours(night, [], nightInterval(night).end)).toBe(0)
  })

  it('has no dark in the white nights', () => {
    const white = { site: tromso, date: '2026-06-21' }
    expect(darkInterval(white)).toBeUndefined()
    expect(darkHours(white)).toBe(0)
    expect(targetUntil(white, m31)).toBeUndefined()
  })

  it('shows a target while it is dark and above airmass 2', () => {
    const [first] = targetTimes(night, m31)
    const track = trackOf(saf, m31, at('2026-11-27T07:00Z'))
    expect(first?.start).toBe(darkInterval(night)?.start)
    expect(targetUntil(night, m31)).toBe(first?.end)
    expect(airmassAt(track.altitudeAt(first?.end as number))).toBeCloseTo(2, 2)
    expect(targetTimes({ ...night }, { ...m31 })).toBe(targetTimes(night, m31))
    expect(targetTimes({ ...night, site: { ...saf, haLimitPos: 0.5 } }, m31)).not.toEqual(targetTimes(night, m31))
    expect(targetUntil(night, { ra: 0, dec: -80 })).toBeUndefined()
    expect(targetUntil(night, { body: Body.Jupiter })).toBeGreaterThan(nightInterval(night).start + 12 * HOUR)
  })
})

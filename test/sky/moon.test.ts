import * as fc from 'fast-check'
import { getMoonIllumination, getMoonPosition, getMoonTimes } from 'suncalc'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, type Interval, durationOf, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonAbove, moonAt } from '../../src/sky/moon.ts'
import { at, datesOf, edgesWithin, northPole, place, quito, saf, southPole, sydney } from './sites.ts'

const dayOf = (date: string): Interval => ({ start: at(`${date}T00:00Z`), end: at(`${date}T00:00Z`) + DAY })

const nearest = (time: number, times: readonly number[]): number =>
  Math.min(...times.map((other) => Math.abs(other - time)))

/**
 * The altitude of the Moon's upper limb in degrees, refraction included, as for suncalc's moonrise: accurate to a
 * tenth of a degree.
 */
function limb({ latitude, longitude }: Site, time: number): number {
  const { altitude, distance } = getMoonPosition(new Date(time * 1000), latitude, longitude)
  return altitude + (0.2725 * Math.asin(6378.14 / distance) * 180) / Math.PI + 0.09
}

describe('the Moon above the horizon', () => {
  it('agrees with suncalc to a minute, all year', () => {
    // It takes the upper limb at the horizon for moonrise, with refraction and parallax, as the Naval Observatory does.
    let compared = 0
    for (const site of [saf, sydney, quito]) {
      for (const date of datesOf(2026, 5)) {
        const day = dayOf(date)
        const around = { start: day.start - HOUR, end: day.end + HOUR }
        const above = moonAbove(site, around)
        const { rise, set } = getMoonTimes(new Date(day.start * 1000), site.latitude, site.longitude)
        for (const [theirs, ours] of [
          [rise, above.map(({ start }) => start)],
          [set, above.map(({ end }) => end)],
        ] as const) {
          if (!theirs) continue
          expect(nearest(theirs.getTime() / 1000, ours), `${theirs.toISOString()} at ${site.latitude}`).toBeLessThan(
            MINUTE,
          )
          compared++
        }
        const inDay = edgesWithin(above, around).filter((edge) => edge > day.start + MINUTE && edge < day.end - MINUTE)
        expect([rise, set].filter((event) => event !== undefined).length).toBeGreaterThanOrEqual(inDay.length)
      }
    }
    expect(compared).toBeGreaterThan(3 * 73 * 2 - 25)
  })

  it('has the moonrises and moonsets of the Naval Observatory', () => {
    // aa.usno.navy.mil, "Rise and Set for the Moon for 2023", Fredonia, Arizona, January, UTC-7.
    const rows = `
      1342 0257|1413 0400|1449 0502|1530 0603|1618 0700|1711 0752|1809 0837|1908 0916|2008 0949|2107 1017|2206 1042
      2305 1106|.... 1129|0005 1153|0107 1219|0213 1249|0323 1326|0436 1412|0549 1509|0657 1619|0756 1736|0844 1856
      0923 2013|0955 2126|1024 2236|1050 2343|1117 ....|1144 0048|1214 0152|1249 0256|1328 0357`
    expectTable(place(36.95, -112.52), '2023-01', rows, '-07:00')
  })

  it('has those of 80 degrees north, where the Moon stays up and down for days', () => {
    // aa.usno.navy.mil, "Rise and Set for the Moon for 2019", N80 E0, April, UT.
    const rows = `
      .... ....|.... ....|0807 1411|0649 1705|0548 1950|0443 2315|0256 ....|.... ....|.... ....|.... ....|.... ....
      .... ....|.... ....|.... ....|.... ....|1050 0852|1520 0621|1841 0505|2253 0350|.... 0135|.... ....|.... ....
      .... ....|.... ....|.... ....|.... ....|.... ....|.... ....|.... ....|0718 1050`
    const above = expectTable(place(80, 0), '2019-04', rows, 'Z')
    expect(above.filter((part) => durationOf(part) > 8 * DAY)).toHaveLength(1)
  })

  it.each([
    ['North', northPole],
    ['South', southPole],
  ])('is one half of each month at the %s Pole', (_, site) => {
    const year = { start: at('2026-01-01T00:00Z'), end: at('2027-01-01T00:00Z') }
    const above = moonAbove(site, year)
    const whole = above.filter(({ start, end }) => start > year.start && end < year.end)
    expect(whole.length).toBeGreaterThanOrEqual(12)
    // Half a tropical month of 27.32 days, more or less as the Moon's speed varies.
    for (const part of whole) expect(Math.abs(durationOf(part) - 13.66 * DAY)).toBeLessThan(1.5 * DAY)
    for (let time = year.start; time < year.end; time += 3 * HOUR) expectAsSuncalc(site, above, time)
  })

  it('agrees with suncalc everywhere, sorted and within the interval', () => {
    const anywhere = fc.tuple(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
    )
    const start = fc.integer({ min: at('1950-01-01T00:00Z'), max: at('2045-01-01T00:00Z') })
    fc.assert(
      fc.property(anywhere, start, fc.integer({ min: 1, max: 6 * DAY }), ([latitude, longitude], from, seconds) => {
        const site = place(latitude, longitude)
        const during = { start: from, end: from + seconds }
        const above = moonAbove(site, during)
        let last = during.start - 1
        for (const { start, end } of above) {
          expect(
            Number.isInteger(start) && Number.isInteger(end) && last < start && start < end && end <= during.end,
          ).toBe(true)
          last = end
        }
        for (let time = during.start; time < during.end; time += 13 * MINUTE) expectAsSuncalc(site, above, time)
      }),
      { numRuns: 40 },
    )
  })
})

describe('the phase of the Moon', () => {
  it('is that of Meeus, Astronomical Algorithms, example 48.a', () => {
    // 12 April 1992, 0 h TD, which is 59 seconds ahead of UT: the illuminated fraction is 0.6786, give or
    // take one of the last digit.
    expect(Math.abs(moonAt(at('1992-04-11T23:59:01Z')).illumination - 0.6786)).toBeLessThan(0.0001)
  })

  it('has the fractions of the Naval Observatory', () => {
    // aa.usno.navy.mil, "Fraction of the Moon Illuminated", September 2018 from the 9th, midnight at UTC-5.
    const fractions = [0, 0, 0.03, 0.08, 0.15, 0.24, 0.33, 0.43, 0.52, 0.62]
    const ours = fractions.map((_, day) => moonAt(at('2018-09-09T05:00Z') + day * DAY).illumination)
    expect(ours.map((fraction) => Math.round(fraction * 100) / 100)).toEqual(fractions)
  })

  it.each([
    ['new', 0, '1977-02-18T03:36:54Z', 'Meeus, example 49.a: 3:37:42 TD, 48 seconds ahead of UT'],
    ['first quarter', 90, '2018-09-16T23:15Z', 'the Naval Observatory, phases of the Moon for 2018'],
    ['full', 180, '2018-09-25T02:52Z', 'the Naval Observatory, phases of the Moon for 2018'],
    ['last quarter', 270, '2044-01-21T23:47Z', 'Meeus, example 49.b: 23:48:17 TD, some 75 seconds ahead of UT'],
  ])('is %s at a phase of %d degrees, %s: %s', (_, phase, time) => {
    // The phase grows by half a degree in an hour, and so by this in half a minute.
    const off = ((moonAt(at(time)).phase - phase + 540) % 360) - 180
    expect(Math.abs(off)).toBeLessThan(0.005)
  })

  it('agrees with suncalc', () => {
    fc.assert(
      fc.property(fc.integer({ min: at('1950-01-01T00:00Z'), max: at('2045-01-01T00:00Z') }), (time) => {
        const { illumination, phase } = moonAt(time)
        const theirs = getMoonIllumination(new Date(time * 1000))
        expect(phase >= 0 && phase < 360).toBe(true)
        expect(Math.abs(illumination - theirs.fraction)).toBeLessThan(0.002)
        // Near new and full Moon, what is ahead in longitude need not be so in right ascension.
        if (Math.abs(Math.sin((phase * Math.PI) / 180)) > 0.1) expect(phase < 180).toBe(theirs.waxing)
      }),
    )
  })
})

function expectAsSuncalc(site: Site, above: readonly Interval[], time: number): void {
  const inside = above.some((part) => part.start <= time && time < part.end)
  if (inside) expect(limb(site, time)).toBeGreaterThan(-0.15)
  else expect(limb(site, time)).toBeLessThan(0.15)
}

/** A month's moonrises and moonsets, `HHMM` in columns of the same day, are ours to the minute, and there are no others. */
function expectTable(site: Site, month: string, rows: string, zone: string): Interval[] {
  const days = rows
    .trim()
    .split(/[|\n]/)
    .map((row) => row.trim().split(' '))
  const timeOf = (day: number, text: string) =>
    at(`${month}-${String(day + 1).padStart(2, '0')}T${text.slice(0, 2)}:${text.slice(2)}:00${zone}`)
  const column = (which: number) =>
    days.flatMap((row, day) => (row[which] === '....' ? [] : [timeOf(day, row[which]!)]))
  const during = { start: timeOf(0, '0000'), end: timeOf(days.length - 1, '0000') + DAY }
  const above = moonAbove(site, during)
  for (const [which, edge] of [
    [0, 'start'],
    [1, 'end'],
  ] as const) {
    const ours = above.map((part) => part[edge]).filter((time) => time !== during[edge])
    const theirs = column(which)
    expect(ours).toHaveLength(theirs.length)
    for (const [index, time] of theirs.entries()) expect(Math.abs(ours[index]! - time)).toBeLessThan(MINUTE)
  }
  return above
}

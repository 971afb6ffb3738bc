import { describe, expect, it } from 'vitest'
import type { StartRule } from '../../src/domain/start-rule.ts'
import { startInNight } from '../../src/sky/start-in-night.ts'
import { clockAt, isNight, nightInterval } from '../../src/sky/zone.ts'
import { at, datesOf, northPole, place, quito, saf, sydney, tromso } from './sites.ts'

const lordHowe = place(-31.55, 159.08, 'Australia/Lord_Howe')
const apia = place(-13.83, -171.76, 'Pacific/Apia')

/** Ten places whose clocks change in many ways, or not at all. */
const PLACES = [
  ['Santa Fe', saf],
  ['Lord Howe, by half an hour', lordHowe],
  ['Chatham, 12:45 from UTC', place(-43.95, -176.56, 'Pacific/Chatham')],
  ['Kathmandu, 5:45 from UTC', place(27.7, 85.3, 'Asia/Kathmandu')],
  ["St. John's, 3:30 from UTC", place(47.56, -52.71, 'America/St_Johns')],
  ['Apia', apia],
  ['Sydney', sydney],
  ['Tromso', tromso],
  ['Quito', quito],
  ['Cairo, at midnight', place(30.04, 31.24, 'Africa/Cairo')],
] as const

const formats = new Map<string, Intl.DateTimeFormat>()
const formatFor = (timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })

/** Date and time on the clocks of a zone, as the platform has them and not the code under test. */
function reading(timeZone: string, instant: number): string {
  const format = formats.get(timeZone) ?? formatFor(timeZone)
  formats.set(timeZone, format)
  return format.format(instant * 1000)
}

const nextDay = (date: string) => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10)
const clockStart = (site: typeof saf, date: string, clock: string) => startInNight({ site, date }, { clock })

describe('a start by the clock', () => {
  it.each(PLACES)('comes once in each night of a year at %s', (_, site) => {
    for (const clock of ['12:00', '22:15', '11:59']) {
      const starts = datesOf(2030, 1).map((date) => {
        const start = clockStart(site, date, clock) ?? NaN
        expect(reading(site.timeZone, start)).toBe(`${clock < '12:00' ? nextDay(date) : date} ${clock}`)
        return start
      })
      expect(new Set(starts).size).toBe(365)
    }
  })

  it.each(PLACES)('that the clocks skip or repeat comes once in each night, too, at %s', (_, site) => {
    for (const clock of ['00:15', '01:45', '02:15', '02:50']) {
      const starts = datesOf(2030, 1).map((date) => clockStart(site, date, clock) ?? NaN)
      const shown = starts.map((start) => reading(site.timeZone, start))
      expect(new Set(shown.map((text) => text.slice(0, 10))).size).toBe(365)
      expect(shown.filter((text) => !text.endsWith(clock)).length).toBeLessThanOrEqual(1)
    }
  })

  it.each([
    ['that is skipped is read with the time before', saf, '2030-03-09', '02:30', '2030-03-10T09:30Z', '03:30'],
    ['that is repeated is the first', saf, '2030-11-02', '01:30', '2030-11-03T07:30Z', '01:30'],
    ['that half an hour skips', lordHowe, '2030-10-05', '02:15', '2030-10-05T15:45Z', '02:45'],
    ['that half an hour repeats', lordHowe, '2030-04-06', '01:45', '2030-04-06T14:45Z', '01:45'],
    ['after a date that the zone skipped', apia, '2011-12-29', '04:00', '2011-12-30T14:00Z', '04:00'],
  ])('%s', (_, site, date, clock, expected, shown) => {
    const start = clockStart(site, date, clock) ?? NaN
    expect([start, clockAt(site.timeZone, start).time.slice(0, 5)]).toEqual([at(expected), shown])
  })

  it('has no night on a date that the zone skipped', () => {
    expect([isNight({ site: apia, date: '2011-12-30' }), isNight({ site: apia, date: '2011-12-31' })]).toEqual([
      false,
      true,
    ])
    expect(() => clockStart(apia, '2011-12-30', '22:15')).toThrow(RangeError)
  })
})

/** Days since 2000-01-01T12:00Z. */
const daysOf = (instant: number) => instant / 86_400 - 10_957.5
const mod = (value: number, by: number) => ((value % by) + by) % by

/** Mean sidereal time at Greenwich in degrees. Source: Meeus, Astronomical Algorithms, formula 12.4. */
const meanSiderealTime = (instant: number) => mod(280.46061837 + 360.98564736629 * daysOf(instant), 360)

describe('a start by the stars', () => {
  it.each(PLACES)('is the first full minute at or after the sidereal time at %s', (_, site) => {
    for (const [index, date] of datesOf(2030, 17).entries()) {
      const hours = mod(index * 1.7, 24)
      const start = startInNight({ site, date }, { sidereal: hours })
      const night = nightInterval({ site, date })
      if (start === undefined) {
        expect(night.end - night.start).toBeLessThan(86_400)
        continue
      }
      // Seconds after the sidereal time. Mean and apparent time differ by at most 1.2 s, and UT1 is UTC here.
      const late = mod(meanSiderealTime(start) + site.longitude - hours * 15 + 180, 360) - 180
      expect(late * 240).toBeGreaterThan(-2)
      expect(late * 240).toBeLessThan(63)
      expect(start % 60).toBe(0)
      expect(start - night.start).toBeLessThan(86_164 + 62)
    }
  })

  it('may not come in a night of 23 hours', () => {
    const starts = Array.from({ length: 48 }, (_, half) =>
      startInNight({ site: saf, date: '2030-03-09' }, { sidereal: half / 2 }),
    )
    expect(starts.filter((start) => start === undefined)).toHaveLength(2)
  })
})

/** The Sun's altitude in degrees, to 0.02. Source: The Astronomical Almanac, page C5, "Low precision formulas for the Sun". */
function sunAltitude({ latitude, longitude }: typeof saf, instant: number): number {
  const radians = Math.PI / 180
  const days = daysOf(instant)
  const anomaly = mod(357.528 + 0.9856003 * days, 360) * radians
  const ecliptic =
    (mod(280.46 + 0.9856474 * days, 360) + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) * radians
  const obliquity = (23.439 - 0.0000004 * days) * radians
  const ascension = Math.atan2(Math.cos(obliquity) * Math.sin(ecliptic), Math.cos(ecliptic))
  const declination = Math.asin(Math.sin(obliquity) * Math.sin(ecliptic))
  const hourAngle = (meanSiderealTime(instant) + longitude) * radians - ascension
  const [phi, cos] = [latitude * radians, Math.cos(hourAngle)]
  return Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * cos) / radians
}

const LIMITS = { sunset: -50 / 60, dusk: -6, nautical_dusk: -12, dark: -18 } as const
const moments = Object.entries(LIMITS) as [keyof typeof LIMITS, number][]

describe('a start after the Sun', () => {
  it.each(PLACES)('is the first full minute after it has sunk so far at %s', (_, site) => {
    for (const date of datesOf(2030, 60)) {
      for (const [after, limit] of moments) {
        const start = startInNight({ site, date }, { after, minutes: 0 })
        const night = nightInterval({ site, date })
        const minutes = Array.from({ length: (night.end - night.start) / 60 }, (_, n) => night.start + n * 60)
        const sinks = (margin: number) =>
          minutes.find(
            (minute) => sunAltitude(site, minute - 60) >= limit + margin && sunAltitude(site, minute) < limit + margin,
          )
        if (start === undefined) {
          // Within 0.05 degrees of the limit the almanac's formulas cannot tell.
          expect(sinks(0.05) === undefined || sinks(-0.05) === undefined, `${date} ${after}`).toBe(true)
          continue
        }
        expect(start).toBeGreaterThanOrEqual((sinks(0.05) ?? -Infinity) - 60)
        expect(start).toBeLessThanOrEqual((sinks(-0.05) ?? Infinity) + 60)
        expect(start % 60).toBe(0)
      }
    }
  })

  it('is minutes after it, or before', () => {
    const start = (minutes: number) =>
      startInNight({ site: saf, date: '2030-06-20' }, { after: 'dark', minutes }) ?? NaN
    expect([start(45) - start(0), start(-30) - start(0)]).toEqual([2700, -1800])
  })

  it('comes from the noon at which the night begins up to the last minute before the next', () => {
    const night = { site: saf, date: '2030-06-20' }
    const { start, end } = nightInterval(night)
    const after = (minutes: number) => startInNight(night, { after: 'dark', minutes })
    const minutesTo = (instant: number) => (instant - (after(0) ?? NaN)) / 60
    expect([after(minutesTo(start)), after(minutesTo(end) - 1)]).toEqual([start, end - 60])
    expect([after(minutesTo(start) - 1), after(minutesTo(end))]).toEqual([undefined, undefined])
  })

  it.each<[string, Parameters<typeof startInNight>[0], StartRule]>([
    ['in polar day', { site: tromso, date: '2030-06-20' }, { after: 'sunset', minutes: 0 }],
    ['in polar night', { site: tromso, date: '2030-12-20' }, { after: 'sunset', minutes: 0 }],
    ['in a white night', { site: tromso, date: '2030-05-10' }, { after: 'dark', minutes: 0 }],
    ['at a pole', { site: northPole, date: '2030-01-10' }, { after: 'dark', minutes: 0 }],
    ['after the end of the night', { site: saf, date: '2030-06-20' }, { after: 'dark', minutes: 1000 }],
    ['before its begin', { site: saf, date: '2030-06-20' }, { after: 'sunset', minutes: -600 }],
  ])('does not come %s', (_, night, rule) => {
    expect(startInNight(night, rule)).toBeUndefined()
  })
})

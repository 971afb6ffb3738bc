import * as fc from 'fast-check'
import { getTimes, type SunTimeName } from 'suncalc'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, durationOf, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { ASTRONOMICAL, type Band, darkness, type Light, sunBelow, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightInterval } from '../../src/sky/zone.ts'
import { at, datesOf, northPole, place, quito, saf, southPole, sydney, tromso } from './sites.ts'

const DARKER: readonly Light[] = ['day', 'civil', 'nautical', 'astronomical', 'dark']

/** Sorted, adjacent, whole seconds, each one step lighter or darker than the one before, and within the night. */
function expectToFill(night: Night): void {
  const bands = twilight(night)
  const { start, end } = nightInterval(night)
  expect(bands[0]?.start).toBe(start)
  expect(bands.at(-1)?.end).toBe(end)
  for (const [index, band] of bands.entries()) {
    const next = bands[index + 1]
    expect(Number.isInteger(band.start) && band.start < band.end).toBe(true)
    if (!next) continue
    expect(next.start).toBe(band.end)
    expect(Math.abs(DARKER.indexOf(next.light) - DARKER.indexOf(band.light))).toBe(1)
  }
}

const lightsOf = (night: Night): Light[] => twilight(night).map(({ light }) => light)

function boundary(bands: readonly Band[], from: Light, to: Light): number | undefined {
  return bands.find((band, index) => band.light === to && bands[index - 1]?.light === from)?.start
}

describe('the lights of a night', () => {
  it('go from day to dark and back', () => {
    expect(lightsOf({ site: saf, date: '2026-03-14' })).toEqual([...DARKER, ...DARKER.toReversed().slice(1)])
  })

  it('agree with suncalc to a minute, all year', () => {
    // Its sunset is that of the Sun's centre at -0.833 degrees, and its altitudes are geometric, too.
    const evening: [Light, Light, SunTimeName][] = [
      ['day', 'civil', 'sunset'],
      ['civil', 'nautical', 'dusk'],
      ['nautical', 'astronomical', 'nauticalDusk'],
      ['astronomical', 'dark', 'night'],
    ]
    const morning: [Light, Light, SunTimeName][] = [
      ['dark', 'astronomical', 'nightEnd'],
      ['astronomical', 'nautical', 'nauticalDawn'],
      ['nautical', 'civil', 'dawn'],
      ['civil', 'day', 'sunrise'],
    ]
    let compared = 0
    for (const site of [saf, sydney, quito, tromso]) {
      for (const date of datesOf(2026, 9)) {
        const night = nightInterval({ site, date })
        const bands = twilight({ site, date })
        for (const [noon, changes] of [
          [night.start, evening],
          [night.end, morning],
        ] as const) {
          const times = getTimes(new Date(noon * 1000), site.latitude, site.longitude)
          for (const [from, to, name] of changes) {
            const [ours, theirs] = [boundary(bands, from, to), times[name]]
            if (ours === undefined || theirs === null) continue
            expect(Math.abs(ours - theirs.getTime() / 1000), `${name} at ${site.latitude} on ${date}`).toBeLessThan(
              MINUTE,
            )
            compared++
          }
        }
      }
    }
    expect(compared).toBeGreaterThan(4 * 41 * 8 - 200)
  })

  it('agree with the Naval Observatory', () => {
    // aa.usno.navy.mil, one-day table for Defiance, Ohio, of 8 November 2019: as Skyfield's own tests quote it, in UT.
    const site = place(41.281944, -84.362778, 'America/New_York')
    const dawn = ['2019-11-08T10:42Z', '2019-11-08T11:15Z', '2019-11-08T11:48Z', '2019-11-08T12:17Z']
    const dusk = ['2019-11-08T22:25Z', '2019-11-08T22:54Z', '2019-11-08T23:27Z', '2019-11-08T23:59Z']
    expect(minutesOf(twilight({ site, date: '2019-11-07' }).slice(-4))).toEqual(dawn.map(at))
    expect(minutesOf(twilight({ site, date: '2019-11-08' }).slice(1, 5))).toEqual(dusk.map(at))
  })

  it('have the sunrises and sunsets of the Naval Observatory', () => {
    // aa.usno.navy.mil, "Rise and Set for the Sun for 2023", Fredonia, Arizona, the first of each month, UTC-7.
    const site = place(36.95, -112.52, 'Etc/GMT+7')
    const table = `0743 1724  0733 1755  0701 1824  0616 1852  0536 1919  0512 1944
                   0514 1954  0535 1937  0601 1859  0625 1814  0654 1733  0724 1714`
    const expected = table.match(/\d{4}/g)!
    for (let month = 1; month <= 12; month++) {
      const date = `2023-${String(month).padStart(2, '0')}-01`
      const sunset = boundary(twilight({ site, date }), 'day', 'civil')!
      const before = new Date((at(`${date}T00:00Z`) - DAY) * 1000).toISOString().slice(0, 10)
      const sunrise = boundary(twilight({ site, date: before }), 'civil', 'day')!
      expect(Math.abs(sunrise - clock(date, expected[2 * month - 2]!))).toBeLessThanOrEqual(35)
      expect(Math.abs(sunset - clock(date, expected[2 * month - 1]!))).toBeLessThanOrEqual(35)
    }
  })

  it('are day only in the Tromsø summer, and never day in its winter', () => {
    expect(twilight({ site: tromso, date: '2026-06-21' })).toEqual([
      { ...nightInterval({ site: tromso, date: '2026-06-21' }), light: 'day' },
    ])
    const winter = lightsOf({ site: tromso, date: '2026-12-21' })
    expect(winter).not.toContain('day')
    expect(winter).toEqual(['civil', 'nautical', 'astronomical', 'dark', 'astronomical', 'nautical', 'civil'])
  })

  it.each([
    ['North', northPole, '2022-03-18T13:02Z', 1, '2022-09-25T04:13Z'],
    ['South', southPole, '2022-09-20T21:52Z', -1, '2022-03-22T18:07Z'],
  ] as const)(
    'fill every night of a year at the %s Pole, where day comes once and goes once',
    (_, site, rise, __, set) => {
      // Sunrise and sunset: aa.usno.navy.mil, "Rise and Set for the Sun for 2022". The Sun climbs a minute of arc in an hour.
      const year = nightsFrom({ site, date: '2021-12-31' }, 366)
      year.forEach(expectToFill)
      const changes = year
        .flatMap(twilight)
        .filter((band, index, all) => index > 0 && all[index - 1]?.light !== band.light)
      const days = changes.filter(({ light }) => light === 'day')
      expect(days).toHaveLength(1)
      expect(Math.abs(days[0]!.start - at(rise))).toBeLessThan(15 * MINUTE)
      const sunsets = changes.filter(({ light, start }) => light === 'civil' && Math.abs(start - at(set)) < 15 * MINUTE)
      expect(sunsets).toHaveLength(1)
      expect(changes).toHaveLength(8)
    },
  )

  it('cover any night anywhere, and agree with darkness', () => {
    const anywhere = fc.tuple(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
    )
    const zone = fc.constantFrom('UTC', 'America/Denver', 'Australia/Lord_Howe', 'Pacific/Apia')
    const date = fc
      .integer({ min: at('1990-01-01T00:00Z') / DAY, max: at('2045-01-01T00:00Z') / DAY })
      .map((day) => new Date(day * DAY * 1000).toISOString().slice(0, 10))
      .filter((text) => text !== '2011-12-30')
    fc.assert(
      fc.property(anywhere, zone, date, ([latitude, longitude], timeZone, date) => {
        const night = { site: place(latitude, longitude, timeZone), date }
        expectToFill(night)
        const dark = twilight(night).filter(({ light }) => light === 'dark')
        const below = sunBelow(night.site, ASTRONOMICAL, nightInterval(night))
        expect(dark).toHaveLength(below.length)
        for (const [index, { start, end }] of below.entries()) {
          expect(Math.abs(dark[index]!.start - start)).toBeLessThanOrEqual(2)
          expect(Math.abs(dark[index]!.end - end)).toBeLessThanOrEqual(2)
        }
        expect(darkness(night)).toEqual(below)
      }),
      { numRuns: 80 },
    )
  })

  it('cover nights of 23 and 25 hours', () => {
    for (const [date, hours] of [
      ['2026-03-07', 23],
      ['2026-10-31', 25],
    ] as const) {
      expectToFill({ site: saf, date })
      expect(twilight({ site: saf, date }).reduce((sum, band) => sum + durationOf(band), 0)).toBe(hours * HOUR)
    }
  })

  it('are remembered', () => {
    const night = { site: saf, date: '2026-03-14' }
    expect(twilight(night)).toBe(twilight({ ...night, site: { ...saf } }))
    expect(twilight({ ...night, site: { ...saf, latitude: 36 } })).not.toEqual(twilight(night))
  })
})

/** When bands begin, to the nearest minute. */
const minutesOf = (bands: readonly Band[]): number[] => bands.map(({ start }) => Math.round(start / MINUTE) * MINUTE)

/** `HHMM` at UTC-7. */
const clock = (date: string, time: string): number => at(`${date}T${time.slice(0, 2)}:${time.slice(2)}:00-07:00`)

function nightsFrom(first: Night, count: number): Night[] {
  const nights = [first]
  while (nights.length < count) nights.push(nextNight(nights.at(-1)!))
  return nights
}

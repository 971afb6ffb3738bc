import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { darkness } from '../../src/sky/sun.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { formatDates, formatHour, hoursIn, instantAt, windowAt } from '../../web/lanes/axis.ts'
import { laneLabel } from '../../web/lanes/lane-label.ts'
import { formatDarkness, freeDarkIn, lightBandsIn } from '../../web/lanes/light.ts'
import { reservationsAt } from '../../web/lanes/telescopes.ts'
import { partOf } from '../../web/position.ts'
import type { Site } from '../../src/domain/site.ts'
import { proposed } from '../context.ts'
import { at, reserved, saf, southPole, sydney, tromso } from './sites.ts'

const window = { start: at('2026-03-14T18:00Z'), end: at('2026-03-15T18:00Z') }

describe('the time axis', () => {
  it('follows now from the full hour before the last one', () => {
    expect(windowAt(undefined, at('2026-03-14T19:59:59Z'), 24 * HOUR)).toEqual(window)
    expect(windowAt(undefined, at('2026-03-14T20:00Z'), 24 * HOUR).start).toBe(at('2026-03-14T19:00Z'))
  })

  it('begins at the time in the address, to the second', () => {
    expect(windowAt(at('2026-03-14T18:20:07Z'), 0, 12 * HOUR)).toEqual({
      start: at('2026-03-14T18:20:07Z'),
      end: at('2026-03-15T06:20:07Z'),
    })
  })

  it.each(['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])('can be drawn for any address: %s', (from) => {
    const shown = windowAt(at(from), 0, 24 * HOUR)
    expect(lightBandsIn(sydney, shown).at(-1)?.end).toBe(shown.end)
    expect(formatDates(shown)).not.toBe('')
  })

  it('has the full hours within it, the first included, the last not', () => {
    expect(hoursIn(window)).toHaveLength(24)
    expect(hoursIn(window)[0]).toBe(window.start)
    expect(hoursIn({ start: window.start + 1, end: window.end + 1 })).toEqual([...hoursIn(window).slice(1), window.end])
    expect(hoursIn({ start: window.start + 1, end: window.start + 2 })).toEqual([])
  })

  it('labels even hours, and where a day begins', () => {
    expect(hoursIn(window).slice(0, 8).map(formatHour)).toEqual([
      '18:00',
      undefined,
      '20:00',
      undefined,
      '22:00',
      undefined,
      'Sun 15 Mar',
      undefined,
    ])
  })

  it('has its dates in UTC', () => {
    expect(formatDates(window)).toBe('Sat 14 Mar – Sun 15 Mar')
    expect(formatDates({ start: at('2026-03-14T18:00Z'), end: at('2026-03-15T00:00Z') })).toBe('Sat 14 Mar')
  })

  it('leads from a position to its instant', () => {
    expect([-1, 0, 0.5, 1, 2].map((share) => instantAt(window, share) - window.start)).toEqual(
      [0, 0, 12, 24, 24].map((hours) => hours * HOUR),
    )
  })
})

describe('a position in the window', () => {
  it.each([
    ['within', '2026-03-15T00:00Z', '2026-03-15T06:00Z', { left: 0.25, width: 0.25 }],
    ['over its beginning', '2026-03-14T12:00Z', '2026-03-15T00:00Z', { left: 0, width: 0.25 }],
    ['over its end', '2026-03-15T12:00Z', '2026-03-16T12:00Z', { left: 0.75, width: 0.25 }],
    ['over all of it', '2026-01-01T00:00Z', '2027-01-01T00:00Z', { left: 0, width: 1 }],
    ['up to its beginning', '2026-03-14T12:00Z', '2026-03-14T18:00Z', undefined],
    ['from its end', '2026-03-15T18:00Z', '2026-03-16T18:00Z', undefined],
  ])('%s', (_, start, end, position) => {
    expect(partOf(window, { start: at(start), end: at(end) })).toEqual(position)
  })
})

describe('the darkness over a site', () => {
  it.each([saf, sydney, tromso])(
    'covers the window at $code without a gap, each band in another light than the last',
    (site) => {
      fc.assert(
        fc.property(
          fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') }),
          fc.constantFrom(12, 24, 48),
          (start, hours) => {
            const shown = { start, end: start + hours * HOUR }
            const bands = lightBandsIn(site, shown)
            expect(bands[0]?.start).toBe(shown.start)
            expect(bands.at(-1)?.end).toBe(shown.end)
            for (const [index, band] of bands.slice(1).entries()) {
              expect(band.start).toBe(bands[index]?.end)
              expect(band.light).not.toBe(bands[index]?.light)
            }
          },
        ),
        { numRuns: 20 },
      )
    },
  )

  it('is that of the nights that the window cuts', () => {
    const [dark] = darkness(nightAt(saf, at('2026-03-15T06:00Z')))
    const bands = lightBandsIn(saf, window).filter(({ light }) => light === 'dark')
    expect(bands).toEqual([{ light: 'dark', start: dark?.start, end: (dark?.end ?? 0) + 1 }])
    // Noon in Denver, 18:00 UTC, parts two nights.
    expect(
      lightBandsIn(saf, { start: at('2026-03-14T12:00Z'), end: at('2026-03-15T12:00Z') }).map(({ light }) => light),
    ).toEqual(['astronomical', 'nautical', 'civil', 'day', 'civil', 'nautical', 'astronomical', 'dark', 'astronomical'])
  })

  it('is free where nothing is reserved, from now on', () => {
    const taken = { start: at('2026-03-15T04:00Z'), end: at('2026-03-15T06:00Z') }
    const free = (now: string) =>
      freeDarkIn(saf, window, [taken], at(now)).map(({ start, end }) =>
        [start, end].map((one) => new Date(one * 1000).toISOString().slice(11, 16)),
      )
    expect(free('2026-03-14T20:00Z')).toEqual([
      ['02:35', '04:00'],
      ['06:00', '11:49'],
    ])
    expect(free('2026-03-15T05:00Z')).toEqual([['06:00', '11:49']])
    expect(free('2026-03-16T00:00Z')).toEqual([])
  })

  it('is formatted in words', () => {
    expect(formatDarkness(saf, window)).toBe('Dark from 02:35 to 11:49 UTC.')
    expect(formatDarkness(tromso, { start: at('2026-06-14T18:00Z'), end: at('2026-06-15T18:00Z') })).toBe(
      'Not dark in this time.',
    )
    expect(formatDarkness(southPole, { start: at('2026-06-14T18:00Z'), end: at('2026-06-15T18:00Z') })).toBe(
      'Dark throughout.',
    )
    // To the nearest minute, as its state and the heads of the nights tell it.
    const sydneyEvening = { start: at('2026-11-27T04:00Z'), end: at('2026-11-28T04:00Z') }
    expect(formatDarkness(sydney, sydneyEvening)).toBe('Dark from 10:28 to 16:58 UTC.')
  })

  it('is told as it is, and not as far as the lanes go', () => {
    const within = { start: at('2026-03-15T05:00Z'), end: at('2026-03-16T04:00Z') }
    expect(formatDarkness(saf, within)).toBe('Dark from 02:35 to 11:49 and from 02:36 to 11:48 UTC.')
    // The dark of the pole begins in May, and ends in August.
    const july = { start: at('2026-07-25T00:00Z'), end: at('2026-07-26T00:00Z') }
    const hours = (from: number) => ({ start: july.start + from * HOUR, end: july.end + from * HOUR })
    const told = Array.from({ length: 60 }, (_, n) => formatDarkness(southPole, hours(12 * n)))
    expect(new Set(told.map((text) => text.replace(/\d\d:\d\d/, 'CLOCK')))).toEqual(
      new Set(['Dark throughout.', 'Dark until CLOCK UTC.', 'Not dark in this time.']),
    )
  })
})

describe("a reservation's name", () => {
  const ada = { id: 'ada', name: 'Ada Lovelace', role: 'observer' } as const
  const bo = { ...ada, id: 'bo' }

  it('has site, title, kind, creator, and the civil dates and times of the site', () => {
    const one = reserved('2026-03-15T04:00Z', '2026-03-15T07:30Z', { kind: 'project' })
    const name = 'saf: M51 LRGB: project session by Ada Lovelace, Sat 14 Mar 22:00 – Sun 15 Mar 01:30'
    expect(laneLabel(saf, one, bo)).toBe(name)
    expect(laneLabel(saf, one, ada)).toBe(`${name}, yours`)
  })

  it('keeps names of the other direction apart from the times', () => {
    const one = reserved('2026-03-15T04:00Z', '2026-03-15T05:00Z', { title: 'גלקסיה 12', kind: 'project' })
    expect(laneLabel(saf, one, bo)).toContain('saf: \u2068גלקסיה 12\u2069: project session by Ada')
  })
})

it('a row has the reservations at its telescope, and the closures of its enclosure', () => {
  const codes = ['saf', 'aro', 'aro1', 'mrc']
  const closures = codes.map((site) => proposed({ id: site, site, kind: 'maintenance' }))
  const old = proposed({ id: 'old', site: 'aro' })
  const at = (site: Site) => reservationsAt(site, [...closures, old]).map(({ id }) => id)
  expect(at({ ...saf, code: 'aro1', wema: 'aro' })).toEqual(['aro', 'aro1'])
  expect(at(saf)).toEqual(['saf'])
})

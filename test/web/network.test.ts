import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, overlaps } from '../../src/domain/interval.ts'
import { darkness } from '../../src/sky/sun.ts'
import { nightAt } from '../../src/sky/zone.ts'
import {
  formatDarkness,
  formatHour,
  hoursIn,
  assignLanes,
  lightBandsIn,
  positionIn,
  reservationName,
  reservationsAt,
  windowAt,
  formatWindow,
} from '../../web/pages/network.ts'
import type { Site } from '../../src/domain/site.ts'
import { proposed } from '../context.ts'
import { at, reserved, saf, sydney, tromso } from './sites.ts'

const window = { start: at('2026-03-14T18:00Z'), end: at('2026-03-15T18:00Z') }

describe('the time axis', () => {
  it('follows now from the full hour, two hours before', () => {
    expect(windowAt(undefined, at('2026-03-14T20:59:59Z'), 24 * HOUR)).toEqual(window)
    expect(windowAt(undefined, at('2026-03-14T21:00Z'), 24 * HOUR).start).toBe(at('2026-03-14T19:00Z'))
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
    expect(formatWindow(shown)).toMatch(/UTC$/)
  })

  it('has the full hours within it, the first included, the last not', () => {
    expect(hoursIn(window)).toHaveLength(24)
    expect(hoursIn(window)[0]).toBe(window.start)
    expect(hoursIn({ start: window.start + 1, end: window.end + 1 })).toEqual([...hoursIn(window).slice(1), window.end])
    expect(hoursIn({ start: window.start + 1, end: window.start + 2 })).toEqual([])
  })

  it('labels even hours, and where a day begins, as far as there is room', () => {
    expect(
      hoursIn(window)
        .slice(0, 8)
        .map((hour) => formatHour(hour, window)),
    ).toEqual(['18:00', undefined, '20:00', undefined, '22:00', undefined, '15 Mar', undefined])
    const soon = { start: window.start, end: at('2026-03-14T21:00Z') }
    expect(hoursIn(soon).map((hour) => formatHour(hour, soon))).toEqual(['18:00', undefined, undefined])
    expect(formatWindow(window)).toBe('Saturday 14 March 2026 18:00 to Sunday 15 March 2026 18:00 UTC')
  })
})

describe('a position in the window', () => {
  it.each([
    ['within', '2026-03-15T00:00Z', '2026-03-15T06:00Z', { left: 25, width: 25 }],
    ['over its beginning', '2026-03-14T12:00Z', '2026-03-15T00:00Z', { left: 0, width: 25 }],
    ['over its end', '2026-03-15T12:00Z', '2026-03-16T12:00Z', { left: 75, width: 25 }],
    ['over all of it', '2026-01-01T00:00Z', '2027-01-01T00:00Z', { left: 0, width: 100 }],
    ['up to its beginning', '2026-03-14T12:00Z', '2026-03-14T18:00Z', undefined],
    ['from its end', '2026-03-15T18:00Z', '2026-03-16T18:00Z', undefined],
  ])('%s', (_, start, end, position) => {
    expect(positionIn(window, { start: at(start), end: at(end) })).toEqual(position)
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

  it('is formatted in words', () => {
    expect(formatDarkness(lightBandsIn(saf, window))).toBe('Dark from 02:35 to 11:49 UTC.')
    expect(formatDarkness(lightBandsIn(tromso, { start: at('2026-06-14T18:00Z'), end: at('2026-06-15T18:00Z') }))).toBe(
      'Never dark in this time.',
    )
  })
})

describe('reservations in lanes', () => {
  const lanesOf = (...times: [string, string][]) =>
    assignLanes(times.map(([start, end]) => reserved(`2026-03-15T${start}Z`, `2026-03-15T${end}Z`))).map(
      ({ lane, lanes }) => [lane, lanes],
    )

  it('have the whole height if nothing overlaps', () => {
    expect(lanesOf(['02:00', '03:00'], ['03:00', '04:00'])).toEqual([
      [0, 1],
      [0, 1],
    ])
    expect(lanesOf(['02:00', '04:00'], ['03:00', '04:00'], ['04:00', '05:00'])).toEqual([
      [0, 2],
      [1, 2],
      [0, 1],
    ])
  })

  it('share the height if they overlap, and reuse a lane that has become free', () => {
    expect(lanesOf(['02:00', '05:00'], ['02:30', '03:00'], ['03:00', '06:00'], ['07:00', '08:00'])).toEqual([
      [0, 2],
      [1, 2],
      [1, 2],
      [0, 1],
    ])
  })

  it('never hide each other', () => {
    const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(times, (overrides) => {
        const some = overrides.map(([start, length], index) => ({
          ...reserved('2026-03-15T00:00Z', '2026-03-15T01:00Z'),
          id: `${index}`,
          start,
          end: start + length,
        }))
        const placed = assignLanes(some)
        expect(placed.map(({ reservation }) => reservation.id).toSorted()).toEqual(some.map(({ id }) => id).toSorted())
        for (const one of placed) {
          expect(one.lane).toBeLessThan(one.lanes)
          for (const other of placed) {
            if (one === other || !overlaps(one.reservation, other.reservation)) continue
            expect(one.lanes).toBe(other.lanes)
            expect(one.lane).not.toBe(other.lane)
          }
        }
      }),
    )
  })
})

describe("a reservation's name", () => {
  it('has site, title, kind, creator and times', () => {
    const one = reserved('2026-03-15T04:00Z', '2026-03-15T07:30Z', { kind: 'project' })
    expect(reservationName(one, false)).toBe('saf: M51 LRGB: project session of Ada Lovelace, 04:00 to 07:30 UTC')
    expect(reservationName(one, true)).toBe('saf: M51 LRGB: project session of Ada Lovelace, 04:00 to 07:30 UTC, yours')
  })

  it('has dates if it lasts a day or longer', () => {
    const one = { ...reserved('2026-03-15T04:00Z', '2026-03-15T05:00Z', { kind: 'maintenance', title: 'Mirror' }) }
    expect(reservationName({ ...one, end: one.start + 2 * DAY }, false)).toBe(
      'saf: Mirror: maintenance of Ada Lovelace, 2026-03-15 04:00 to 2026-03-17 04:00 UTC',
    )
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

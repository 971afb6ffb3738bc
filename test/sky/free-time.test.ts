import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_INSTANT, DAY, HOUR, type Interval, durationOf, MINUTE, overlaps } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { MAX_NIGHT, nearestFreeDark, searchedSpan, stepsToFreeDark } from '../../src/sky/free-time.ts'
import { darkness } from '../../src/sky/sun.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'

const saf: Site = {
  code: 'saf',
  name: 'Apache Ridge Observatory',
  latitude: 35.554298,
  longitude: -105.870197,
  elevation: 2194,
  timeZone: 'America/Denver',
  enclosure: 'dome',
}
const tromso: Site = { ...saf, code: 'tos', latitude: 69.65, longitude: 18.96, elevation: 0, timeZone: 'Europe/Oslo' }

const darkOn = (date: string): Interval => darkness({ site: saf, date })[0]!
const yesterday = darkOn('2026-03-13')
const dark = darkOn('2026-03-14')
const tomorrow = darkOn('2026-03-15')

/** An interval that starts a number of hours after dusk on the fourteenth. */
const after = (hours: number, length = 1): Interval => ({
  start: dark.start + hours * HOUR,
  end: dark.start + (hours + length) * HOUR,
})

const near = (expected: Interval, taken: readonly Interval[], other = {}) =>
  nearestFreeDark({
    site: saf,
    wanted: expected,
    taken,
    length: durationOf(expected),
    earliest: MIN_INSTANT,
    nights: 3,
    ...other,
  })

describe('the nearest free dark time', () => {
  it('lies before and after what overlaps the wanted time', () => {
    expect(near(after(3), [after(2.5, 2)])).toEqual({
      before: { start: dark.start, end: after(2.5).start },
      after: { start: after(4.5).start, end: dark.end },
    })
  })

  it('may be a part of the wanted time', () => {
    expect(near(after(3, 2), [after(4, 1)], { length: HOUR })).toEqual({
      before: { start: dark.start, end: after(4).start },
      after: { start: after(5).start, end: dark.end },
    })
  })

  it('is in other nights if this one is full', () => {
    expect(near(after(3), [dark])).toEqual({ before: yesterday, after: tomorrow })
  })

  it('skips gaps that are too short', () => {
    const taken = [after(0.5, 3), after(4, 20)]
    expect(near(after(1), taken)).toEqual({ before: yesterday, after: tomorrow })
    expect(near(after(1), taken, { length: 30 * MINUTE })).toEqual({
      before: { start: dark.start, end: after(0.5).start },
      after: { start: after(3.5).start, end: after(4).start },
    })
  })

  it('does not depend on the order of taken intervals', () => {
    const taken = [after(1), after(3), after(5), after(0, 1)]
    expect(near(after(3), taken.toReversed())).toEqual(near(after(3), taken))
  })

  it('starts no earlier than allowed', () => {
    const earliest = after(1).start
    expect(near(after(3), [after(3)], { earliest }).before).toEqual({ start: earliest, end: after(3).start })
    const rest = { start: after(4).start, end: dark.end }
    expect(near(after(3), [after(3)], { earliest: after(2.5).start })).toEqual({ after: rest })
  })

  it('is offered once if the wanted time is in the past', () => {
    const earliest = after(4.5).start
    expect(near(after(3), [after(3)], { earliest })).toEqual({ after: { start: earliest, end: dark.end } })
  })

  it('is missing if nothing is free', () => {
    expect(near(after(3), [{ start: dark.start - 9 * DAY, end: dark.end + 9 * DAY }])).toEqual({})
  })

  it('is missing if no night is long enough', () => {
    expect(near(after(0, 20), [after(1)])).toEqual({})
  })

  it('computes no darkness for nights that are too short or too full', () => {
    let asked = 0
    const site: Site = {
      ...saf,
      get latitude() {
        asked += 1
        return saf.latitude
      },
    }
    const closure = { start: dark.start - 9 * DAY, end: dark.end + 9 * DAY }
    expect(near(after(3), [closure], { site })).toEqual({})
    expect(near(after(3, MAX_NIGHT / HOUR), [], { site })).toEqual({})
    expect(asked).toBe(0)
    near(after(3), [], { site })
    expect(asked).toBeGreaterThan(0)
  })

  it('is searched in steps of one night', () => {
    const search = { site: saf, wanted: after(0, 20), taken: [], length: 20 * HOUR, earliest: MIN_INSTANT, nights: 3 }
    expect([...stepsToFreeDark(search)]).toHaveLength(8)
  })

  it('is missing if it does not get dark', () => {
    const start = Date.parse('2026-06-21T22:00Z') / 1000
    expect(near({ start, end: start + HOUR }, [], { site: tromso })).toEqual({})
  })

  it('is not searched beyond the given number of nights', () => {
    const full = { start: dark.start - 2 * DAY, end: dark.end + 2 * DAY }
    expect(near(after(3), [full], { nights: 2 })).toEqual({})
    expect(near(after(3), [full], { nights: 3 })).toEqual({ before: darkOn('2026-03-11'), after: darkOn('2026-03-17') })
    expect(near(after(3), [after(2, 3)], { nights: 0 }).before?.end).toBe(after(2).start)
  })

  it('is dark, free, long enough and within the searched nights', () => {
    const seconds = fc.integer({ min: -4 * DAY, max: 4 * DAY })
    const interval = fc
      .tuple(seconds, fc.integer({ min: MINUTE, max: 9 * HOUR }))
      .map(([from, length]) => ({ start: dark.start + from, end: dark.start + from + length }))
    const search = fc.record({
      site: fc.constantFrom(saf, tromso),
      wanted: interval,
      taken: fc.array(interval, { maxLength: 30 }),
      length: fc.integer({ min: 1, max: 6 * HOUR }),
      earliest: seconds.map((from) => dark.start + from),
      nights: fc.integer({ min: 0, max: 4 }),
    })
    fc.assert(
      fc.property(search, (asked) => {
        const found = nearestFreeDark(asked)
        const span = searchedSpan(asked.site, asked.wanted, asked.nights)
        if (found.before) expect(found.before.start).toBeLessThan(asked.wanted.start)
        if (found.after) expect(found.after.start).toBeGreaterThanOrEqual(asked.wanted.start)
        for (const free of [found.before, found.after].filter((side) => side !== undefined)) {
          const night = darkness(nightAt(asked.site, free.start))
          expect(night.some((part) => part.start <= free.start && free.end <= part.end)).toBe(true)
          expect(asked.taken.some((other) => overlaps(other, free))).toBe(false)
          expect(durationOf(free)).toBeGreaterThanOrEqual(asked.length)
          expect(free.start).toBeGreaterThanOrEqual(asked.earliest)
          expect(span.start <= free.start && free.end <= span.end).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the span to search', () => {
  it('is the wanted night and the given number before and after', () => {
    expect(searchedSpan(saf, after(3), 0)).toEqual(nightInterval({ site: saf, date: '2026-03-14' }))
    expect(searchedSpan(saf, after(3), 14)).toEqual({
      start: nightInterval({ site: saf, date: '2026-02-28' }).start,
      end: nightInterval({ site: saf, date: '2026-03-28' }).end,
    })
  })
})

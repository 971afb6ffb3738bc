import { describe, expect, it } from 'vitest'
import { DAY, HOUR, type Interval } from '../../src/domain/interval.ts'
import { searchedSpan } from '../../src/sky/free-time.ts'
import { darkness } from '../../src/sky/sun.ts'
import { formatSpan } from '../../web/format/span.ts'
import { nextFreeDark, searchWindow } from '../../web/lanes/next-free.ts'
import { at, saf, sydney, tromso } from './sites.ts'

/** The next free time at saf, as site times. */
const freeAt = (now: string, taken: { start: string; end: string }[] = []) => {
  const free = nextFreeDark(
    saf,
    taken.map(({ start, end }) => ({ start: at(start), end: at(end) })),
    at(now),
  )
  return free && formatSpan(saf, free)
}

describe('the next free dark time', () => {
  it('is tonight, on steps of five minutes within the dark', () => {
    const [dark] = darkness({ site: saf, date: '2026-03-14' })
    const free = nextFreeDark(saf, [], at('2026-03-14T20:00Z'))!
    expect(free.start).toBeGreaterThanOrEqual(dark!.start)
    expect(free.start - dark!.start).toBeLessThan(300)
    expect(free.end).toBeLessThanOrEqual(dark!.end)
    expect(dark!.end - free.end).toBeLessThan(300)
    expect([free.start % 300, free.end % 300]).toEqual([0, 0])
    expect(freeAt('2026-03-14T20:00Z')).toBe('Sat 14 Mar 20:40 – Sun 15 Mar 05:45')
  })

  it('begins at the next step if it is dark and free', () => {
    expect(freeAt('2026-03-15T06:07:20Z')).toBe('Sun 15 Mar 00:10–05:45')
    expect(freeAt('2026-03-15T06:00Z', [{ start: '2026-03-15T07:30Z', end: '2026-03-15T08:00Z' }])).toBe(
      'Sun 15 Mar 00:00–01:30',
    )
  })

  it('skips what is shorter than half an hour on these steps', () => {
    expect(freeAt('2026-03-15T11:30Z')).toBe('Sun 15 Mar 20:40 – Mon 16 Mar 05:45')
    // From 06:01 to 06:34 there are 33 minutes, but only 25 on steps.
    const around = [
      { start: '2026-03-15T02:00Z', end: '2026-03-15T06:01Z' },
      { start: '2026-03-15T06:34Z', end: '2026-03-15T08:00Z' },
    ]
    expect(freeAt('2026-03-15T02:00Z', around)).toBe('Sun 15 Mar 02:00–05:45')
  })

  it('may be in another night', () => {
    const full = { start: '2026-03-14T12:00Z', end: '2026-03-15T18:00Z' }
    expect(freeAt('2026-03-14T20:00Z', [full])).toBe('Sun 15 Mar 20:40 – Mon 16 Mar 05:45')
    expect(freeAt('2026-03-14T20:00Z', [{ ...full, end: '2026-03-18T18:00Z' }])).toBe(
      'Wed 18 Mar 20:40 – Thu 19 Mar 05:40',
    )
  })

  it('is undefined in the white nights of Tromsø', () => {
    expect(nextFreeDark(tromso, [], at('2026-06-14T20:00Z'))).toBeUndefined()
  })

  it('goes on across noon in polar night, up to 20 hours', () => {
    const northPole = { ...tromso, latitude: 90, longitude: 0, timeZone: 'UTC' }
    const spans = (taken: readonly Interval[]) => nextFreeDark(northPole, taken, at('2030-12-21T11:45Z'))
    expect(spans([])).toEqual({ start: at('2030-12-21T11:45Z'), end: at('2030-12-22T07:45Z') })
    const later = { start: at('2030-12-21T12:30Z'), end: at('2030-12-22T12:00Z') }
    expect(spans([later])).toEqual({ start: at('2030-12-21T11:45Z'), end: at('2030-12-21T12:30Z') })
  })

  it('is undefined if all of the nights that are searched are taken', () => {
    const taken = { start: '2026-03-01T00:00Z', end: '2026-03-29T18:00Z' }
    expect(freeAt('2026-03-14T20:00Z', [taken])).toBeUndefined()
    expect(freeAt('2026-03-14T20:00Z', [{ ...taken, end: '2026-03-28T18:00Z' }])).toMatch(/^Sat 28 Mar/)
  })
})

describe('the search window', () => {
  it('reaches from the start of the view to the last night of every site, and changes a few times a day at most', () => {
    const spans = new Set<string>()
    for (let now = at('2026-03-14T00:00Z'); now < at('2026-03-16T00:00Z'); now += HOUR / 2) {
      const read = searchWindow([saf, sydney, tromso], now - 2 * HOUR, now)
      spans.add(`${read.start} ${read.end}`)
      expect(read.start).toBeLessThanOrEqual(now - 2 * HOUR)
      expect(read.end - read.start).toBeLessThan(18 * DAY)
      for (const site of [saf, sydney, tromso])
        expect(read.end).toBeGreaterThanOrEqual(searchedSpan(site, { start: now, end: now + 1 }, 14).end)
    }
    expect(spans.size).toBeLessThan(8)
  })
})

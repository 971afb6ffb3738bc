import { describe, expect, it } from 'vitest'
import { nightInterval } from '../../src/sky/zone.ts'
import { endsIn, nightOfDate, sameLocalTimeIn, startsIn } from '../../web/editor/steps.ts'
import { formatClock } from '../../web/format.ts'
import { at, lordHowe, saf } from './sites.ts'

const clocks = (site: typeof saf, date: string): string[] =>
  startsIn({ site, date }).map((start) => formatClock(site, start))

describe('the times of a night', () => {
  it('go in five minutes from noon to noon', () => {
    const shown = clocks(saf, '2026-01-15')
    expect(shown.length).toBe(24 * 12)
    expect([shown[0], shown[1], shown.at(-1)]).toEqual(['12:00', '12:05', '11:55'])
  })

  it('have the repeated hour twice, with offsets, when the clocks go back', () => {
    const shown = clocks(saf, '2026-10-31')
    expect(shown.length).toBe(25 * 12)
    expect(new Set(shown).size).toBe(shown.length)
    const first = shown.indexOf('01:00 (UTC−6)')
    expect(shown.slice(first - 1, first + 1)).toEqual(['00:55', '01:00 (UTC−6)'])
    expect(shown.slice(first + 11, first + 14)).toEqual(['01:55 (UTC−6)', '01:00 (UTC−7)', '01:05 (UTC−7)'])
    expect(shown[first + 24]).toBe('02:00')
  })

  it('lack the hour that the clocks skip', () => {
    const shown = clocks(saf, '2026-03-07')
    expect(shown.length).toBe(23 * 12)
    expect(shown[shown.indexOf('01:55') + 1]).toBe('03:00')
  })

  it('repeat and skip half an hour at Lord Howe', () => {
    const autumn = clocks(lordHowe, '2026-04-04')
    expect(autumn.length).toBe(24.5 * 12)
    expect(autumn.filter((clock) => clock.startsWith('01:45'))).toEqual(['01:45 (UTC+11)', '01:45 (UTC+10:30)'])
    const spring = clocks(lordHowe, '2026-10-03')
    expect(spring.length).toBe(23.5 * 12)
    expect(spring[spring.indexOf('01:55') + 1]).toBe('02:30')
  })

  it('include a given time that is not on a step, and none of another night', () => {
    const odd = at('2026-01-16T03:02:10Z')
    const starts = startsIn({ site: saf, date: '2026-01-15' }, [odd, at('2026-01-20T03:02:10Z')])
    expect(starts.length).toBe(24 * 12 + 1)
    expect(formatClock(saf, starts[starts.indexOf(odd) - 1] ?? 0)).toBe('20:00')
  })

  it('end after the start, and at the next noon at the latest', () => {
    const night = { site: saf, date: '2026-01-15' }
    const ends = endsIn(night, at('2026-01-16T18:40Z'))
    expect(ends).toEqual(['18:45', '18:50', '18:55', '19:00'].map((time) => at(`2026-01-16T${time}Z`)))
    // In a later night than it starts in, from the first step of that.
    expect(endsIn({ site: saf, date: '2026-01-16' }, at('2026-01-16T18:40Z'))[0]).toBe(at('2026-01-16T19:05Z'))
  })
})

describe('the same site time in another night', () => {
  const nine = at('2026-03-07T04:00Z')

  it.each([
    ['2026-03-07', '2026-03-08T04:00Z'],
    ['2026-03-08', '2026-03-09T03:00Z'],
    ['2026-11-10', '2026-11-11T04:00Z'],
  ])('is 21:00 on %s', (date, expected) => {
    expect(sameLocalTimeIn({ site: saf, date }, nine)).toBe(at(expected))
  })

  it('follows a clock change', () => {
    const four = at('2026-03-06T11:00Z')
    expect(formatClock(saf, sameLocalTimeIn({ site: saf, date: '2026-03-07' }, four))).toBe('04:00')
    expect(formatClock(saf, sameLocalTimeIn({ site: saf, date: '2026-10-31' }, four))).toBe('04:00')
  })

  it('is an hour later if clocks skip it', () => {
    const halfPastTwo = at('2026-03-06T09:30Z')
    expect(formatClock(saf, sameLocalTimeIn({ site: saf, date: '2026-03-07' }, halfPastTwo))).toBe('03:30')
  })

  it('is never after the end of the night', () => {
    const night = { site: saf, date: '2026-03-08' }
    expect(sameLocalTimeIn(night, at('2026-03-07T19:00Z'), { site: saf, date: '2026-03-06' })).toBe(
      nightInterval(night).end,
    )
  })
})

it('has no night for a date that a time zone skipped, or that does not exist', () => {
  const apia = { ...saf, timeZone: 'Pacific/Apia' }
  expect([nightOfDate(apia, '2011-12-30'), nightOfDate(saf, '2026-02-30'), nightOfDate(saf, '')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(nightOfDate(apia, '2011-12-31')?.date).toBe('2011-12-31')
})

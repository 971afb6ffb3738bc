import { describe, expect, it } from 'vitest'
import { clockOf, dateOf, instantOnDate, nextAtClock, otherReading, parseClock } from '../../web/editor/clock-text.ts'
import { at, lordHowe, saf } from './sites.ts'

describe('a typed time', () => {
  it.each([
    ['23:15', '23:15'],
    [' 9:05 ', '09:05'],
    ['2315', '23:15'],
    ['9.05', '09:05'],
    ['9', '09:00'],
    ['11:15 pm', '23:15'],
    ['12:05 AM', '00:05'],
    ['12 p.m.', '12:00'],
    ['24:00', undefined],
    ['13 pm', undefined],
    ['12:60', undefined],
    ['', undefined],
    ['noon', undefined],
  ])('%j is %s', (text, expected) => {
    expect(parseClock(text)).toBe(expected)
  })
})

describe('the clocks of a site', () => {
  it('show a time on a civil date, also after midnight', () => {
    expect(instantOnDate(saf, '2026-11-27', '02:15')).toBe(at('2026-11-27T09:15Z'))
    expect(instantOnDate(saf, '2026-11-27', '22:15')).toBe(at('2026-11-28T05:15Z'))
    expect([clockOf(saf, at('2026-11-27T09:15Z')), dateOf(saf, at('2026-11-27T09:15Z'))]).toEqual([
      '02:15',
      '2026-11-27',
    ])
  })

  it('show none on a date that there is not, or that the zone skipped', () => {
    expect(instantOnDate(saf, '2026-02-30', '02:15')).toBeUndefined()
    expect(instantOnDate({ ...saf, timeZone: 'Pacific/Apia' }, '2011-12-30', '22:00')).toBeUndefined()
  })

  it('show it after the gap if they skip it', () => {
    expect(instantOnDate(saf, '2026-03-08', '02:30')).toBe(at('2026-03-08T09:30Z'))
  })

  it('show a time next on the same date or the next one', () => {
    const evening = at('2026-11-27T06:15Z')
    expect(nextAtClock(saf, evening, '23:30')).toBe(at('2026-11-27T06:30Z'))
    expect(nextAtClock(saf, evening, '01:15')).toBe(at('2026-11-27T08:15Z'))
    expect(nextAtClock(saf, evening, '23:15')).toBe(evening + 86_400)
  })

  it('show a time twice where they are set back', () => {
    const [first, second] = [at('2026-11-01T07:15Z'), at('2026-11-01T08:15Z')]
    expect([otherReading(saf, first), otherReading(saf, second)]).toEqual([second, first])
    expect(otherReading(saf, at('2026-11-01T06:15Z'))).toBeUndefined()
    const [early, late] = [at('2026-04-04T14:45Z'), at('2026-04-04T15:15Z')]
    expect([otherReading(lordHowe, early), otherReading(lordHowe, late)]).toEqual([late, early])
    expect(nextAtClock(saf, at('2026-11-01T06:00Z'), '01:15')).toBe(first)
  })
})

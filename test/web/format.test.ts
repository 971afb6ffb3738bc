import { describe, expect, it } from 'vitest'
import { PRIORITIES } from '../../src/domain/reservation.ts'
import {
  formatClock,
  formatKind,
  formatLength,
  formatNights,
  formatNight,
  formatPriority,
  formatSpan,
  formatTimes,
  formatUtc,
} from '../../web/format.ts'
import { at, lordHowe, saf, spanOf } from './sites.ts'

describe('times in words', () => {
  it.each([
    [0, '0 min'],
    [1800, '30 min'],
    [3600, '1 h'],
    [5400, '1 h 30 min'],
    [5415, '1 h 30 min 15 s'],
    [86_400, '1 day'],
    [3 * 86_400 + 5 * 3600, '3 days 5 h'],
  ])('%d seconds are %s', (seconds, expected) => {
    expect(formatLength(seconds)).toBe(expected)
  })

  it('names a night by its weekday and date', () => {
    expect(formatNight('2026-03-06')).toBe('Friday 6 March 2026')
    expect(formatNight('2028-02-29')).toBe('Tuesday 29 February 2028')
  })

  it('formats site time', () => {
    expect(formatTimes(saf, spanOf('2026-03-07T04:00Z', '2026-03-07T07:30Z'))).toBe('21:00 to 00:30')
    expect(formatTimes(lordHowe, spanOf('2026-06-01T10:30Z', '2026-06-01T11:00:20Z'))).toBe('21:00 to 21:30:20')
  })

  it.each([
    ['America/Denver', '2026-11-01T06:55Z', '00:55'],
    ['America/Denver', '2026-11-01T07:00Z', '01:00 (UTC−6)'],
    ['America/Denver', '2026-11-01T07:55Z', '01:55 (UTC−6)'],
    ['America/Denver', '2026-11-01T08:00Z', '01:00 (UTC−7)'],
    ['America/Denver', '2026-11-01T08:55Z', '01:55 (UTC−7)'],
    ['America/Denver', '2026-11-01T09:00Z', '02:00'],
    ['Australia/Lord_Howe', '2026-04-04T14:25Z', '01:25'],
    ['Australia/Lord_Howe', '2026-04-04T14:45Z', '01:45 (UTC+11)'],
    ['Australia/Lord_Howe', '2026-04-04T15:15Z', '01:45 (UTC+10:30)'],
    ['Australia/Lord_Howe', '2026-04-04T15:30Z', '02:00'],
    // When the clocks go forward, no time is shown twice.
    ['America/Denver', '2026-03-08T08:55Z', '01:55'],
    ['America/Denver', '2026-03-08T09:00Z', '03:00'],
  ])('in %s at %s the clock shows %s', (timeZone, instant, expected) => {
    expect(formatClock({ timeZone }, at(instant))).toBe(expected)
  })

  it('names the night by its evening, also after midnight and up to noon', () => {
    expect(formatSpan(saf, spanOf('2026-03-07T08:00Z', '2026-03-07T09:30Z'))).toBe(
      '01:00 to 02:30, night of 2026-03-06',
    )
    expect(formatSpan(saf, spanOf('2026-03-06T19:00Z', '2026-03-07T19:00Z'))).toBe(
      '12:00 to 12:00, night of 2026-03-06',
    )
    expect(formatNights(saf, spanOf('2026-03-07T08:00Z', '2026-03-07T09:30Z'))).toBe('Night of Friday 6 March 2026')
  })

  it('names both nights if it ends in a later one', () => {
    const closure = spanOf('2026-03-06T19:00Z', '2026-03-09T18:05Z')
    expect(formatSpan(saf, closure)).toBe('12:00, night of 2026-03-06, to 12:05, night of 2026-03-09')
    expect(formatNights(saf, closure)).toBe('Night of Friday 6 March 2026 to night of Monday 9 March 2026')
  })

  it('formats UTC with the second date only if it is another', () => {
    expect(formatUtc(spanOf('2026-03-07T04:00Z', '2026-03-07T07:30Z'))).toBe('2026-03-07 04:00 to 07:30 UTC')
    expect(formatUtc(spanOf('2026-03-07T23:00Z', '2026-03-08T01:00Z'))).toBe('2026-03-07 23:00 to 2026-03-08 01:00 UTC')
  })
})

it('formats kinds and priorities', () => {
  expect([formatKind('realtime'), formatKind('project'), formatKind('maintenance')]).toEqual([
    'real-time session',
    'project session',
    'maintenance',
  ])
  expect(PRIORITIES.map(formatPriority)).toEqual(['Standard', 'Low priority', 'Background', 'Time critical'])
})

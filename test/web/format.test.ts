import { describe, expect, it, onTestFinished } from 'vitest'
import { PRIORITIES } from '../../src/domain/reservation.ts'
import {
  followHabitOf,
  formatClock,
  formatHourMark,
  formatMark,
  formatMinute,
  formatMinutes,
} from '../../web/format/clock.ts'
import { formatCivil, formatNight } from '../../web/format/date.ts'
import { formatKind, formatPriority } from '../../web/format/kind.ts'
import { formatDistance, formatLength } from '../../web/format/length.ts'
import { formatMoment, formatOwn, formatOwnSpan, formatRange, formatSpan, nightsOf } from '../../web/format/span.ts'
import { directionOf, isolate } from '../../web/bidi.ts'
import { differsFromOwn, zoneName, UTC } from '../../web/own-zone.ts'
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

  it('tells an end that clocks alone do not with its weekday', () => {
    const from = (start: string, end: string) => formatRange(saf, spanOf(start, end))
    expect(from('2026-11-27T03:15Z', '2026-11-27T05:30Z')).toBe('20:15–22:30')
    expect(from('2026-11-26T19:00Z', '2026-11-27T15:00Z')).toBe('12:00–08:00')
    expect(from('2026-11-26T19:00Z', '2026-11-27T19:00Z')).toBe('Thu 12:00 – Fri 12:00')
  })

  it('formats site time', () => {
    expect(formatClock(saf, at('2026-03-07T04:00Z'))).toBe('21:00')
    expect(formatClock(saf, at('2026-03-07T07:30Z'))).toBe('00:30')
    expect(formatClock(lordHowe, at('2026-06-01T10:30Z'))).toBe('21:00')
    expect(formatClock(lordHowe, at('2026-06-01T11:00:20Z'))).toBe('21:30:20')
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

  it('names the night by its evening, also after midnight', () => {
    const afterMidnight = spanOf('2026-03-07T08:00Z', '2026-03-07T09:30Z')
    expect(nightsOf(saf, afterMidnight)).toEqual({ first: '2026-03-06', last: '2026-03-06' })
    const closure = spanOf('2026-03-06T19:00Z', '2026-03-09T18:05Z')
    expect(nightsOf(saf, closure)).toEqual({ first: '2026-03-06', last: '2026-03-09' })
  })

  it('gives instants their civil date, also after midnight', () => {
    expect(formatMoment(saf, at('2026-11-27T09:15Z'))).toBe('Fri 27 Nov 02:15')
    expect(formatSpan(saf, spanOf('2026-11-27T05:30Z', '2026-11-27T06:15Z'))).toBe('Thu 26 Nov 22:30–23:15')
    expect(formatSpan(saf, spanOf('2026-11-27T06:15Z', '2026-11-27T08:15Z'))).toBe(
      'Thu 26 Nov 23:15 – Fri 27 Nov 01:15',
    )
    expect(formatSpan(saf, spanOf('2026-12-22T19:00Z', '2026-12-23T19:00Z'))).toBe(
      'Tue 22 Dec 12:00 – Wed 23 Dec 12:00',
    )
  })

  it('adds the year of a date that is more than half a year away', () => {
    const [now, far] = [at('2026-11-27T09:15Z'), at('2027-06-20T05:00Z')]
    expect([formatCivil(saf, now, now), formatCivil(saf, far, now)]).toEqual(['Fri 27 Nov', 'Sat 19 Jun 2027'])
    expect(formatSpan(saf, { start: far, end: far + 2 * 3600 }, now)).toBe(
      'Sat 19 Jun 2027 23:00 – Sun 20 Jun 2027 01:00',
    )
  })

  it.each([
    [0, 'now'],
    [48 * 60, 'in 48 min'],
    [93 * 60, 'in 1 h 33 min'],
    [86_400 + 3600, 'in 1 day 1 h'],
    [3 * 86_400 + 7000, 'in 3 days'],
    [-300, '5 min ago'],
  ])('%d seconds from now are %s', (seconds, expected) => {
    expect(formatDistance(seconds, 0)).toBe(expected)
  })

  it.each([
    ['en-GB', '22:30', '00:05'],
    ['de', '22:30', '00:05'],
    ['en-US', '10:30 pm', '12:05 am'],
  ])('shows hours as is usual in %s', (language, evening, midnight) => {
    onTestFinished(() => void followHabitOf('en-GB'))
    followHabitOf(language)
    expect(formatClock(saf, at('2026-11-27T05:30Z'))).toBe(evening)
    expect(formatClock(saf, at('2026-11-27T07:05Z'))).toBe(midnight)
  })

  it.each([
    ['en-GB', ['18:00', '18:21', '18:21–05:21', '01:00']],
    ['en-US', ['6 pm', '6:21 pm', '6:21 pm–5:21 am', '01:00']],
  ])(
    'shows axes, and the nearest minute of Sun and Moon, as is usual in %s, but UTC with 24 hours',
    (language, shown) => {
      onTestFinished(() => void followHabitOf('en-GB'))
      followHabitOf(language)
      const dark = { start: at('2026-11-27T01:20:40Z'), end: at('2026-11-27T12:21:20Z') }
      const six = at('2026-11-27T01:00Z')
      expect([
        formatHourMark(saf, six),
        formatMinute(saf, dark.start),
        formatMinutes(saf, dark),
        formatHourMark(UTC, six),
      ]).toEqual(shown)
      expect([formatClock(UTC, six), formatClock({ timeZone: 'Etc/UTC' }, six)]).toEqual(['01:00', '01:00'])
    },
  )

  it('shows the marks of a repeated hour alike', () => {
    expect([at('2026-11-01T07:30Z'), at('2026-11-01T08:30Z')].map((one) => formatMark(saf, one))).toEqual([
      '01:30',
      '01:30',
    ])
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

describe("the reader's own time", () => {
  it("is that of the browser's zone", () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
    const instant = at('2026-11-27T05:30Z')
    expect(formatOwn(instant)).toBe(`Fri ${formatClock({ timeZone }, instant)}`)
    expect(formatOwnSpan({ start: instant, end: instant + 3600 })).toBe(
      formatSpan({ timeZone }, { start: instant, end: instant + 3600 }),
    )
    expect(differsFromOwn({ timeZone }, instant)).toBe(false)
  })

  it.each([
    ['Europe/Berlin', 'Berlin'],
    ['America/Argentina/Buenos_Aires', 'Buenos Aires'],
    ['Etc/UTC', 'UTC'],
    ['UTC', 'UTC'],
  ])('%s is the zone of %s', (timeZone, place) => {
    expect(zoneName({ timeZone })).toBe(place)
  })
})

it.each([
  ['M51', undefined],
  ['M31 עברית', undefined],
  ['مرصد السماء', 'rtl'],
  ['2 עברית M31', 'rtl'],
  ['', undefined],
])('cuts the end off “%s”, with the direction %s', (name, direction) => expect(directionOf(name)).toBe(direction))

it('isolates names of the other direction, and those alone', () => {
  expect(isolate('Ada Lovelace')).toBe('Ada Lovelace')
  expect(isolate('עדה 12')).toBe('\u2068עדה 12\u2069')
  expect(isolate('a\u202Eb\u2069c')).toBe('\u2068abc\u2069')
})

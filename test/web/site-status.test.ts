import { describe, expect, it } from 'vitest'
import type { Reservation } from '../../src/domain/reservation.ts'
import { statusAt, formatStatus } from '../../web/calendar/site-status.ts'
import { at, reserved, saf } from './sites.ts'

/** A time in Denver in the night of 2026-03-14, in UTC: six hours later. */
const time = (local: string): string => {
  const hour = Number(local.slice(0, 2))
  return new Date(Date.parse(`2026-03-${hour < 12 ? 15 : 14}T${local}Z`) + 6 * 3_600_000).toISOString()
}
const from = (start: string, end: string, other: Partial<Reservation> = {}) => reserved(time(start), time(end), other)
const byBo = { observer: 'bo', creator: 'Bo' }
const maintenance = { observer: 'grace', kind: 'maintenance' } as const

const statusText = (now: string, ...reservations: Reservation[]) => {
  const instant = at(time(now))
  return formatStatus(saf, statusAt(reservations, 'ada', instant), instant)
}

describe('the telescope now', () => {
  it.each([
    ['free with nothing to come', '22:00', [], 'Free for the rest of the night'],
    ['free after what has just ended', '22:00', [from('21:00', '22:00')], 'Free for the rest of the night'],
    ['free until the next begins', '22:00', [from('02:00', '03:00'), from('23:15', '23:45', byBo)], 'Free until 23:15'],
    ["someone else's", '22:00', [from('21:00', '23:15', byBo)], 'Reserved until 23:15'],
    ["someone else's from its first second", '21:00', [from('21:00', '23:15', byBo)], 'Reserved until 23:15'],
    [
      "others' back to back",
      '22:00',
      [from('21:00', '23:15', byBo), from('23:15', '23:45', { observer: 'cleo' })],
      'Reserved until 23:45',
    ],
    [
      "others' up to one's own",
      '22:00',
      [from('21:00', '23:15', byBo), from('23:15', '23:45')],
      'Reserved until 23:15',
    ],
    ['maintenance', '22:00', [from('21:00', '23:15', maintenance)], 'Maintenance until 23:15'],
    [
      "maintenance across one's own",
      '22:00',
      [from('21:00', '23:00'), from('21:30', '22:30', maintenance)],
      'Maintenance until 22:30',
    ],
    ["one's own", '22:04', [from('21:00', '22:30')], 'Reserved for you, 0h 26m left'],
    [
      "one's own back to back, in any order",
      '22:04',
      [from('22:30', '00:30'), from('21:00', '22:30')],
      'Reserved for you, 2h 26m left',
    ],
    [
      "one's own across each other",
      '22:04',
      [from('21:00', '23:30'), from('21:30', '22:30')],
      'Reserved for you, 1h 26m left',
    ],
    [
      "one's own with a gap",
      '22:04',
      [from('21:00', '22:30'), from('22:31', '23:30')],
      'Reserved for you, 0h 26m left',
    ],
    [
      "one's own across another's",
      '22:04',
      [from('21:00', '22:30'), from('20:00', '23:30', byBo)],
      'Reserved for you, 0h 26m left',
    ],
    ['the last minute', '22:29:10', [from('21:00', '22:30')], 'Reserved for you, 0h 01m left'],
  ] as const)('is %s', (_, now, reservations, expected) => {
    expect(statusText(now, ...reservations)).toBe(expected)
  })

  it('names the night if it lasts for days', () => {
    const closed = reserved(time('20:00'), '2026-03-20T16:00Z', maintenance)
    expect(statusText('22:00', closed)).toBe('Maintenance until 10:00, night of Thursday 19 March 2026')
  })

  it("is never the caller's own for an anonymous caller", () => {
    const [now, one] = [at(time('22:00')), from('21:00', '23:00')]
    expect(statusAt([one], undefined, now)).toEqual({ state: 'reserved', until: one.end })
  })
})

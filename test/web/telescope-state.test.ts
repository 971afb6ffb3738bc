import { describe, expect, it } from 'vitest'
import type { Reservation } from '../../src/domain/reservation.ts'
import { formatTelescopeState, stateParts, telescopeStateAt } from '../../web/frame/telescope-state.ts'
import { at, reserved, saf } from './sites.ts'

/** A time in Denver in the night of 2026-03-14, in UTC: six hours later. It is dark from about 20:35 to 05:45. */
const time = (local: string): string => {
  const hour = Number(local.slice(0, 2))
  return new Date(Date.parse(`2026-03-${hour < 12 ? 15 : 14}T${local}Z`) + 6 * 3_600_000).toISOString()
}
const from = (start: string, end: string, other: Partial<Reservation> = {}) => reserved(time(start), time(end), other)
const byBo = { observer: 'bo', creator: 'Bo' }
const maintenance = { observer: 'grace', kind: 'maintenance', title: 'Roof' } as const

const stateText = (now: string, ...reservations: Reservation[]) => {
  const instant = at(time(now))
  return formatTelescopeState(saf, telescopeStateAt(saf, reservations, 'ada', instant), instant)
}

describe('the telescope now', () => {
  it.each([
    ['free until dawn', '22:00', [], /^Free and dark until 05:\d\d/],
    ['free after what has just ended', '22:00', [from('21:00', '22:00')], /^Free and dark until 05:\d\d/],
    [
      'free until the next begins',
      '22:00',
      [from('02:00', '03:00'), from('23:15', '23:45', byBo)],
      'Free and dark until 23:15',
    ],
    ['in daylight, not free for the night', '11:29', [], /^Daylight until 19:\d\d/],
    ['in daylight in the afternoon', '14:00', [from('23:00', '23:30')], /^Daylight until 19:\d\d/],
    ['in the evening twilight', '19:45', [], /^Twilight until 20:\d\d/],
    ['in the morning twilight', '06:20', [], /^Twilight until 07:\d\d/],
    ["someone else's", '22:00', [from('21:00', '23:15', byBo)], 'In use by Bo until 23:15'],
    ["someone else's from its first second", '21:00', [from('21:00', '23:15', byBo)], 'In use by Bo until 23:15'],
    ["someone else's, also by day", '14:00', [from('13:00', '15:15', byBo)], 'In use by Bo until 15:15'],
    [
      "one other's back to back",
      '22:00',
      [from('21:00', '23:15', byBo), from('23:15', '23:45', byBo)],
      'In use by Bo until 23:45',
    ],
    [
      "others' back to back",
      '22:00',
      [from('21:00', '23:15', byBo), from('23:15', '23:45', { observer: 'cleo' })],
      'In use by Bo until 23:15',
    ],
    ['closed', '22:00', [from('21:00', '23:15', maintenance)], 'Closed until 23:15'],
    [
      "closed across one's own",
      '22:00',
      [from('21:00', '23:00'), from('21:30', '22:30', maintenance)],
      'Closed until 22:30',
    ],
    ["one's own", '22:04', [from('21:00', '22:30')], 'Yours until 22:30'],
    [
      "one's own back to back, in any order",
      '22:04',
      [from('22:30', '00:30'), from('21:00', '22:30')],
      'Yours until 00:30',
    ],
    ["one's own across each other", '22:04', [from('21:00', '23:30'), from('21:30', '22:30')], 'Yours until 23:30'],
    ["one's own with a gap", '22:04', [from('21:00', '22:30'), from('22:31', '23:30')], 'Yours until 22:30'],
    [
      "one's own across another's",
      '22:04',
      [from('21:00', '22:30'), from('20:00', '23:30', byBo)],
      'Yours until 22:30',
    ],
  ] as const)('is %s', (_, now, reservations, expected) => {
    expect(stateText(now, ...reservations)).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    )
  })

  it('names the civil date if it lasts for days', () => {
    const closed = reserved(time('20:00'), '2026-03-20T16:00Z', maintenance)
    expect(stateText('22:00', closed)).toBe('Closed until Fri 20 Mar 10:00')
  })

  it('says why it is closed, and who follows', () => {
    const now = at(time('22:00'))
    expect(telescopeStateAt(saf, [from('21:00', '23:15', maintenance)], 'ada', now)).toMatchObject({ why: 'Roof' })
    expect(telescopeStateAt(saf, [from('23:00', '23:15', byBo)], 'ada', now)).toMatchObject({ next: 'Bo' })
  })

  it("is never the caller's own for an anonymous caller", () => {
    const [now, one] = [at(time('22:00')), from('21:00', '23:00')]
    expect(telescopeStateAt(saf, [one], undefined, now)).toMatchObject({ state: 'in-use', until: one.end })
  })

  it('changes its words only when the telescope does something else', () => {
    const one = from('21:00', '23:00')
    expect(new Set(['21:00', '21:37', '22:04', '22:59'].map((now) => stateText(now, one))).size).toBe(1)
  })

  it('is told a phone without the verb', () => {
    const now = at(time('22:00'))
    const state = telescopeStateAt(saf, [from('21:00', '23:15', byBo)], 'ada', now)
    expect(stateParts(saf, state, now, true)).toEqual(['Bo', 'until 23:15'])
  })
})

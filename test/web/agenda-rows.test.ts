import { describe, expect, it } from 'vitest'
import type { Reservation } from '../../src/domain/reservation.ts'
import { clockAt } from '../../src/sky/zone.ts'
import { agendaNight, type AgendaRow } from '../../web/agenda/agenda-rows.ts'
import { at, reserved, saf } from './sites.ts'

/** In Denver, six hours behind UTC. It is dark from 20:40 to 05:45. */
const time = (local: string): string => {
  const hour = Number(local.slice(0, 2))
  return new Date(Date.parse(`2026-03-${hour < 12 ? 15 : 14}T${local}Z`) + 6 * 3_600_000).toISOString()
}
const from = (start: string, end: string, title: string, other: Partial<Reservation> = {}) =>
  reserved(time(start), time(end), { title, ...other })
const night = { site: saf, date: '2026-03-14' }

const clock = (instant: number) => clockAt(saf.timeZone, instant).time.slice(0, 5)
const written = (one: AgendaRow): string => {
  if (one.row === 'reservation') return one.reservation.title
  if (one.row === 'free') return `free ${clock(one.during.start)}–${clock(one.during.end)}`
  return `${one.row} ${clock(one.start)}`
}
const all = (reservations: Reservation[], now: string, more: object = {}) =>
  agendaNight({ night, reservations, isShown: () => true, withFree: true, now: at(time(now)), isFirst: false, ...more })
const rowsOf = (...given: Parameters<typeof all>) => all(...given).rows.map(written)

describe('the agenda of a night', () => {
  const evening = from('20:00', '22:00', 'A')
  const late = from('01:00', '05:50', 'B')

  it('lists reservations and free dark time by time, with the civil date after midnight', () => {
    expect(rowsOf([late, evening], '13:00')).toEqual(['now 13:00', 'A', 'free 22:00–01:00', 'date 01:00', 'B'])
  })

  it('has the present between what has begun and what is to come', () => {
    expect(rowsOf([evening, late], '21:30')).toEqual(['A', 'now 21:30', 'free 22:00–01:00', 'date 01:00', 'B'])
    expect(rowsOf([evening, late], '23:31')).toEqual(['now 23:31', 'free 23:35–01:00', 'date 01:00', 'B'])
  })

  it('sets aside what is over', () => {
    expect(all([evening, late], '22:00').past.map(written)).toEqual(['A'])
  })

  it('offers no free time of less than a quarter of an hour', () => {
    expect(rowsOf([evening, from('22:14', '05:40', 'C')], '13:00')).toEqual(['now 13:00', 'A', 'C'])
  })

  it('takes time for what is not shown as well', () => {
    const isShown = ({ title }: Reservation) => title === 'B'
    expect(rowsOf([evening, late], '13:00', { isShown })).toEqual(['now 13:00', 'free 22:00–01:00', 'date 01:00', 'B'])
    expect(rowsOf([evening, late], '13:00', { isShown, withFree: false })).toEqual(['now 13:00', 'date 01:00', 'B'])
  })

  it('lists what began in an earlier night only in the first that is shown', () => {
    const closure = reserved('2026-03-10T12:00Z', '2026-03-20T12:00Z', { title: 'Roof', kind: 'maintenance' })
    expect(rowsOf([closure], '13:00')).toEqual(['now 13:00'])
    expect(rowsOf([closure], '13:00', { isFirst: true })).toEqual(['Roof', 'now 13:00'])
  })
})

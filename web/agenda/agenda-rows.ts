import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { clockAt, nightInterval } from '../../src/sky/zone.ts'
import { offeredTimes } from '../frame/offered-times.ts'

/** A line of the agenda: a reservation, free dark time, the civil date after a midnight, or the present. */
export type AgendaRow =
  | { readonly row: 'reservation'; readonly start: Instant; readonly reservation: Reservation }
  | { readonly row: 'free'; readonly start: Instant; readonly during: Interval }
  | { readonly row: 'date'; readonly start: Instant }
  | { readonly row: 'now'; readonly start: Instant }

/** The lines of one night. */
export interface AgendaNight {
  readonly night: Night
  /** What is over. */
  readonly past: readonly AgendaRow[]
  readonly rows: readonly AgendaRow[]
}

/** What an agenda is made from. */
export interface AgendaContents {
  readonly night: Night
  /** Those that overlap the night, or more. */
  readonly reservations: readonly Reservation[]
  /** Whether a reservation is shown; what is not shown takes time all the same. */
  readonly isShown: (reservation: Reservation) => boolean
  /** Whether free time is shown. */
  readonly withFree: boolean
  readonly now: Instant
}

/** The lines of a night by time. A reservation is listed in the night in which it begins, and at the start of the first that is shown. */
export function agendaNight(contents: AgendaContents & { readonly isFirst: boolean }): AgendaNight {
  const { night, reservations, isShown, withFree, now, isFirst } = contents
  const { start, end } = nightInterval(night)
  const inside = reservations.filter((one) => one.end > start && one.start < end && (isFirst || one.start >= start))
  const rows: AgendaRow[] = inside
    .filter(isShown)
    .map((reservation) => ({ row: 'reservation' as const, start: reservation.start, reservation }))
  if (withFree) rows.push(...offeredTimes(night, reservations, now).map(freeRow))
  const isPast = (one: AgendaRow) => one.row === 'reservation' && one.reservation.end <= now
  const ahead = rows.filter((one) => !isPast(one)).toSorted(byStart)
  const isNow = start <= now && now < end
  return {
    night,
    past: rows.filter(isPast).toSorted(byStart),
    rows: withDates(night, withNow(ahead, isNow ? now : undefined)),
  }
}

const freeRow = (during: Interval): AgendaRow => ({ row: 'free', start: during.start, during })

const byStart = (a: AgendaRow, b: AgendaRow): number => a.start - b.start

/** With the present between what has begun and what is to come. */
function withNow(rows: readonly AgendaRow[], now: Instant | undefined): AgendaRow[] {
  if (now === undefined) return [...rows]
  const begun = rows.filter(({ row, start }) => row !== 'free' && start <= now)
  return [...begun, { row: 'now', start: now }, ...rows.filter((one) => !begun.includes(one))]
}

/** With the civil date before the first line after each midnight of the site. */
function withDates({ site, date }: Night, rows: readonly AgendaRow[]): AgendaRow[] {
  let last = date
  return rows.flatMap((one): AgendaRow[] => {
    const shown = clockAt(site.timeZone, one.start).date
    if (one.row === 'now' || shown <= last) return [one]
    last = shown
    return [{ row: 'date', start: one.start }, one]
  })
}

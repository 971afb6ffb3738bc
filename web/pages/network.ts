import { DAY, MAX_INSTANT, MIN_INSTANT, HOUR, type Instant, type Interval, durationOf, overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Band, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt, nightInterval } from '../../src/sky/zone.ts'
import { formatClock, formatKind, formatNight, formatUtc } from '../format.ts'

/** What has just been is shown as well. */
const PAST = 2 * HOUR

/** Years in which every night can be worked out. */
const FIRST = MIN_INSTANT + 2 * 366 * DAY
const LAST = MAX_INSTANT - 2 * 366 * DAY

/** The time axis: from where the address says, or else from the full hour two hours before now. */
export function windowAt(from: Instant | undefined, now: Instant, length: number): Interval {
  const start = from === undefined ? now - (now % HOUR) - PAST : Math.min(Math.max(from, FIRST), LAST)
  return { start, end: start + length }
}

/** The full hours of UTC in a window. */
export function hoursIn({ start, end }: Interval): Instant[] {
  const first = Math.ceil(start / HOUR) * HOUR
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / HOUR)) }, (_, index) => first + index * HOUR)
}

/** How an hour is written on the axis: as `20:00`, and as `15 Mar` where a day begins. Not odd hours, nor where there is no room. */
export function formatHour(at: Instant, { end }: Interval): string | undefined {
  if (end - at < 1.5 * HOUR) return undefined
  if (at % DAY === 0) return formatNight(dateOf(at)).replace(/^\S+ (\d+ \S{3}).*$/, '$1')
  return at % (2 * HOUR) === 0 ? formatClock(UTC, at) : undefined
}

/** `Saturday 14 March 2026 18:00 to Sunday 15 March 2026 18:00 UTC` */
export const formatWindow = ({ start, end }: Interval): string => `${formatMoment(start)} to ${formatMoment(end)} UTC`

const formatMoment = (at: Instant): string => `${formatNight(dateOf(at))} ${formatClock(UTC, at)}`
const dateOf = (at: Instant): string => new Date(at * 1000).toISOString().slice(0, 10)
const UTC = { timeZone: 'UTC' }

/** Where an interval lies in a window, in percent; undefined where it does not. */
export function positionIn(window: Interval, during: Interval): { left: number; width: number } | undefined {
  if (!overlaps(window, during)) return undefined
  const percent = (at: Instant) => (100 * (Math.min(Math.max(at, window.start), window.end) - window.start)) / durationOf(window)
  return { left: percent(during.start), width: percent(during.end) - percent(during.start) }
}

/** How light it is over a site through a window, in order, touching: across noons as within nights. */
export function lightsIn(site: Site, window: Interval): Band[] {
  const bands: Band[] = []
  for (let night = nightAt(site, window.start); nightInterval(night).start < window.end; night = nextNight(night)) {
    for (const { start, end, light } of twilight(night).filter((band) => overlaps(band, window))) {
      const last = bands.at(-1)
      const part = { start: Math.max(start, window.start), end: Math.min(end, window.end), light }
      if (last?.light === light) bands[bands.length - 1] = { ...part, start: last.start }
      else bands.push(part)
    }
  }
  return bands
}

/** A reservation's place among those that overlap it: one of so many lanes. */
export interface LanedReservation {
  readonly reservation: Reservation
  readonly lane: number
  readonly lanes: number
}

/** Reservations by start, each in a lane of its own where they overlap, and over the whole height where they do not. */
export function inLanes(reservations: readonly Reservation[]): LanedReservation[] {
  const groups: Reservation[][] = []
  let end = -Infinity
  for (const reservation of reservations.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (reservation.start < end) groups.at(-1)?.push(reservation)
    else groups.push([reservation])
    end = Math.max(end, reservation.end)
  }
  return groups.flatMap(lanesOf)
}

/** Each of a group that hangs together into the first lane that is free by then. */
function lanesOf(group: readonly Reservation[]): LanedReservation[] {
  const ends: Instant[] = []
  const placed = group.map((reservation) => {
    const free = ends.findIndex((end) => end <= reservation.start)
    const lane = free < 0 ? ends.length : free
    ends[lane] = reservation.end
    return { reservation, lane }
  })
  return placed.map((one) => ({ ...one, lanes: ends.length }))
}

/** `saf: M51 LRGB: project session of Ada Lovelace, 04:00 to 07:30 UTC`; what lasts a day or longer names its dates. */
export function reservationName(reservation: Reservation, own: boolean): string {
  const { site, title, kind, creator, start, end } = reservation
  const times = durationOf(reservation) < DAY ? `${formatClock(UTC, start)} to ${formatClock(UTC, end)} UTC` : formatUtc(reservation)
  return `${site}: ${title}: ${formatKind(kind)} of ${creator}, ${times}${own ? ', yours' : ''}`
}

/** `Dark from 02:35 to 11:49 UTC.`, for who does not see it drawn. */
export function formatDarkness(bands: readonly Band[]): string {
  const dark = bands.filter(({ light }) => light === 'dark')
  if (dark.length === 0) return 'Never dark in this time.'
  const toMinute = (at: Instant) => formatClock(UTC, at - (at % 60))
  return `Dark from ${dark.map(({ start, end }) => `${toMinute(start)} to ${toMinute(end)}`).join(' and from ')} UTC.`
}

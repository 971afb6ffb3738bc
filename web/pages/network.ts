import {
  DAY,
  MAX_INSTANT,
  MIN_INSTANT,
  HOUR,
  type Instant,
  type Interval,
  durationOf,
  overlaps,
} from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Band, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt, nightInterval } from '../../src/sky/zone.ts'
import { formatClock, formatKind, formatNight, formatUtc } from '../format.ts'

/** How long before now the time axis begins, in seconds. */
const PAST_SECONDS = 2 * HOUR

/** The range in which every night can be calculated. */
const FIRST = MIN_INSTANT + 2 * 366 * DAY
const LAST = MAX_INSTANT - 2 * 366 * DAY

/** The interval of the time axis: `length` seconds from `from`, or else from the full hour two hours before now. */
export function windowAt(from: Instant | undefined, now: Instant, length: number): Interval {
  const start = from === undefined ? now - (now % HOUR) - PAST_SECONDS : Math.min(Math.max(from, FIRST), LAST)
  return { start, end: start + length }
}

/** The instants in a window that are full hours in UTC. */
export function hoursIn({ start, end }: Interval): Instant[] {
  const first = Math.ceil(start / HOUR) * HOUR
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / HOUR)) }, (_, index) => first + index * HOUR)
}

/** The axis label of an hour: `20:00`, or `15 Mar` at midnight; none for every second hour and near the end of the window. */
export function formatHour(at: Instant, { end }: Interval): string | undefined {
  if (end - at < 1.5 * HOUR) return undefined
  if (at % DAY === 0) return formatNight(dateOf(at)).replace(/^\S+ (\d+ \S{3}).*$/, '$1')
  return at % (2 * HOUR) === 0 ? formatClock(UTC, at) : undefined
}

/** `Saturday 14 March 2026 18:00 to Sunday 15 March 2026 18:00 UTC`. */
export const formatWindow = ({ start, end }: Interval): string => `${formatMoment(start)} to ${formatMoment(end)} UTC`

const formatMoment = (at: Instant): string => `${formatNight(dateOf(at))} ${formatClock(UTC, at)}`
const dateOf = (at: Instant): string => new Date(at * 1000).toISOString().slice(0, 10)
const UTC = { timeZone: 'UTC' }

/** The position of an interval on the time axis, in percent of its width; undefined if it is outside the window. */
export function positionIn(window: Interval, during: Interval): { left: number; width: number } | undefined {
  if (!overlaps(window, during)) return undefined
  const percent = (at: Instant) =>
    (100 * (Math.min(Math.max(at, window.start), window.end) - window.start)) / durationOf(window)
  return { left: percent(during.start), width: percent(during.end) - percent(during.start) }
}

/** The reservations at a telescope, and the closures of its enclosure. */
export const reservationsAt = ({ code, wema }: Site, reservations: readonly Reservation[]): Reservation[] =>
  reservations.filter(({ site, kind }) => site === code || (site === wema && kind === 'maintenance'))

/** The bands of light at a site that cover a window without gaps, in order. */
export function lightBandsIn(site: Site, window: Interval): Band[] {
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

/** A reservation, its lane, and the number of lanes that it shares the row with. */
export interface LanedReservation {
  readonly reservation: Reservation
  readonly lane: number
  readonly lanes: number
}

/** Assigns lanes so that no two overlapping reservations share one. The result is sorted by start. */
export function assignLanes(reservations: readonly Reservation[]): LanedReservation[] {
  const groups: Reservation[][] = []
  let end = -Infinity
  for (const reservation of reservations.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (reservation.start < end) groups.at(-1)?.push(reservation)
    else groups.push([reservation])
    end = Math.max(end, reservation.end)
  }
  return groups.flatMap(lanesOf)
}

/** Puts each reservation of a group into the first lane that is free at its start. */
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

/** `saf: M51 LRGB: project session of Ada Lovelace, 04:00 to 07:30 UTC`; with dates if it lasts a day or longer. */
export function reservationName(reservation: Reservation, own: boolean): string {
  const { site, title, kind, creator, start, end } = reservation
  const times =
    durationOf(reservation) < DAY
      ? `${formatClock(UTC, start)} to ${formatClock(UTC, end)} UTC`
      : formatUtc(reservation)
  return `${site}: ${title}: ${formatKind(kind)} of ${creator}, ${times}${own ? ', yours' : ''}`
}

/** `Dark from 02:35 to 11:49 UTC.`, for screen readers. */
export function formatDarkness(bands: readonly Band[]): string {
  const dark = bands.filter(({ light }) => light === 'dark')
  if (dark.length === 0) return 'Never dark in this time.'
  const toMinute = (at: Instant) => formatClock(UTC, at - (at % 60))
  return `Dark from ${dark.map(({ start, end }) => `${toMinute(start)} to ${toMinute(end)}`).join(' and from ')} UTC.`
}

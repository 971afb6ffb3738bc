import { type Instant, type Interval, mergeIntervals } from '../../src/domain/interval.ts'
import type { ObserverId } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Light, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt } from '../../src/sky/zone.ts'
import { formatClock, nearestMinute } from '../format/clock.ts'
import { CLOCK_ALONE, formatMoment } from '../format/span.ts'
import { isolate } from '../bidi.ts'

/** What a telescope is doing now. */
export type TelescopeState =
  | { readonly state: 'closed'; readonly until: Instant; readonly why: string }
  | { readonly state: 'in-use'; readonly until: Instant; readonly by: string }
  | { readonly state: 'yours'; readonly until: Instant }
  /** `until` is undefined if nothing is reserved until the end of the night, `next` is who follows. */
  | { readonly state: 'free'; readonly until: Instant | undefined; readonly next: string | undefined }
  /** `until` is undefined if it does not end within a day. */
  | { readonly state: 'twilight' | 'daylight'; readonly until: Instant | undefined }

/** The state at `now`, from the reservations that overlap the night. Those that follow each other without a gap count as one. */
export function telescopeStateAt(
  site: Site,
  reservations: readonly Reservation[],
  caller: ObserverId | undefined,
  now: Instant,
): TelescopeState {
  const running = reservations.filter(({ start, end }) => start <= now && now < end)
  // Reservations may overlap. Maintenance comes first, since it blocks all observers, then the caller's own.
  const closure = running.find(({ kind }) => kind === 'maintenance')
  if (closure) {
    const closures = reservations.filter(({ kind }) => kind === 'maintenance')
    return { state: 'closed', until: endOfRun(closures, now), why: closure.title }
  }
  const session = running.find(({ observer }) => observer === caller) ?? running[0]
  if (!session) return stateWithoutReservation(site, reservations, now)
  const until = endOfRun(
    reservations.filter(({ observer }) => observer === session.observer),
    now,
  )
  return session.observer === caller ? { state: 'yours', until } : { state: 'in-use', until, by: session.creator }
}

function stateWithoutReservation(site: Site, reservations: readonly Reservation[], now: Instant): TelescopeState {
  const night = nightAt(site, now)
  const bands = [night, nextNight(night)].flatMap(twilight)
  const band = bands.find(({ start, end }) => start <= now && now < end)
  const next = reservations.filter(({ start }) => start > now).toSorted((a, b) => a.start - b.start)[0]
  if (band && band.light !== 'dark') {
    const isDay = (light: Light) => light === 'day'
    const ends = bands.find(
      ({ start, light }) => start >= band.end && (isDay(band.light) ? !isDay(light) : isNightOrDay(light)),
    )
    return { state: isDay(band.light) ? 'daylight' : 'twilight', until: ends?.start }
  }
  const dawn = bands.find(({ start, light }) => start >= now && light !== 'dark')?.start
  const isNextFirst = next !== undefined && (dawn === undefined || next.start <= dawn)
  return isNextFirst
    ? { state: 'free', until: next.start, next: next.kind === 'maintenance' ? undefined : next.creator }
    : { state: 'free', until: dawn, next: undefined }
}

const isNightOrDay = (light: Light): boolean => light === 'dark' || light === 'day'

/** The end of the consecutive intervals that contain `now`; `now` itself if none does. */
const endOfRun = (intervals: readonly Interval[], now: Instant): Instant =>
  mergeIntervals(intervals).find(({ start, end }) => start <= now && now < end)?.end ?? now

/** `In use by Bo Jansson until 22:30`, by the site's clock. Says nothing that changes from minute to minute. */
export const formatTelescopeState = (site: Site, state: TelescopeState, now: Instant): string =>
  stateParts(site, state, now).join(' ')

/** What a telescope is doing, in fewer words if `brief`, and until when: `In use by Bo Jansson`, `until 22:30`. */
export function stateParts(site: Site, state: TelescopeState, now: Instant, brief = false): [string, string] {
  const until = state.until === undefined ? 'for a day or more' : `until ${formatUntil(site, state.until, now)}`
  if (state.state !== 'in-use') return [STATES[state.state], until]
  return [`${brief ? '' : 'In use by '}${isolate(state.by)}`, until]
}

/** The states in words. */
export const STATES: Readonly<Record<TelescopeState['state'], string>> = {
  closed: 'Closed',
  'in-use': 'In use',
  yours: 'Yours',
  free: 'Free and dark',
  twilight: 'Twilight',
  daylight: 'Daylight',
}

/** The site's clock; if that is {@link CLOCK_ALONE} away or more, `formatFar` instead: with the civil date. */
export function formatUntil(site: Site, until: Instant, now: Instant, formatFar = formatMoment): string {
  const minute = nearestMinute(until)
  return until - now < CLOCK_ALONE ? formatClock(site, minute) : formatFar(site, minute, now)
}

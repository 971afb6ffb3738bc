import type { ObserverId } from '../../src/domain/observer.ts'
import { type Instant, type Interval, durationOf, secondAt } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nextNight, nightAt, nightInterval } from '../../src/sky/zone.ts'
import { type TelescopeState, telescopeStateAt } from '../frame/telescope-state.ts'
import { NETWORK_FILTERS, type NetworkFilter } from '../routes.ts'
import { darkInterval } from '../sky/night-sky.ts'
import { lightBandsIn } from './light.ts'
import { nextFreeDark } from './next-free.ts'

/** A telescope, and what can be done with it now. */
export interface Telescope {
  readonly site: Site
  /** Undefined while that is not known. */
  readonly state: TelescopeState | undefined
  /** When it opens again, if it is closed for all of tonight. */
  readonly opens: Instant | undefined
  /** The next free dark time; undefined if there is none, if it is not known, and while it is closed for all of tonight. */
  readonly free: Interval | undefined
  /** For which filters it is shown, and whether it is one of the caller's. */
  readonly matches: ReadonlySet<NetworkFilter | 'mine'>
}

/** Whether a reservation takes time at a telescope: there, or as a closure of its enclosure. */
export const isAt = ({ code, wema }: Site, { site, kind }: Pick<Reservation, 'site' | 'kind'>): boolean =>
  site === code || (site === wema && kind === 'maintenance')

/** The reservations at a telescope, and the closures of its enclosure. */
export const reservationsAt = (site: Site, reservations: readonly Reservation[]): Reservation[] =>
  reservations.filter((one) => isAt(site, one))

/** A telescope at `now`. `all` are the reservations of the next nights at all telescopes; undefined while they are not known. */
export function telescopeAt(
  site: Site,
  all: readonly Reservation[] | undefined,
  now: Instant,
  caller: ObserverId | undefined,
): Telescope {
  if (!all)
    return { site, state: undefined, opens: undefined, free: undefined, matches: matchesOf(site, [], undefined, now) }
  const reservations = reservationsAt(site, all)
  const state = telescopeStateAt(site, reservations, caller, now)
  const opens = state.state === 'closed' && state.until >= endOfTonight(site, now) ? state.until : undefined
  const free = opens === undefined ? nextFreeDark(site, reservations, now) : undefined
  const own = caller === undefined ? [] : reservations.filter(({ observer, end }) => observer === caller && end > now)
  return { site, state, opens, free, matches: matchesOf(site, own, free, now) }
}

/** The filters that show a telescope with these reservations of the caller's own, and this next free dark time. */
function matchesOf(site: Site, own: readonly Reservation[], free: Interval | undefined, now: Instant) {
  const tests = {
    free: free !== undefined && free.start < endOfTonight(site, now),
    dark: lightBandsIn(site, secondAt(now))[0]?.light === 'dark',
    north: site.latitude >= 0,
    south: site.latitude < 0,
    mine: own.length > 0,
  }
  return new Set(([...NETWORK_FILTERS, 'mine'] as const).filter((filter) => tests[filter]))
}

/** The end of the night that is dark now or next: in the morning that is the coming one. */
function endOfTonight(site: Site, now: Instant): Instant {
  const night = nightAt(site, now)
  const dark = darkInterval(night)
  return nightInterval(dark && dark.end <= now ? nextNight(night) : night).end
}

/** The soonest free first, of these the longest; then those that open sooner; the others by their codes. */
export const bySoonest = (a: Telescope, b: Telescope): number =>
  rankOf(a) - rankOf(b) || lengthOf(b) - lengthOf(a) || (a.site.code < b.site.code ? -1 : 1)

/** After every instant of the calendar. */
const LAST = 1e12

const rankOf = ({ opens, free }: Telescope): number => free?.start ?? LAST + (opens ?? LAST)

const lengthOf = ({ free }: Telescope): number => (free ? durationOf(free) : 0)

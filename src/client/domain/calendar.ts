import type { Interval } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { Project } from '../../domain/project.ts'
import type { Reservation } from '../../domain/reservation.ts'
import type { Site, SiteCode } from '../../domain/site.ts'
import { reservationOf } from '../../wire/event.ts'
import type { WireCaller, WireConfig, WireObservation } from '../../wire/responses.ts'
import { siteFromWire } from '../../wire/site.ts'
import { writeInterval, writeTime } from '../../wire/time.ts'
import type { CalendarOptions } from '../options.ts'
import { ApiError, NetworkError } from '../problem.ts'
import { historyBy } from './history.ts'
import { planningBy } from './planning.ts'
import { movesBy, seriesBy } from './series.ts'
import { openTypedTransport, type TypedTransport } from './transport.ts'
import { writesBy } from './writes.ts'

/** The public configuration of a calendar. */
export interface Config extends Omit<WireConfig, 'issuer' | 'client_id' | 'max_window_days' | 'max_series'> {
  /** The address of the OpenID Connect provider; undefined if nobody can sign in. */
  readonly issuer: string | undefined
  readonly clientId: string
  readonly maxWindowDays: number
  /** The most nights of a series. */
  readonly maxSeries: number
}

/** The caller, as the calendar authenticates them. */
export interface Caller {
  readonly id: ObserverId | undefined
  readonly name: string | undefined
  readonly role: WireCaller['role']
}

/**
 * A calendar over HTTP in the words of the domain, for the page and the commands: reservations and instants instead of
 * events and texts. Every function throws `ApiError` or `NetworkError`.
 */
export type DomainCalendar = ReturnType<typeof domainCalendarAt>

export function domainCalendarAt(options: CalendarOptions) {
  const transport = openTypedTransport(options)
  return {
    ...readsBy(transport),
    ...historyBy(transport),
    ...planningBy(transport),
    ...writesBy(transport),
    ...seriesBy(transport),
    ...movesBy(transport),
    /** The address of the stream of changes at sites, as Server-Sent Events. */
    changesAt: (sites: readonly SiteCode[]): URL =>
      new URL(
        `changes?${new URLSearchParams(sites.map((site): [string, string] => ['site', site])).toString()}`,
        options.base,
      ),
  }
}

const readsBy = ({ read }: TypedTransport) => ({
  async config(): Promise<Config> {
    const {
      issuer,
      client_id: clientId,
      max_window_days: maxWindowDays,
      max_series: maxSeries,
      ...rest
    } = await read('config')
    return { ...rest, issuer: issuer ?? undefined, clientId, maxWindowDays, maxSeries }
  },
  /** @throws NetworkError also if there is something else at the address than a calendar */
  async sites(): Promise<Site[]> {
    const list: unknown = await read('sites').catch(noCalendar)
    if (!Array.isArray(list)) throw new NetworkError()
    return (list as Parameters<typeof siteFromWire>[0][]).map(siteFromWire)
  },
  async me(): Promise<Caller> {
    const { user_id: id, name, role } = await read('me')
    return { id: id ?? undefined, name: name ?? undefined, role }
  },
  /** All reservations that overlap `during` at any of the sites, by start. */
  async reservations(sites: readonly SiteCode[], during: Interval): Promise<Reservation[]> {
    const times = writeInterval(during)
    const lists = await Promise.all(inBatches(sites, MAX_SITES).map((site) => read('siteevents', { site, ...times })))
    // A closure of an enclosure is in each list with one of its telescopes.
    const events = new Map(lists.flat().map((event) => [`${event.start} ${event.event_id}`, event]))
    return [...events.values()].map(reservationOf).toSorted((a, b) => a.start - b.start)
  },
  /** All reservations of an observer that end at `from` or later, by end. */
  async reservationsOf(observer: ObserverId, from: number): Promise<Reservation[]> {
    return (await read('user-events-ending-after-time', { user_id: observer, time: writeTime(from) })).map(
      reservationOf,
    )
  },
  /** The LCO scheduler's observations at a telescope that overlap `during`, by start. */
  observations: (site: SiteCode, during: Interval): Promise<WireObservation[]> =>
    read('scheduler-observations', { site, ...writeInterval(during) }),
  /** The projects that the caller may attach, newest first. */
  async projects(): Promise<Project[]> {
    return (await read('projects')).map(({ project_name: name, created_at: createdAt }) => ({ name, createdAt }))
  },
})

/** A calendar has telescopes: where nothing is at their address there is none. */
function noCalendar(error: unknown): never {
  throw error instanceof ApiError && error.status === 404 ? new NetworkError({ cause: error, status: 404 }) : error
}

/** The maximum number of sites in one request. */
export const MAX_SITES = 100

export const inBatches = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size))

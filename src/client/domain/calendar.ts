import type { Instant, Interval } from '../../domain/interval.ts'
import type { Darkness } from '../../domain/night.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { Project } from '../../domain/project.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { Site, SiteCode } from '../../domain/site.ts'
import { reservationOf } from '../../wire/event.ts'
import type {
  Event,
  Responses,
  WireCaller,
  WireConfig,
  WireObservation,
  WireSiteRules,
  WireTarget,
  WireVerdict,
  WriteResponse,
} from '../../wire/responses.ts'
import { siteFromWire } from '../../wire/site.ts'
import { writeInterval, writeTime } from '../../wire/time.ts'
import { type ReservationInput, fieldsOf } from './event.ts'
import { historyBy } from './history.ts'
import { movesBy, seriesBy } from './series.ts'
import type { CalendarOptions } from '../options.ts'
import { openTypedTransport, type TypedTransport } from './transport.ts'

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

/** The result of a write. */
export interface WriteResult {
  readonly reservation: Reservation
  /** The number of its last revision, for `restore`. */
  readonly revision: number
  /** The reservations that it overlaps, if that was let through. */
  readonly overlapping: readonly Reservation[]
}

export interface WriteOptions {
  /** For admins: commits the change although it conflicts or breaks rules. */
  readonly override?: boolean
}

export interface ChangeOptions extends WriteOptions {
  /** The revision that is changed: the calendar refuses the change with 412 if there is another by now. */
  readonly ifMatch?: number | undefined
}

/** What `targetVisibility` asks of airmass and darkness: at most 2, and astronomical darkness by default. */
export interface VisibilityLimits {
  readonly maxAirmass?: number | undefined
  readonly darkness?: Darkness | undefined
}

/** What `availability` asks in addition. The target is a name or coordinates. */
export interface AvailabilityOptions extends VisibilityLimits {
  readonly target?: string | undefined
  /** Degrees. */
  readonly minLunarDistance?: number | undefined
  /** From 0 to 1. */
  readonly maxLunarPhase?: number | undefined
  readonly order?: 'soonest' | 'best' | undefined
  /** The largest number of intervals. */
  readonly limit?: number | undefined
  /** A reservation of the caller's own, whose time counts as free. */
  readonly ignore?: ReservationId | undefined
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
  async sites(): Promise<Site[]> {
    return (await read('sites')).map(siteFromWire)
  },
  async me(): Promise<Caller> {
    const { user_id: id, name, role } = await read('me')
    return { id: id ?? undefined, name: name ?? undefined, role }
  },
  /** All reservations that overlap `during` at any of the sites, by start. */
  async reservations(sites: readonly SiteCode[], during: Interval): Promise<Reservation[]> {
    const [start, end] = [writeTime(during.start), writeTime(during.end)]
    const lists = await Promise.all(inBatches(sites, MAX_SITES).map((site) => read('siteevents', { site, start, end })))
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

const planningBy = ({ read, write }: TypedTransport) => ({
  /** The rules at a site, and what the caller has left of each quota, in the night of an instant (now by default). */
  siteRules: (site: SiteCode, at?: Instant): Promise<WireSiteRules> =>
    read('site-rules', { site, ...given({ time: at === undefined ? undefined : writeTime(at) }) }),
  /** Whether `reserve` would be accepted, and every objection. Changes nothing. */
  checkReserve: async (id: ReservationId, input: ReservationInput): Promise<WireVerdict> =>
    (await write('check-event', { as: 'newevent', event: { event_id: id, ...fieldsOf(input) } })).value,
  /** Whether `amend` would be accepted, and every objection. Changes nothing. */
  checkAmend: async (
    { id, start }: Pick<Reservation, 'id' | 'start'>,
    changes: ReservationInput,
  ): Promise<WireVerdict> => {
    const event = { originalEvent: { event_id: id, start: writeTime(start) }, modifiedEvent: fieldsOf(changes) }
    return (await write('check-event', { as: 'modifyevent', event })).value
  },
  /** The targets of the catalogue that match a name, best first; or the one at the coordinates in `q`. */
  targets: (q: string): Promise<WireTarget[]> => read('targets', { q }),
  /** When a target, by name or coordinates, can be observed at sites, in the nights that overlap `during`. */
  async targetVisibility(
    sites: readonly SiteCode[],
    target: string,
    during: Interval,
    limits: VisibilityLimits = {},
  ): Promise<Responses['target-visibility']> {
    return read('target-visibility', { sites, target, ...writeInterval(during), ...limitsOf(limits) })
  },
  /** Where and when a reservation of some minutes can be made within `during`. */
  async availability(
    sites: readonly SiteCode[],
    during: Interval,
    minutes: number,
    options: AvailabilityOptions = {},
  ): Promise<Responses['availability']> {
    const { target, minLunarDistance, maxLunarPhase, order, limit, ignore } = options
    return read('availability', {
      sites,
      ...writeInterval(during),
      minutes: String(minutes),
      ...limitsOf(options),
      ...given({ target, min_lunar_distance: minLunarDistance, max_lunar_phase: maxLunarPhase, order, limit, ignore }),
    })
  },
})

const limitsOf = ({ maxAirmass, darkness }: VisibilityLimits) => given({ max_airmass: maxAirmass, darkness })

/** The parameters that have a value, as text. */
const given = (parameters: Readonly<Record<string, string | number | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )

const writesBy = ({ write }: TypedTransport) => ({
  /** The same `id` and input again is a retry, with the same result. */
  reserve: async (id: ReservationId, input: ReservationInput, options: WriteOptions = {}): Promise<WriteResult> => {
    const { value, revision } = await write('newevent', { event_id: id, ...fieldsOf(input), ...options })
    return writeResult(value.new_calendar_event, value, revision)
  },
  /** Fields that are not in `changes` keep their value. Rejected if the reservation no longer starts at `start`. */
  amend: async (
    { id, start }: Pick<Reservation, 'id' | 'start'>,
    changes: ReservationInput,
    { ifMatch, ...options }: ChangeOptions = {},
  ): Promise<WriteResult> => {
    const body = {
      originalEvent: { event_id: id, start: writeTime(start) },
      modifiedEvent: fieldsOf(changes),
      ...options,
    }
    const { value, revision } = await write('modifyevent', body, { ifMatch })
    return writeResult(value.modified_calendar_event, value, revision)
  },
  async cancel(
    { id, start }: Pick<Reservation, 'id' | 'start'>,
    { ifMatch, ...options }: ChangeOptions = {},
  ): Promise<void> {
    await write('delete', { event_id: id, start: writeTime(start), ...options }, { ifMatch })
  },
  /** Brings a reservation back to how a revision left it. */
  restore: async (id: ReservationId, number: number): Promise<WriteResult> => {
    const { value, revision } = await write('restore-event', { event_id: id, revision: number })
    return writeResult(value.restored_calendar_event, value, revision)
  },
})

const writeResult = (event: Event, { conflicts = [] }: WriteResponse, revision: number): WriteResult => ({
  reservation: reservationOf(event),
  revision,
  overlapping: conflicts.map(reservationOf),
})

/** The maximum number of sites in one request. */
export const MAX_SITES = 100

const inBatches = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size))

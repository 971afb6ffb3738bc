import type { Interval } from '../domain/interval.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Json, Reservation, ReservationId } from '../domain/reservation.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import type { Project } from '../domain/project.ts'
import { writeTime } from '../wire/time.ts'
import { type ReservationInput, fieldsOf, instantOf, reservationOf } from './event.ts'
import { ApiError, NetworkError } from './problem.ts'

/** What a program must know of a calendar before anybody has signed in. */
export interface Config {
  readonly stage: string
  readonly version: string
  /** Who signs people in; undefined where nobody can. */
  readonly issuer: string | undefined
  readonly audience: string
  readonly clientId: string
  readonly demo: boolean
  readonly conflicts: 'deny' | 'warn'
  readonly maxWindowDays: number
  /** Whether `changes` gives a stream; where not, lists are to be asked for again. */
  readonly stream: boolean
  /** Whether there is a projects service behind it. */
  readonly projects: boolean
}

/** Who the calendar takes the caller for. */
export interface Caller {
  readonly id: ObserverId | undefined
  readonly name: string | undefined
  readonly role: 'anonymous' | 'observer' | 'admin' | 'service'
}

/** A reservation as it now stands. */
export interface WriteResult {
  readonly reservation: Reservation
  /** Number of its last revision, by which it can be brought back. */
  readonly revision: number
  /** What it was laid across, where that is let through. */
  readonly overlapping: readonly Reservation[]
}

/** How to write. */
export interface WriteOptions {
  /** For admins: lays a reservation across what is in the way. */
  readonly override?: boolean
}

export interface CalendarOptions {
  /** Where the endpoints are, as `http://127.0.0.1:8000/dev/`; with a slash at the end. */
  readonly base: URL
  /** The caller's token, if there is one now. */
  readonly token?: () => string | undefined
  /** How long to wait for an answer, in milliseconds. */
  readonly timeoutMs?: number
}

/**
 * A calendar, over HTTP. Every function throws {@link ApiError} when the calendar says no, and {@link NetworkError} when
 * it does not answer.
 */
export type Calendar = ReturnType<typeof calendarAt>

export function calendarAt({ base, token, timeoutMs = 20_000 }: CalendarOptions) {
  const send = async (endpoint: string, request: RequestInit): Promise<Response> => {
    const bearer = token?.()
    const headers = { Accept: 'application/problem+json, application/json', ...(bearer && { Authorization: `Bearer ${bearer}` }) }
    try {
      return await fetch(new URL(endpoint, base), { ...request, headers, signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      throw new NetworkError({ cause })
    }
  }
  /** By GET, so that a browser asks with the ETag of what it has. */
  const read = async (endpoint: string, query: Readonly<Record<string, string | readonly string[]>> = {}): Promise<Json> => {
    const pairs = Object.entries(query).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value]))
    const parameters = new URLSearchParams(pairs).toString()
    const { value } = await resultOf(await send(parameters ? `${endpoint}?${parameters}` : endpoint, {}))
    return value
  }
  const write = async (endpoint: string, body: object) => resultOf(await send(endpoint, { method: 'POST', body: JSON.stringify(body) }))
  const written = async (endpoint: string, field: string, body: object): Promise<WriteResult> => {
    const { value, revision } = await write(endpoint, body)
    const { [field]: event, conflicts } = value as Record<string, Json>
    return { reservation: reservationOf(event ?? null), revision, overlapping: reservationsOf(conflicts ?? []) }
  }

  return {
    async config(): Promise<Config> {
      const { issuer, client_id: clientId, max_window_days: maxWindowDays, ...rest } = (await read('config')) as Record<string, Json>
      return { ...rest, issuer: issuer ?? undefined, clientId, maxWindowDays } as Config
    },
    async sites(): Promise<Site[]> {
      const sites = (await read('sites')) as readonly Record<string, Json>[]
      return sites.map(({ time_zone: timeZone, ...rest }) => ({ ...rest, timeZone }) as unknown as Site)
    },
    async me(): Promise<Caller> {
      const { user_id: id, name, role } = (await read('me')) as Record<string, Json>
      return { id: id ?? undefined, name: name ?? undefined, role } as Caller
    },
    /** All that overlaps `during` at any of the sites, by start. */
    async reservations(sites: readonly SiteCode[], during: Interval): Promise<Reservation[]> {
      const [start, end] = [writeTime(during.start), writeTime(during.end)]
      const lists = await Promise.all(inBatches(sites, MAX_SITES).map((site) => read('siteevents', { site, start, end })))
      return lists.flatMap(reservationsOf).toSorted((a, b) => a.start - b.start)
    },
    /** All of an observer's that end at `from` or later, by end. */
    async reservationsOf(observer: ObserverId, from: number): Promise<Reservation[]> {
      return reservationsOf(await read('user-events-ending-after-time', { user_id: observer, time: writeTime(from) }))
    },
    /** What the caller may attach, newest first. */
    async projects(): Promise<Project[]> {
      const projects = (await read('projects')) as unknown as readonly { readonly project_name: string; readonly created_at: string }[]
      return projects.map(({ project_name: name, created_at: createdAt }) => ({ name, createdAt }))
    },
    /** The same `id` and proposed reservation again is a retry, and answered as the first was. */
    reserve: (id: ReservationId, input: ReservationInput, options: WriteOptions = {}) =>
      written('newevent', 'new_calendar_event', { event_id: id, ...fieldsOf(input), ...options }),
    /** What is absent from `changes` stays as it is. Refused where the reservation no longer starts at `start`. */
    amend: ({ id, start }: Pick<Reservation, 'id' | 'start'>, changes: ReservationInput, options: WriteOptions = {}) =>
      written('modifyevent', 'modified_calendar_event', {
        originalEvent: { event_id: id, start: writeTime(start) },
        modifiedEvent: fieldsOf(changes),
        ...options,
      }),
    async cancel({ id, start }: Pick<Reservation, 'id' | 'start'>): Promise<void> {
      await write('delete', { event_id: id, start: writeTime(start) })
    },
    /** The newest revisions of a reservation, a hundred at most, oldest first: for whose it is, and for admins. */
    async history(id: ReservationId): Promise<{ revision: number; after: Reservation | undefined }[]> {
      const history = (await read('event-history', { event_id: id, limit: '100' })) as readonly Record<string, Json>[]
      return history.map(({ revision, after }) => ({ revision: Number(revision), after: after ? reservationOf(after) : undefined }))
    },
    /** Brings a reservation back to how a revision left it. */
    restore: (id: ReservationId, revision: number) => written('restore-event', 'restored_calendar_event', { event_id: id, revision }),
    /** Where changes at sites are streamed from, as Server-Sent Events. */
    changesAt: (sites: readonly SiteCode[]): URL => new URL(`changes?${new URLSearchParams(sites.map((site): [string, string] => ['site', site])).toString()}`, base),
  }
}

/** As many sites as the calendar takes in one request. */
export const MAX_SITES = 100

const inBatches = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size))

const reservationsOf = (events: Json): Reservation[] => (events as readonly Json[]).map(reservationOf)

async function resultOf(response: Response): Promise<{ value: Json; revision: number }> {
  const value = await jsonOf(response)
  if (!response.ok) throw apiErrorOf(response.status, value)
  return { value, revision: Number(/^(?:W\/)?"(\d+)/.exec(response.headers.get('ETag') ?? '')?.[1]) }
}

/** @throws NetworkError where something else than the calendar has answered */
async function jsonOf(response: Response): Promise<Json> {
  try {
    return (await response.json()) as Json
  } catch (cause) {
    throw new NetworkError({ cause })
  }
}

interface ProblemDetails {
  readonly code: string
  readonly detail: string
  readonly errors?: readonly { readonly message: string; readonly field?: string }[]
  readonly conflicts?: readonly Json[]
  readonly free?: { readonly [side: string]: { readonly start: string; readonly end: string } | null }
}

function apiErrorOf(status: number, value: Json): ApiError | NetworkError {
  if (typeof value === 'string') return new ApiError(status, 'unknown', value)
  const { code, detail, errors, conflicts, free } = (value ?? {}) as unknown as ProblemDetails
  if (typeof detail !== 'string') return new NetworkError()
  const times = Object.values(free ?? {}).flatMap((time) => (time ? [{ start: instantOf(time.start), end: instantOf(time.end) }] : []))
  return new ApiError(status, code, detail, {
    ...(errors && { errors }),
    ...(conflicts && { conflicts: conflicts.map(reservationOf) }),
    ...(free && { free: times }),
  })
}


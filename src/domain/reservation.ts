import { canonical } from './canonical.ts'
import { DAY, MAX_INSTANT, type Instant, type Interval, durationOf, MINUTE } from './interval.ts'
import { type Detail, Failure } from './failure.ts'
import { isReservedId, type ObserverId } from './observer.ts'
import type { Project } from './project.ts'
import type { SiteCode } from './site.ts'
import { isLongerThan } from './text.ts'

/** Chosen by the client that creates the reservation: 1 to 128 characters, never used twice. */
export type ReservationId = string

/** All kinds of reservations. Maintenance blocks the site for everybody. */
export const KINDS = ['realtime', 'project', 'maintenance'] as const
/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number]

/** All origins of reservations. */
export const ORIGINS = ['ptr', 'lco'] as const
/** `ptr`: created by people. `lco`: created by the LCO scheduler. */
export type Origin = (typeof ORIGINS)[number]

/** All priorities of reservations. */
export const PRIORITIES = ['standard', 'low_priority', 'background', 'time_critical'] as const
/** `low_priority` and `background` are preemptible. */
export type Priority = (typeof PRIORITIES)[number]

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One observer's claim on a site for an interval. */
export interface Reservation extends Interval {
  readonly id: ReservationId
  readonly site: SiteCode
  /** The owner. */
  readonly observer: ObserverId
  /** The observer's display name. May contain an email address, so anonymous callers see it masked. */
  readonly creator: string
  readonly title: string
  readonly kind: Kind
  readonly origin: Origin
  /** `resourceId` on the wire: the site's code by default. */
  readonly resource: string
  readonly project: Project | undefined
  readonly priority: Priority
  readonly note: string
  readonly modified: Instant
  /** Unknown fields of the client, stored and returned unchanged. */
  readonly extra: { readonly [field: string]: Json }
}

/** Whether any signed-in observer may delete it. */
export const isPreemptible = ({ priority }: Pick<Reservation, 'priority'>): boolean =>
  priority === 'low_priority' || priority === 'background'

/** Whether a program made it and for nobody, the LCO scheduler or a service in its own name; maintenance excepted. */
export const isOfProgram = ({ origin, observer, kind }: Pick<Reservation, 'origin' | 'observer' | 'kind'>): boolean =>
  kind !== 'maintenance' && (origin === 'lco' || isReservedId(observer))

/** A reservation in a store. */
export interface Stored {
  readonly reservation: Reservation
  /** Number of its newest revision. Each id counts from 1, across deletion and restoring. 0: a row without a history. */
  readonly revision: number
}

/** The operation that made a change. */
export type Via =
  | 'reserve'
  | 'amend'
  | 'cancel'
  | 'attach-project'
  | 'detach-project'
  | 'expire-lco'
  | 'restore'
  | 'import'

/** One recorded change of one reservation, never deleted. Without `before` it created the reservation, without `after` it deleted it. */
export interface Revision {
  readonly id: ReservationId
  /** Counts from 1 for each id. */
  readonly number: number
  readonly at: Instant
  /** `sub`, `service:NAME`, `anonymous` or `import`. */
  readonly by: string
  readonly via: Via
  readonly before: Reservation | undefined
  readonly after: Reservation | undefined
  /** Ids of conflicting reservations that were allowed: by override, by `CONFLICTS=warn` or by an import. */
  readonly overlapping: readonly ReservationId[]
  /** Codes of broken rules that an admin overrode; never empty. */
  readonly overridden?: readonly string[]
}

/** Identifies a reservation. `start` selects one of two duplicate rows, or makes sure that the reservation has not moved. */
export interface Reference {
  readonly id: ReservationId
  readonly start?: Instant
}

/** Durations in seconds: by default, at most, and of maintenance at most. */
export const DEFAULT_DURATION = 30 * MINUTE
export const MAX_DURATION = 7 * DAY
export const MAX_MAINTENANCE_DURATION = 400 * DAY
/** The maximal size of a reservation as the wire's JSON, in bytes of UTF-8. */
export const MAX_EVENT_BYTES = 65_536

/** The maximal length of an id in code points. */
export const MAX_ID_LENGTH = 128
/** The maximal lengths of the other texts of a reservation in code points, by field name on the wire. */
export const MAX_TEXT_LENGTHS = {
  creator_id: 256,
  creator: 256,
  title: 256,
  resourceId: 256,
  project_id: 256,
  reservation_note: 2000,
} as const

/**
 * Checks the interval and the lengths of the texts. An amendment is checked only for what it changes, so that rows that
 * are older than a rule can still be amended.
 * @throws Failure `malformed`, with every broken rule
 */
export function assertValid(proposed: Reservation, before?: Reservation): void {
  const isMoved = proposed.start !== before?.start || proposed.end !== before.end || proposed.kind !== before.kind
  const problems = isMoved ? intervalProblems(proposed).map((message): Detail => ({ field: 'end', message })) : []
  throwInvalid([...problems, ...tooLong(textsOf(proposed), before && textsOf(before))])
}

function intervalProblems(proposed: Reservation): string[] {
  const problems: string[] = []
  const maxDuration = proposed.kind === 'maintenance' ? MAX_MAINTENANCE_DURATION : MAX_DURATION
  if (durationOf(proposed) <= 0) problems.push('end must be after start')
  if (proposed.end >= MAX_INSTANT) problems.push('end must be before the year 10000')
  if (durationOf(proposed) > maxDuration)
    problems.push(`a ${proposed.kind} reservation lasts at most ${maxDuration / DAY} days`)
  return problems
}

const textsOf = ({ observer, creator, title, resource, project, note }: Reservation) => ({
  creator_id: observer,
  creator,
  title,
  resourceId: resource,
  project_id: idOf(project),
  reservation_note: note,
})

const idOf = (project: Project | undefined) => (project ? `${project.name}#${project.createdAt}` : '')

const MAX_LENGTH_OF_EACH = Object.entries(MAX_TEXT_LENGTHS) as [keyof typeof MAX_TEXT_LENGTHS, number][]

/** The texts that are too long, without those that equal `before`. */
function tooLong(texts: Partial<Record<keyof typeof MAX_TEXT_LENGTHS, string>>, before: typeof texts = {}): Detail[] {
  return MAX_LENGTH_OF_EACH.filter(
    ([field, max]) => texts[field] !== before[field] && isLongerThan(texts[field] ?? '', max),
  ).map(([field, max]) => ({ field, message: `${field} holds at most ${max} characters` }))
}

/** Whether the id of a project is short enough to be attached. */
export const isAttachable = (project: Project): boolean => tooLong({ project_id: idOf(project) }).length === 0

/** @throws Failure `malformed` if the id of a project is too long */
export function assertAttachable(project: Project): void {
  throwInvalid(tooLong({ project_id: idOf(project) }))
}

function throwInvalid(problems: readonly Detail[]): void {
  if (problems[0]) throw new Failure('malformed', `Error: ${problems[0].message}`, problems)
}

/** The rows that `reference` matches, among all rows of its id. */
export const matchingRows = <T extends { readonly reservation: Pick<Reservation, 'start'> }>(
  { start }: Reference,
  rows: readonly T[],
): readonly T[] => rows.filter(({ reservation }) => start === undefined || reservation.start === start)

/**
 * The one row that `reference` matches, among all rows of its id.
 * @throws Failure `not_found`; `malformed` if it matches two duplicate rows
 */
export function requireRow(reference: Reference, rows: readonly Stored[]): Stored {
  const [found, ...others] = matchingRows(reference, rows)
  if (!found) throw new Failure('not_found', 'There is no such event.')
  if (others.length > 0) throw new Failure('malformed', 'Error: two events have this event_id; name the start as well')
  return found
}

/** Whether two reservations are equal in everything but `modified`. */
export const sameContent = (a: Reservation, b: Reservation): boolean =>
  canonical({ ...a, modified: 0 }) === canonical({ ...b, modified: 0 })

import { canonical } from './canonical.ts'
import { DAY, MAX_INSTANT, type Instant, type Interval, durationOf, MINUTE } from './interval.ts'
import { type Detail, Failure } from './failure.ts'
import type { ObserverId } from './observer.ts'
import type { Project } from './project.ts'
import type { SiteCode } from './site.ts'
import { isLongerThan } from './text.ts'

/** Given by whoever makes the reservation: 1 to 128 characters, never used twice. */
export type ReservationId = string

export const KINDS = ['realtime', 'project', 'maintenance'] as const
export type Kind = (typeof KINDS)[number]

export const ORIGINS = ['ptr', 'lco'] as const
/** Whether people made it (`ptr`) or the LCO scheduler did (`lco`). */
export type Origin = (typeof ORIGINS)[number]

export const PRIORITIES = ['standard', 'low_priority', 'background', 'time_critical'] as const
/** `background` is below `low_priority`. */
export type Priority = (typeof PRIORITIES)[number]

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** One observer's claim on a site for an interval. */
export interface Reservation extends Interval {
  readonly id: ReservationId
  readonly site: SiteCode
  /** Whose it is. */
  readonly observer: ObserverId
  /** The observer's name for people to read; may hold an email address, so anonymous callers see it masked. */
  readonly creator: string
  readonly title: string
  readonly kind: Kind
  readonly origin: Origin
  /** The wire's `resourceId`, which is the site's code unless a client says otherwise. */
  readonly resource: string
  readonly project: Project | undefined
  readonly priority: Priority
  readonly note: string
  readonly modified: Instant
  /** Fields we have no rule for: kept as they came and given back. */
  readonly extra: { readonly [field: string]: Json }
}

/** Whether anybody may take its time: it is of low priority, or lower. */
export const isPreemptible = ({ priority }: Pick<Reservation, 'priority'>): boolean => priority === 'low_priority' || priority === 'background'

/** A reservation as it stands in a store. */
export interface Stored {
  readonly reservation: Reservation
  /** Number of its last revision; counts from 1 for each id, through deletion and restoring. 0: from before there was a history. */
  readonly revision: number
}

/** How a change came about: the verb, or where rows came from. */
export type Via = 'reserve' | 'amend' | 'cancel' | 'attach-project' | 'detach-project' | 'expire-lco' | 'restore' | 'import'

/** One change of one reservation, kept for ever. Without `before` it was made, without `after` it was deleted. */
export interface Revision {
  readonly id: ReservationId
  /** 1, 2, 3 … for each id. */
  readonly number: number
  readonly at: Instant
  /** `sub`, `service:NAME`, `anonymous` or `import`. */
  readonly by: string
  readonly via: Via
  readonly before: Reservation | undefined
  readonly after: Reservation | undefined
  /** Ids of the reservations this one was laid across, by override, by `CONFLICTS=warn` or as it was imported. */
  readonly overlapping: readonly ReservationId[]
}

/** Names a reservation; `start` as well where one id stands at two starts (rows of the original), or to be sure it has not moved. */
export interface Reference {
  readonly id: ReservationId
  readonly start?: Instant
}

export const DEFAULT_DURATION = 30 * MINUTE
export const MAX_DURATION = 7 * DAY
export const MAX_MAINTENANCE_DURATION = 400 * DAY
/** In bytes, as the wire writes it: UTF-8 and JSON. */
export const MAX_EVENT_BYTES = 65_536

export const MAX_ID_LENGTH = 128
/** How many characters (code points) the other texts of a reservation hold at most, by their names on the wire. */
export const MAX_TEXT_LENGTHS = { creator_id: 256, creator: 256, title: 256, resourceId: 256, project_id: 256, reservation_note: 2000 } as const

/**
 * Refuses a reservation that breaks a rule of meaning. What an amendment leaves as it stood is not judged again,
 * so that a row from before there were rules can still be amended.
 * @throws Failure `malformed`, naming every broken rule
 */
export function assertValid(proposed: Reservation, before?: Reservation): void {
  const problems: Detail[] = []
  const moved = proposed.start !== before?.start || proposed.end !== before.end || proposed.kind !== before.kind
  const maxDuration = proposed.kind === 'maintenance' ? MAX_MAINTENANCE_DURATION : MAX_DURATION
  if (moved && durationOf(proposed) <= 0) problems.push({ field: 'end', message: 'end must be after start' })
  if (moved && proposed.end >= MAX_INSTANT) problems.push({ field: 'end', message: 'end must be before the year 10000' })
  if (moved && durationOf(proposed) > maxDuration) {
    problems.push({ field: 'end', message: `a ${proposed.kind} reservation lasts at most ${maxDuration / DAY} days` })
  }
  problems.push(...tooLong(textsOf(proposed), before && textsOf(before)))
  throwInvalid(problems)
}

const textsOf = ({ observer, creator, title, resource, project, note }: Reservation) =>
  ({ creator_id: observer, creator, title, resourceId: resource, project_id: idOf(project), reservation_note: note })

const idOf = (project: Project | undefined) => (project ? `${project.name}#${project.createdAt}` : '')

/** Which of some texts are too long, less those that stood as they are. */
function tooLong(texts: Partial<Record<keyof typeof MAX_TEXT_LENGTHS, string>>, before: typeof texts = {}): Detail[] {
  return (Object.entries(MAX_TEXT_LENGTHS) as [keyof typeof MAX_TEXT_LENGTHS, number][])
    .filter(([field, max]) => texts[field] !== before[field] && isLongerThan(texts[field] ?? '', max))
    .map(([field, max]) => ({ field, message: `${field} holds at most ${max} characters` }))
}

/** Whether a project's id is short enough. */
export const isAttachable = (project: Project): boolean => tooLong({ project_id: idOf(project) }).length === 0

/** @throws Failure `malformed` */
export function assertAttachable(project: Project): void {
  throwInvalid(tooLong({ project_id: idOf(project) }))
}

function throwInvalid(problems: readonly Detail[]): void {
  if (problems[0]) throw new Failure('malformed', `Error: ${problems[0].message}`, problems)
}

/** Those that `reference` names among what stands under its id. */
export const matchingRows = <T extends { readonly reservation: Pick<Reservation, 'start'> }>({ start }: Reference, existing: readonly T[]): readonly T[] =>
  existing.filter(({ reservation }) => start === undefined || reservation.start === start)

/**
 * The one reservation that `reference` names among those that stand under its id.
 * @throws Failure `not_found`; `malformed` when two stand under that id and the reference does not say which
 */
export function requireRow(reference: Reference, existing: readonly Stored[]): Stored {
  const named = matchingRows(reference, existing)
  const [found] = named
  if (!found) throw new Failure('not_found', 'There is no such event.')
  if (named.length > 1) throw new Failure('malformed', 'Error: two events have this event_id; name the start as well')
  return found
}

/** Same in everything but when it was last modified. */
export const sameContent = (a: Reservation, b: Reservation): boolean =>
  canonical({ ...a, modified: 0 }) === canonical({ ...b, modified: 0 })

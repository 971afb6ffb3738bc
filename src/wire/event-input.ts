import * as z from 'zod'
import type { Instant } from '../domain/interval.ts'
import { unmaskedIfSame } from '../domain/masking.ts'
import { isLongerThan } from '../domain/text.ts'
import {
  DEFAULT_DURATION,
  KINDS,
  MAX_ID_LENGTH,
  MAX_TEXT_LENGTHS,
  ORIGINS,
  PRIORITIES,
  type Reservation,
} from '../domain/reservation.ts'
import { RESERVED_FIELDS } from './event.ts'
import { parseProjectId } from './project-id.ts'
import { parseTime } from './time.ts'

/** A time as clients send it; an `Instant` when parsed. */
export const time = z
  .string()
  .transform((text, context) => {
    const instant = parseTime(text)
    if (instant === undefined)
      context.addIssue({ code: 'custom', message: 'must be a time such as 2022-06-20T16:15:00Z' })
    return instant ?? z.NEVER
  })
  .meta({
    description: 'ISO 8601; without an offset it is UTC. To the second: fractions are cut off.',
    examples: ['2030-06-20T04:15:00Z'],
  })

export const siteCode = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, _ or -')
  .meta({ description: 'Code of a telescope; case matters.', examples: ['saf'] })

/** A text of 1 to `max` characters (code points). */
export const textUpTo = (max: number) =>
  z
    .string()
    .min(1, 'must not be empty')
    .refine((text) => !isLongerThan(text, max), `holds at most ${max} characters`)
    .meta({ maxLength: max })

export const eventId = textUpTo(MAX_ID_LENGTH).meta({ examples: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] })

/** A project's id as clients send it; a `Project` when parsed, null for `none`. */
export const projectId = z
  .string()
  .transform((text, context) => {
    const project = parseProjectId(text)
    if (project === undefined) {
      context.addIssue({ code: 'custom', message: 'must be "none" or "name#created_at"' })
      return z.NEVER
    }
    return project
  })
  .meta({
    maxLength: MAX_TEXT_LENGTHS.project_id,
    description: '`none`, or `name#created_at` (split at the last `#`).',
    examples: ['M31 LRGB#2030-06-01T00:00:00Z'],
  })

const oneOf = <const T extends string>(values: readonly T[]) => z.enum(values, `must be one of ${values.join(', ')}`)

/** The maximum length is documented here and checked by the domain: imported texts may be longer, and stay so. */
const text = (field: keyof typeof MAX_TEXT_LENGTHS, description?: string) =>
  z.string().meta({ maxLength: MAX_TEXT_LENGTHS[field], ...(description && { description }) })

/** A new event as clients send it. Every field that is not required may be missing or null. */
export const eventShape = z.looseObject({
  event_id: eventId,
  start: time,
  end: time.nullish().meta({ description: 'Default: 30 minutes after start.' }),
  site: siteCode,
  creator_id: text('creator_id', 'Default: the caller.').min(1, 'must not be empty').nullish(),
  creator: text('creator', 'Default: the name in the token, else Observer.').nullish(),
  title: text('title', 'Default: creator.').nullish(),
  reservation_type: oneOf(KINDS).nullish(),
  origin: z.string().toLowerCase().pipe(oneOf(ORIGINS)).nullish().meta({ description: 'ptr or lco, in any case.' }),
  resourceId: text('resourceId', 'Default: site.').nullish(),
  project_id: projectId.nullish(),
  project_priority: oneOf(PRIORITIES)
    .nullish()
    .meta({ description: 'Anybody signed in may delete what is low_priority, or background, which is below it.' }),
  reservation_note: text('reservation_note').nullish(),
})

export type EventInput = z.output<typeof eventShape>

/** The changes of an event as clients send them. The id and the observer never change: their fields are ignored, malformed or not. */
export const changeShape = eventShape
  .omit({ event_id: true, creator_id: true, creator: true })
  .extend({ start: time.nullish(), site: siteCode.nullish() })

export type ChangeInput = z.output<typeof changeShape>

/** Fields that are never extra fields. */
const KNOWN = new Set<string>([...Object.keys(eventShape.shape), 'last_modified', 'override', ...RESERVED_FIELDS])

const extraOf = (input: object): Reservation['extra'] =>
  Object.fromEntries(Object.entries(input).filter(([field]) => !KNOWN.has(field)))

/** The values of fields that an event leaves out. */
export interface Defaults {
  readonly observer: string
  readonly creator: string
  readonly now: Instant
}

/** The reservation that an event proposes. */
// oxlint-disable-next-line complexity -- a list of defaults
export function proposedFrom(input: EventInput, defaults: Defaults): Reservation {
  const creator = input.creator ?? defaults.creator
  return {
    id: input.event_id,
    site: input.site,
    start: input.start,
    end: input.end ?? input.start + DEFAULT_DURATION,
    observer: input.creator_id ?? defaults.observer,
    creator,
    title: input.title ?? creator,
    kind: input.reservation_type ?? 'realtime',
    origin: input.origin ?? 'ptr',
    resource: input.resourceId ?? input.site,
    project: input.project_id ?? undefined,
    priority: input.project_priority ?? 'standard',
    note: input.reservation_note ?? '',
    modified: defaults.now,
    extra: extraOf(input),
  }
}

/** `before` with the fields of `input`. Its id and observer never change. */
// oxlint-disable-next-line complexity -- a list of defaults
export function applyChanges(before: Reservation, input: ChangeInput, now: Instant): Reservation {
  const site = input.site ?? before.site
  const resource = before.resource === before.site ? site : before.resource
  return {
    ...before,
    site,
    start: input.start ?? before.start,
    end: input.end ?? before.end,
    title: input.title == null ? before.title : unmaskedIfSame(input.title, before.title),
    kind: input.reservation_type ?? before.kind,
    origin: input.origin ?? before.origin,
    resource: input.resourceId ?? resource,
    project: input.project_id === undefined ? before.project : (input.project_id ?? undefined),
    priority: input.project_priority ?? before.priority,
    note: input.reservation_note ?? before.note,
    modified: now,
    extra: { ...before.extra, ...extraOf(input) },
  }
}

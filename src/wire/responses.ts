import { z } from 'zod'
import { type Json, KINDS, ORIGINS, PRIORITIES, type Via } from '../domain/reservation.ts'

/** The schemas of all responses: they make `openapi.json`, and the types of the server and the client. */

const json = z.unknown() as z.ZodType as z.ZodType<Json>
const time = z.string().meta({ format: 'date-time' })

/** A reservation on the wire. No field is missing; only extra fields can be null. */
export const event = z
  .object({
    event_id: z.string(),
    start: time,
    end: time,
    site: z.string(),
    creator_id: z.string(),
    creator: z.string(),
    title: z.string(),
    reservation_type: z.enum(KINDS),
    origin: z.enum(ORIGINS),
    resourceId: z.string(),
    project_id: z.string(),
    project_priority: z.enum(PRIORITIES),
    reservation_note: z.string(),
    last_modified: time,
  })
  .catchall(json)
  .meta({ id: 'Event', description: 'A reservation. Every field is there; fields of your own are kept and given back.' })
export type Event = z.output<typeof event>

/** What every write answers beside the event. The conflicts are those that were let through, masked. */
export const written = z.object({
  table_response: z.object({ ResponseMetadata: z.object({ HTTPStatusCode: z.literal(200) }) }).meta({ description: 'Always the same; for clients of the original.' }),
  conflicts: z.array(event).optional().meta({ description: 'The reservations that this one overlaps, if that was let through.' }),
  conflicts_left_out: z.int().optional().meta({ description: 'How many more there are, if they were too many to send.' }),
})
export type Written = z.output<typeof written>

const VIA = ['reserve', 'amend', 'cancel', 'attach-project', 'detach-project', 'expire-lco', 'restore', 'import'] as const satisfies readonly Via[]

export const revision = z.object({
  revision: z.int(),
  at: time,
  by: z.string(),
  via: z.enum(VIA),
  across: z.array(z.string()).meta({ description: 'Ids of the reservations that it overlapped.' }),
  before: event.nullable(),
  after: event.nullable(),
})
export type WireRevision = z.output<typeof revision>

export const attached = z.object({ event_id: z.string(), status: z.enum(['updated', 'not_found', 'finished']) })

export const caller = z.object({
  user_id: z.string().nullable(),
  name: z.string().nullable(),
  role: z.enum(['anonymous', 'observer', 'admin', 'service']),
})
export type WireCaller = z.output<typeof caller>

export const project = z.object({ project_id: z.string(), project_name: z.string(), created_at: z.string() })
export type WireProject = z.output<typeof project>

export const config = z.object({
  stage: z.string(),
  version: z.string(),
  issuer: z.string().nullable(),
  audience: z.string(),
  client_id: z.string(),
  demo: z.boolean(),
  conflicts: z.enum(['deny', 'warn']),
  max_window_days: z.number(),
  stream: z.boolean(),
  projects: z.boolean(),
})
export type WireConfig = z.output<typeof config>

export const site = z.object({
  code: z.string(),
  name: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  elevation: z.number(),
  time_zone: z.string(),
  enclosure: z.string(),
})
export type WireSite = z.output<typeof site>

const interval = z.object({ start: time, end: time })

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ message: z.string(), field: z.string().optional() })),
    conflicts: z.array(event).optional(),
    free: z.object({ before: interval.nullable(), after: interval.nullable() }).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })
export type WireProblem = z.output<typeof problem>

/** The responses by endpoint, for clients. */
export interface Responses {
  readonly newevent: Written & { readonly new_calendar_event: Event }
  readonly modifyevent: Written & { readonly modified_calendar_event: Event }
  readonly delete: { readonly deleted_calendar_event: Event }
  readonly 'event-history': readonly WireRevision[]
  readonly 'restore-event': Written & { readonly restored_calendar_event: Event }
  readonly siteevents: readonly Event[]
  readonly 'user-events-ending-after-time': readonly Event[]
  readonly me: WireCaller
  readonly projects: readonly WireProject[]
  readonly config: WireConfig
  readonly sites: readonly WireSite[]
}

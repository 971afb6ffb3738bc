import * as z from 'zod'
import { REASONS } from '../domain/availability.ts'
import { COMMAND_REASONS } from '../domain/command.ts'
import { type Json, KINDS, ORIGINS, PRIORITIES, type Via } from '../domain/reservation.ts'
import { rules } from './rules-schema.ts'

/** The schemas of all responses: they make `openapi.json`, and the types of the server and the client. */

const json = z.unknown() as z.ZodType as z.ZodType<Json>
const time = z.string().meta({ format: 'date-time' })

/** A reservation on the wire. No field is missing; only extra fields can be null. */
const event = z
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
  .meta({
    id: 'Event',
    description: 'A reservation. Every field is there; fields of your own are kept and given back.',
  })
export type Event = z.output<typeof event>

/** A secret feed, without its secret. */
const calendarFeed = z.object({ feed_id: z.string(), made_at: time })

/** What every write answers beside the event. The conflicts are those that were let through, masked. */
const writeResponse = z.object({
  table_response: z
    .object({ ResponseMetadata: z.object({ HTTPStatusCode: z.literal(200) }) })
    .meta({ description: 'Always the same; for clients of the original.' }),
  conflicts: z
    .array(event)
    .optional()
    .meta({ description: 'The reservations that this one overlaps, if that was let through.' }),
  conflicts_left_out: z
    .int()
    .optional()
    .meta({ description: 'How many more there are, if they were too many to send.' }),
})
export type WriteResponse = z.output<typeof writeResponse>

const VIA = [
  'reserve',
  'amend',
  'cancel',
  'attach-project',
  'detach-project',
  'expire-lco',
  'restore',
  'import',
] as const satisfies readonly Via[]

const revision = z.object({
  revision: z.int(),
  at: time,
  by: z.string(),
  via: z.enum(VIA),
  across: z.array(z.string()).meta({ description: 'Ids of the reservations that it overlapped.' }),
  overridden: z
    .array(z.string())
    .optional()
    .meta({ description: 'Codes of the rules that an admin overrode, if any.' }),
  before: event.nullable(),
  after: event.nullable(),
})
export type WireRevision = z.output<typeof revision>

const observation = z
  .object({
    event_id: z.string().meta({ description: "The observation's id at its portal." }),
    start: time,
    end: time,
    creator: z.string().meta({ description: 'Who submitted it.' }),
    creator_id: z.string().meta({ description: 'The same with `#LCO`: never the id of an observer here.' }),
    last_modified: time,
    reservation_type: z.literal('observation'),
    origin: z.literal('LCO'),
    title: z.string(),
    resourceId: z.string(),
    site: z.string(),
    observation_type: z.string(),
    observation_state: z.string().meta({
      description:
        '`PENDING`, `IN_PROGRESS`, `NOT_ATTEMPTED`, `COMPLETED`, `ABORTED`, `FAILED`, or what the portal says.',
    }),
    request_state: z.string(),
    observation_data: z
      .record(z.string(), json)
      .meta({ description: 'The whole observation, as its portal sends it.' }),
  })
  .meta({ id: 'Observation', description: 'What the LCO scheduler has planned or done, in the form of an event.' })
export type WireObservation = z.output<typeof observation>
const change = z.object({
  cursor: z.string().meta({ description: 'The place right after this change.' }),
  event_id: z.string(),
  revision: z.int(),
  via: z.enum(VIA),
  at: time,
  by: z.string().optional().meta({ description: 'Who made the change: only for the observer, admins and services.' }),
  before: event.nullable(),
  after: event.nullable(),
})
export type WireChange = z.output<typeof change>

/** The body of a webhook. */
export const webhookBody = z
  .object({
    type: z.enum(['reservation.created', 'reservation.changed', 'reservation.deleted', 'reservation.restored']),
    timestamp: time.meta({ description: 'When the change was made.' }),
    data: change
      .omit({ cursor: true })
      .extend({ by: z.string().optional().meta({ description: 'Who made the change.' }) }),
  })
  .meta({
    id: 'Webhook',
    description: 'A change of a reservation, unmasked: an entry of `changes` without its cursor.',
  })
export type WebhookBody = z.output<typeof webhookBody>

const permission = z.object({
  allowed: z.boolean(),
  reason: z.enum(COMMAND_REASONS),
  until: time.meta({ description: 'Ask again then: the answer may be another.' }),
  reservation: event.optional().meta({ description: 'The reservation that decides, if one does; masked.' }),
})

const attached = z.object({ event_id: z.string(), status: z.enum(['updated', 'not_found', 'finished']) })

const caller = z.object({
  user_id: z.string().nullable(),
  name: z.string().nullable(),
  role: z.enum(['anonymous', 'observer', 'admin', 'service']),
})
export type WireCaller = z.output<typeof caller>

const project = z.object({ project_id: z.string(), project_name: z.string(), created_at: z.string() })
export type WireProject = z.output<typeof project>

const config = z.object({
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
  max_series: z.int().meta({ description: 'The most nights of a series.' }),
})
export type WireConfig = z.output<typeof config>

const site = z.object({
  code: z.string(),
  name: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  elevation: z.number(),
  time_zone: z.string(),
  enclosure: z.string(),
  wema: z.string().optional(),
  horizon: z.number().optional().meta({ description: 'The lowest altitude that the mount reaches, degrees.' }),
  ha_limit_neg: z.number().optional().meta({ description: 'The lowest hour angle, hours: from -12 to 0.' }),
  ha_limit_pos: z.number().optional().meta({ description: 'The highest hour angle, hours: from 0 to 12.' }),
  zenith_blind_spot: z
    .number()
    .optional()
    .meta({ description: 'How near to the zenith the mount cannot follow, degrees.' }),
  rules: rules.optional(),
})
export type WireSite = z.output<typeof site>

const interval = z.object({ start: time, end: time })
const free = z.object({ before: interval.nullable(), after: interval.nullable() })

const objection = z.object({
  code: z.string().meta({ description: '`conflict`, or the rule that is broken.' }),
  message: z.string(),
  overridable: z.boolean().meta({ description: 'Whether the caller may override it.' }),
})

export type WireObjection = z.output<typeof objection>

const refusedNight = z.object({
  night: z.string().meta({ format: 'date' }),
  objections: z.array(objection).meta({ description: 'A rule, `conflict`, `no_such_time` or `no_such_night`.' }),
})
export type WireRefusedNight = z.output<typeof refusedNight>

/** What became of a series: for each night its event, or why there is none. */
const series = z.object({
  series_id: z.string(),
  dry_run: z.boolean(),
  nights: z.array(
    z.union([
      z.object({
        night: z.string().meta({ format: 'date' }),
        event,
        across: z
          .array(z.string())
          .optional()
          .meta({ description: 'Ids of the reservations that it overlaps, if that was let through.' }),
      }),
      refusedNight,
    ]),
  ),
})
export type WireSeries = z.output<typeof series>

const move = z.object({
  event_id: z.string(),
  status: z.enum(['moved', 'not_found', 'finished', 'refused']),
  site: z.string().optional().meta({ description: 'Where it is now, if it was moved.' }),
  start: time.optional(),
  end: time.optional(),
  code: z.string().optional().meta({ description: 'Why it was refused, as in problem details.' }),
  detail: z.string().optional().meta({ description: 'The same as a sentence.' }),
})
export type WireMove = z.output<typeof move>

const degrees = z.number()
const target = z.object({
  name: z.string().meta({ description: 'Of coordinates the text that has them; empty for a place.' }),
  aliases: z.array(z.string()),
  kind: z.string().meta({ description: '`galaxy`, `open cluster`, `star`, `planet`, `moon`, `coordinates` …' }),
  ra: degrees,
  dec: degrees,
})
export type WireTarget = z.output<typeof target>

const targetNight = z.object({
  night: z.string().meta({ description: "The evening's date at the site.", examples: ['2030-06-20'] }),
  rise: time.nullable().meta({ description: 'Before the transit; null if the target does not rise.' }),
  transit: time
    .nullable()
    .meta({ description: 'Nearest to the middle of the night; null if it is below the horizon.' }),
  transit_altitude: degrees.nullable(),
  set: time.nullable().meta({ description: 'After the transit; null if the target does not set.' }),
  intervals: z.array(interval).meta({ description: 'When the sky is dark, and the target within airmass and mount.' }),
  curve: z
    .object({
      start: time,
      minutes: z.int(),
      altitude: z.array(degrees),
      airmass: z.array(z.number().nullable()).meta({ description: 'Null below the horizon.' }),
    })
    .nullable()
    .meta({
      description: 'From sunset to sunrise within `[start, end)`, every `minutes`; null if nothing of that is left.',
    }),
})
export type WireTargetNight = z.output<typeof targetNight>

const siteVisibility = z.object({
  site: z.string(),
  reasons: z
    .array(z.enum(['not_dark', 'target_low', 'unknown_site']))
    .meta({ description: 'Why there is no interval in any night; empty if there is one.' }),
  nights: z.array(targetNight),
})
export type WireSiteVisibility = z.output<typeof siteVisibility>

const offer = z.object({
  site: z.string(),
  start: time,
  end: time,
  minutes: z.int().meta({ description: 'Whole minutes from start to end.' }),
  night: z.string().meta({ description: "The evening's date at the site.", examples: ['2030-06-20'] }),
  airmass: z
    .object({ start: z.number(), end: z.number(), least: z.number() })
    .optional()
    .meta({ description: 'Of the target, at both ends, and the least.' }),
  best: z.object({ start: time, end: time, airmass: z.number().optional(), score: z.number() }).meta({
    description:
      'The best part of the wanted length: as near to the highest altitude of the target as it can be; without a target ' +
      'the middle. Its mean airmass, and a score, of which less is better.',
  }),
  moon: z
    .object({ up: z.boolean(), illumination: z.number(), altitude: degrees, separation: degrees.optional() })
    .meta({ description: 'In the middle of the best part. The separation is from the target.' }),
})
export type WireOffer = z.output<typeof offer>

const availability = z.object({
  intervals: z.array(offer),
  more: z.boolean().meta({ description: 'Whether there are others.' }),
  reasons: z
    .record(z.string(), z.array(z.enum(REASONS)))
    .meta({ description: 'For each site without an interval, what leaves none.' }),
})

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(objection.partial().extend({ message: z.string(), field: z.string().optional() })),
    conflicts: z.array(event).optional(),
    free: free.optional(),
    nights: z.array(refusedNight).optional().meta({ description: 'The refused nights of a series.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })
export type WireProblem = z.output<typeof problem>

const verdict = z.object({
  would: z
    .enum(['accept', 'override', 'refuse'])
    .meta({ description: '`override`: it would be accepted with `"override": true`.' }),
  objections: z.array(objection),
  free: free.meta({ description: 'The nearest free dark time, if there are objections and it is known.' }),
})
export type WireVerdict = z.output<typeof verdict>

const left = z.object({
  rule: z.enum(['hours_per_night', 'hours_per_7_nights', 'upcoming']),
  of: z.enum(['site', 'network']),
  limit: z.number(),
  used: z.number(),
  left: z.number(),
  nights: z
    .array(z.string())
    .optional()
    .meta({ description: 'The first and the last night that are counted, by the dates of their evenings.' }),
})

const siteRules = z.object({
  site: z.string(),
  rules: rules.meta({ description: 'The rules in force: of the site and of the network the stricter ones.' }),
  from: z
    .object({ site: rules, network: rules })
    .meta({ description: 'Where they come from. Quotas of the network count the reservations at all sites.' }),
  left: z.array(left).nullable().meta({ description: 'What the caller has left of each quota; null without a token.' }),
})
export type WireSiteRules = z.output<typeof siteRules>

const changes = z.object({
  changes: z.array(change),
  cursor: z.string().meta({ description: 'The place after the page: `since` of the next request.' }),
})
export type WireChanges = z.output<typeof changes>

/** The response of each endpoint. */
export const responses = {
  newevent: z.object({ new_calendar_event: event, ...writeResponse.shape }),
  modifyevent: z.object({ modified_calendar_event: event, ...writeResponse.shape }),
  delete: z.object({ deleted_calendar_event: event }),
  'event-history': z.array(revision),
  changes,
  'check-event': verdict,
  'restore-event': z.object({ restored_calendar_event: event, ...writeResponse.shape }),
  siteevents: z.array(event),
  'user-events-ending-after-time': z.array(event),
  'get-event-at-time': z.array(event),
  'reservations-affected': z.array(event),
  'scheduler-observations': z.array(observation),
  'get-event': event,
  'is-user-scheduled': z.boolean(),
  'does-conflicting-event-exist': z.boolean(),
  'may-command': permission,
  'add-projects-to-events': z.array(attached),
  'remove-project-from-events': z.array(attached),
  'remove-expired-lco-schedule': z.array(z.string()),
  targets: z.array(target),
  'target-visibility': z.object({ target, sites: z.array(siteVisibility) }),
  availability,
  'site-rules': siteRules,
  newseries: series,
  modifyseries: series,
  deleteseries: series,
  'move-reservations': z.array(move),
  me: caller,
  projects: z.array(project),
  'calendar-feeds': z.object({
    feeds: z.array(calendarFeed).meta({ description: 'The oldest first.' }),
    made: calendarFeed
      .extend({
        secret: z.string(),
        path: z.string().meta({ description: 'The address of the feed, below that of the endpoints.' }),
      })
      .optional()
      .meta({ description: 'The feed that was made, once with its secret.' }),
  }),
  config,
  sites: z.array(site),
}
export type Responses = { readonly [Name in keyof typeof responses]: z.output<(typeof responses)[Name]> }

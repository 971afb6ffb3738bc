import { z } from 'zod'
import { viewerOf, visibleTo } from '../../domain/access.ts'
import { Failure } from '../../domain/failure.ts'
import { secondAt } from '../../domain/interval.ts'
import type { Reservation } from '../../domain/reservation.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { assertWindow, atInstant, get, isScheduled, isTaken } from '../../service/queries.ts'
import { eventId, eventOf, siteCode, textUpTo, time } from '../../wire/event.ts'
import { MAX_POLL_SECONDS } from '../admission/poll.ts'
import { defineEndpoint, type Endpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { withProjects } from '../projects-of-list.ts'

export const userId = textUpTo(256).meta({ description: "An observer's `sub`.", examples: [EVENT.creator_id] })
const CODE = '1 to 32 letters, digits, _ or -'
/** Of one list. */
export const MAX_SITES = 100
export const sites = z.union([siteCode, z.array(siteCode).min(1).max(MAX_SITES)], {
  error: (issue) => (Array.isArray(issue.input) ? `must hold 1 to 100 codes of ${CODE}` : `must be ${CODE}`),
})

const siteEventsInput = z.looseObject({
  site: sites.nullish(),
  start: time.nullish(),
  end: time.nullish(),
  // Only the boolean asks for it; anything else there is no reason to leave an observatory without its schedule.
  full_project_details: z.boolean().optional().catch(undefined),
})

const siteEvents = defineEndpoint<z.output<typeof siteEventsInput>>({
  name: 'siteevents',
  kind: 'read',
  access: 'anyone',
  summary: 'What is reserved at a site, or at several',
  description:
    'All that overlaps `[start, end)`, by start; always the whole list. ' +
    'With `full_project_details` each event that has a project has a `project` too: whole for whose project it is, admins and services. ' +
    'Where there is none to be had it is `Project not found.`, and where the projects service was not asked, `Project not looked up.`',
  input: siteEventsInput,
  missingKeys: requiredKeys('site', 'start', 'end'),
  maxEntries: { site: MAX_SITES },
  errors: [400],
  example: { input: { site: 'saf', start: '2030-06-17T18:00:00Z', end: '2030-06-24T18:00:00Z' }, answer: [EVENT] },
  polledSite({ site, start, end }) {
    const [one, another] = [required(site)].flat()
    return another === undefined && required(end) - required(start) <= MAX_POLL_SECONDS ? one : undefined
  },
  async handle(input, { actor, context, projects, maxWindowDays, admission }) {
    const during = { start: required(input.start), end: required(input.end) }
    assertWindow(during, maxWindowDays)
    const query = { sites: [required(input.site)].flat(), during }
    if (input.full_project_details) return { bytes: await withProjects(query, viewerOf(actor), context.store, projects) }
    const bytesOf = (maxBytes?: number) => context.store.listBytes(query, viewerOf(actor), maxBytes)
    // For a poll, which went before all else, only little is read; for a longer list it stands in line like all else.
    const short = await bytesOf(admission.maxReadBytes()).catch((error: unknown) => {
      if (admission.maxReadBytes() === Infinity || !(error instanceof Failure) || error.code !== 'too_large') throw error
    })
    if (short) return { bytes: short }
    await admission.enqueue()
    return { bytes: await bytesOf() }
  },
})

const userEventsInput = z.looseObject({ user_id: userId.nullish(), time: time.nullish() })

const userEvents = defineEndpoint<z.output<typeof userEventsInput>>({
  name: 'user-events-ending-after-time',
  kind: 'read',
  access: 'anyone',
  summary: "An observer's reservations that end at a time or later",
  description: 'By end.',
  input: userEventsInput,
  missingKeys: requiredKeys('user_id', 'time'),
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, time: '2030-06-20T00:00:00Z' }, answer: [EVENT] },
  async handle(input, { actor, context }) {
    return { bytes: await context.store.listBytes({ observer: required(input.user_id), endingFrom: required(input.time) }, viewerOf(actor)) }
  },
})

const atTimeInput = z.looseObject({ site: siteCode.nullish(), time: time.nullish() })

const eventAtTime = defineEndpoint<z.output<typeof atTimeInput>>({
  name: 'get-event-at-time',
  kind: 'read',
  access: 'anyone',
  summary: 'What is reserved at a site at an instant',
  description: 'Start ≤ time < end. While maintenance is on, it alone: this decides who may command.',
  input: atTimeInput,
  missingKeys: requiredKeys('site', 'time'),
  errors: [400],
  example: { input: { site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: [EVENT] },
  async handle(input, { actor, context }) {
    const write = writer()
    const textOf = (reservation: Reservation) => write(JSON.stringify(eventOf(visibleTo(viewerOf(actor), reservation))))
    return { bytes: await jsonArray(await atInstant(required(input.site), required(input.time), context, textOf)) }
  },
})

const getEventInput = z.looseObject({ event_id: eventId.nullish(), start: time.nullish() })

const getEvent = defineEndpoint<z.output<typeof getEventInput>>({
  name: 'get-event',
  kind: 'read',
  access: 'anyone',
  summary: 'One reservation',
  description: 'With its revision as the ETag, and an `m` behind it where something is masked.',
  input: getEventInput,
  missingKeys: requiredKeys('event_id'),
  errors: [400, 404],
  example: { input: { event_id: EVENT.event_id }, answer: EVENT },
  async handle(input, { actor, context }) {
    const reference = { id: required(input.event_id), ...(input.start != null && { start: input.start }) }
    const { reservation, revision } = await get(reference, context)
    const value = eventOf(visibleTo(viewerOf(actor), reservation))
    return { value, revision, masked: JSON.stringify(value) !== JSON.stringify(eventOf(reservation)) }
  },
})

const scheduledInput = z.looseObject({ user_id: userId.nullish(), site: siteCode.nullish(), time: time.nullish() })

const isUserScheduled = defineEndpoint<z.output<typeof scheduledInput>>({
  name: 'is-user-scheduled',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether an observer has a site at an instant',
  description: '`true` or `false`. While maintenance is on, `true` for its maker alone.',
  input: scheduledInput,
  missingKeys: requiredKeys('user_id', 'site', 'time'),
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: true },
  async handle(input, { context }) {
    return { value: await isScheduled(required(input.user_id), required(input.site), required(input.time), context) }
  },
})

/** Either an instant or an interval. */
const timeKeys = ({ time, start, end }: Readonly<Record<string, unknown>>) =>
  time == null && (start != null || end != null) ? ['start', 'end'] : ['time']

const conflictingInput = scheduledInput.extend({ start: time.nullish(), end: time.nullish() })

const conflictingEventExists = defineEndpoint<z.output<typeof conflictingInput>>({
  name: 'does-conflicting-event-exist',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether something keeps an observer from having a site',
  description: "Someone else's reservation, or maintenance, at `time` or between `start` and `end`.",
  input: conflictingInput,
  missingKeys: (body) => requiredKeys('user_id', 'site', ...timeKeys(body))(body),
  errors: [400],
  example: { input: { user_id: 'demo|bo', site: 'saf', start: EVENT.start, end: EVENT.end }, answer: true },
  async handle(input, { context, maxWindowDays }) {
    const during = input.time == null ? { start: required(input.start), end: required(input.end) } : secondAt(input.time)
    assertWindow(during, maxWindowDays)
    return { value: await isTaken(required(input.user_id), required(input.site), during, context) }
  },
})

export const listEndpoints: readonly Endpoint[] = [siteEvents, userEvents, eventAtTime, getEvent, isUserScheduled, conflictingEventExists]

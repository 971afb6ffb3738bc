import { z } from 'zod'
import { eyesOf, seenBy } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { momentOf } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import { jsonArray, writer } from '../json-bytes.ts'
import { assertWindow, atInstant, get, isScheduled, isTaken } from '../service/browse.ts'
import { eventId, eventOf, siteCode, textUpTo, time } from '../wire/event.ts'
import { LONGEST_POLL } from './admission/poll.ts'
import { endpoint, type Endpoint, given, requiring } from './endpoint.ts'
import { EVENT } from './examples.ts'
import { withProjects } from './projects-of-list.ts'

export const userId = textUpTo(256).meta({ description: "An observer's `sub`.", examples: [EVENT.creator_id] })
const CODE = '1 to 32 letters, digits, _ or -'
/** Of one list. */
export const MOST_SITES = 100
export const sites = z.union([siteCode, z.array(siteCode).min(1).max(MOST_SITES)], {
  error: (issue) => (Array.isArray(issue.input) ? `must hold 1 to 100 codes of ${CODE}` : `must be ${CODE}`),
})

const siteEventsInput = z.looseObject({
  site: sites.nullish(),
  start: time.nullish(),
  end: time.nullish(),
  // Only the boolean asks for it; anything else there is no reason to leave an observatory without its schedule.
  full_project_details: z.boolean().optional().catch(undefined),
})

const siteEvents = endpoint<z.output<typeof siteEventsInput>>({
  name: 'siteevents',
  kind: 'read',
  askers: 'anyone',
  summary: 'What is reserved at a site, or at several',
  description:
    'All that overlaps `[start, end)`, by start; always the whole list. ' +
    'With `full_project_details` each event that has a project has a `project` too: whole for whose project it is, admins and services. ' +
    'Where there is none to be had it is `Project not found.`, and where the projects service was not asked, `Project not looked up.`',
  input: siteEventsInput,
  missing: requiring('site', 'start', 'end'),
  mostEntries: { site: MOST_SITES },
  errors: [400],
  example: { input: { site: 'saf', start: '2030-06-17T18:00:00Z', end: '2030-06-24T18:00:00Z' }, answer: [EVENT] },
  polledSite({ site, start, end }) {
    const [one, another] = [given(site)].flat()
    return another === undefined && given(end) - given(start) <= LONGEST_POLL ? one : undefined
  },
  async handle(input, { by, world, projects, maxWindowDays, admission }) {
    const during = { start: given(input.start), end: given(input.end) }
    assertWindow(during, maxWindowDays)
    const query = { sites: [given(input.site)].flat(), during }
    if (input.full_project_details) return { bytes: await withProjects(query, eyesOf(by), world.store, projects) }
    const bytesOf = (most?: number) => world.store.listBytes(query, eyesOf(by), most)
    // For a poll, which went before all else, only little is read; for a longer list it stands in line like all else.
    const short = await bytesOf(admission.most()).catch((error: unknown) => {
      if (admission.most() === Infinity || !(error instanceof Failure) || error.code !== 'too_large') throw error
    })
    if (short) return { bytes: short }
    await admission.standInLine()
    return { bytes: await bytesOf() }
  },
})

const userEventsInput = z.looseObject({ user_id: userId.nullish(), time: time.nullish() })

const userEvents = endpoint<z.output<typeof userEventsInput>>({
  name: 'user-events-ending-after-time',
  kind: 'read',
  askers: 'anyone',
  summary: "An observer's reservations that end at a time or later",
  description: 'By end.',
  input: userEventsInput,
  missing: requiring('user_id', 'time'),
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, time: '2030-06-20T00:00:00Z' }, answer: [EVENT] },
  async handle(input, { by, world }) {
    return { bytes: await world.store.listBytes({ observer: given(input.user_id), endingFrom: given(input.time) }, eyesOf(by)) }
  },
})

const atTimeInput = z.looseObject({ site: siteCode.nullish(), time: time.nullish() })

const eventAtTime = endpoint<z.output<typeof atTimeInput>>({
  name: 'get-event-at-time',
  kind: 'read',
  askers: 'anyone',
  summary: 'What is reserved at a site at an instant',
  description: 'Start ≤ time < end. While maintenance is on, it alone: this decides who may command.',
  input: atTimeInput,
  missing: requiring('site', 'time'),
  errors: [400],
  example: { input: { site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: [EVENT] },
  async handle(input, { by, world }) {
    const write = writer()
    const textOf = (reservation: Reservation) => write(JSON.stringify(eventOf(seenBy(eyesOf(by), reservation))))
    return { bytes: await jsonArray(await atInstant(given(input.site), given(input.time), world, textOf)) }
  },
})

const getEventInput = z.looseObject({ event_id: eventId.nullish(), start: time.nullish() })

const getEvent = endpoint<z.output<typeof getEventInput>>({
  name: 'get-event',
  kind: 'read',
  askers: 'anyone',
  summary: 'One reservation',
  description: 'With its revision as the ETag, and an `m` behind it where something is masked.',
  input: getEventInput,
  missing: requiring('event_id'),
  errors: [400, 404],
  example: { input: { event_id: EVENT.event_id }, answer: EVENT },
  async handle(input, { by, world }) {
    const reference = { id: given(input.event_id), ...(input.start != null && { start: input.start }) }
    const { reservation, revision } = await get(reference, world)
    const value = eventOf(seenBy(eyesOf(by), reservation))
    return { value, revision, masked: JSON.stringify(value) !== JSON.stringify(eventOf(reservation)) }
  },
})

const scheduledInput = z.looseObject({ user_id: userId.nullish(), site: siteCode.nullish(), time: time.nullish() })

const isUserScheduled = endpoint<z.output<typeof scheduledInput>>({
  name: 'is-user-scheduled',
  kind: 'read',
  askers: 'anyone',
  summary: 'Whether an observer has a site at an instant',
  description: '`true` or `false`. While maintenance is on, `true` for its maker alone.',
  input: scheduledInput,
  missing: requiring('user_id', 'site', 'time'),
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: true },
  async handle(input, { world }) {
    return { value: await isScheduled(given(input.user_id), given(input.site), given(input.time), world) }
  },
})

/** Either an instant or an interval. */
const whenOf = ({ time, start, end }: Readonly<Record<string, unknown>>) =>
  time == null && (start != null || end != null) ? ['start', 'end'] : ['time']

const conflictingInput = scheduledInput.extend({ start: time.nullish(), end: time.nullish() })

const conflictingEventExists = endpoint<z.output<typeof conflictingInput>>({
  name: 'does-conflicting-event-exist',
  kind: 'read',
  askers: 'anyone',
  summary: 'Whether something keeps an observer from having a site',
  description: "Someone else's reservation, or maintenance, at `time` or between `start` and `end`.",
  input: conflictingInput,
  missing: (body) => requiring('user_id', 'site', ...whenOf(body))(body),
  errors: [400],
  example: { input: { user_id: 'demo|bo', site: 'saf', start: EVENT.start, end: EVENT.end }, answer: true },
  async handle(input, { world, maxWindowDays }) {
    const during = input.time == null ? { start: given(input.start), end: given(input.end) } : momentOf(input.time)
    assertWindow(during, maxWindowDays)
    return { value: await isTaken(given(input.user_id), given(input.site), during, world) }
  },
})

export const browsing: readonly Endpoint[] = [siteEvents, userEvents, eventAtTime, getEvent, isUserScheduled, conflictingEventExists]

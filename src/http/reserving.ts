import { z } from 'zod'
import { assertSignedIn, creatorFor, eyesOf, seenBy } from '../domain/access.ts'
import type { Instant } from '../domain/interval.ts'
import { masked } from '../domain/masking.ts'
import { LONGEST_TEXTS, type Reference, type Revision, type Stored } from '../domain/reservation.ts'
import { isLongerThan } from '../domain/text.ts'
import { jsonArray, writer } from '../json-bytes.ts'
import { amend } from '../service/amend.ts'
import { cancel } from '../service/cancel.ts'
import { type Made, reserve } from '../service/reserve.ts'
import { historyOf } from '../service/history.ts'
import { restore } from '../service/restore.ts'
import { amended, type ChangeInput, changeShape, type EventInput, eventId, eventOf, eventShape, time, wishOf } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'
import { type Answer, endpoint, type Endpoint, given, requiring } from './endpoint.ts'
import { EVENT, TABLE_RESPONSE, WISH } from './examples.ts'
import { jsonList } from './json-list.ts'
import { MOST_TOLD } from './problem.ts'

const override = z
  .boolean('must be true or false')
  .nullish()
  .meta({ description: 'Admins and services only: lays the reservation across what is in the way.' })

/** In a query it comes as text. */
const count = z.union([z.int().min(1), z.string().regex(/^[1-9]\d{0,8}$/).transform(Number)], 'must be a whole number of 1 or more')

/**
 * Conflicts that were let through are listed; without any the field is not there. Where all of them are too much to send,
 * the first of them are, and how many more there are.
 */
function made(field: string, { reservation, revision, across }: Made): Answer {
  const value = { [field]: eventOf(reservation), table_response: TABLE_RESPONSE }
  if (across.length === 0) return { value, revision }
  if (across.length <= MOST_TOLD) return { value: { ...value, conflicts: across.map(conflictOf) }, revision }
  return {
    value: { ...value, conflicts: across.slice(0, MOST_TOLD).map(conflictOf), conflicts_left_out: across.length - MOST_TOLD },
    whole: async () => Buffer.concat([Buffer.from(`${JSON.stringify(value).slice(0, -1)},"conflicts":`), await jsonList(across, conflictOf), Buffer.from('}')]),
    revision,
  }
}

const conflictOf = ({ reservation }: Stored) => eventOf(masked(reservation))

const newEventInput = eventShape.extend({
  override,
  // Of an observer's it is not looked at what it says, but how long it is.
  creator: eventShape.shape.creator.refine((text) => !isLongerThan(text ?? '', LONGEST_TEXTS.creator), `holds at most ${LONGEST_TEXTS.creator} characters`),
})

const newEvent = endpoint<z.output<typeof newEventInput>>({
  name: 'newevent',
  kind: 'write',
  askers: 'signed-in',
  summary: 'Make a reservation',
  description:
    'The same event again from the same caller is a retry and is answered as the first was; any other use of a known `event_id` is a 409.',
  input: newEventInput,
  missing: requiring('event_id', 'start', 'site'),
  errors: [400, 401, 403, 409],
  example: { input: WISH, answer: { new_calendar_event: EVENT, table_response: TABLE_RESPONSE } },
  async handle(input, { by, world }) {
    assertSignedIn(by)
    const observer = input.creator_id ?? by.id
    const creator = creatorFor(by, input.creator ?? undefined, observer)
    const wish = wishOf({ ...input, creator } as Parameters<typeof wishOf>[0], { observer, creator, now: world.now() })
    return made('new_calendar_event', await reserve(wish, by, { override: input.override ?? false }, world))
  },
})

const modifyInput = changeShape.extend({
  event_id: eventId.nullish(),
  override,
  originalEvent: z.looseObject({ event_id: eventId.nullish(), start: time.nullish() }).nullish(),
  modifiedEvent: changeShape.extend({ override }).nullish(),
})

const modifyEvent = endpoint<z.output<typeof modifyInput>>({
  name: 'modifyevent',
  kind: 'write',
  askers: 'signed-in',
  summary: 'Change a reservation',
  description:
    'One atomic change: a refused one leaves the event as it was. Absent fields keep their value; id and creator never change. ' +
    'Give `originalEvent` and `modifiedEvent`, or one flat event with its `event_id` and the changes. `If-Match` with an older revision gives 412.',
  input: modifyInput,
  missing: missingOfModify,
  errors: [400, 401, 403, 404, 409, 412],
  example: {
    input: { originalEvent: { event_id: EVENT.event_id, start: EVENT.start }, modifiedEvent: { end: '2030-06-20T05:15:00Z' } },
    answer: { modified_calendar_event: { ...EVENT, end: '2030-06-20T05:15:00Z' }, table_response: TABLE_RESPONSE },
  },
  async handle(input, { by, world, expected }) {
    const { originalEvent, modifiedEvent, override, ...flat } = input
    const changes: ChangeInput & { override?: boolean | null | undefined } = modifiedEvent ?? flat
    const reference = originalEvent ? referenceOf(originalEvent) : await flatReference(flat, (id) => world.store.find(id))
    const result = await amend(
      {
        reference,
        change: (before) => amended(before, changes, world.now()),
        override: override ?? changes.override ?? false,
        expected,
      },
      by,
      world,
    )
    return made('modified_calendar_event', result)
  },
})

function missingOfModify(body: Readonly<Record<string, unknown>>): readonly string[] {
  const { originalEvent, modifiedEvent } = body
  if (originalEvent == null && modifiedEvent == null) return requiring('event_id')(body)
  const missing = requiring('originalEvent', 'modifiedEvent')(body)
  if (missing.length > 0 || typeof originalEvent !== 'object') return missing
  return requiring('event_id')(originalEvent as Record<string, unknown>)
}

const referenceOf = ({ event_id, start }: { event_id?: string | null | undefined; start?: Instant | null | undefined }): Reference => ({
  id: given(event_id),
  ...(start != null && { start }),
})

/** In a flat event `start` is where it shall be; only where an id stands at two starts does it also say which is meant. */
async function flatReference({ event_id, start }: EventInput, find: (id: string) => Promise<Stored[]>): Promise<Reference> {
  const standing = await find(given(event_id))
  return standing.length > 1 ? referenceOf({ event_id, start }) : referenceOf({ event_id })
}

const deleteInput = z.looseObject({ event_id: eventId.nullish(), start: time.nullish() })

const deleteEvent = endpoint<z.output<typeof deleteInput>>({
  name: 'delete',
  kind: 'write',
  askers: 'signed-in',
  summary: 'Delete a reservation',
  description: "One's own, or anyone's of priority `low_priority` or `background`. Its history stays, and `restore-event` brings it back. `creator_id` is passed over.",
  input: deleteInput,
  missing: requiring('event_id'),
  errors: [400, 401, 403, 404, 412],
  example: { input: { event_id: EVENT.event_id, start: EVENT.start }, answer: { deleted_calendar_event: EVENT } },
  async handle(input, { by, world, expected }) {
    const deleted = await cancel({ reference: referenceOf(input), expected }, by, world)
    return { value: { deleted_calendar_event: eventOf(seenBy(eyesOf(by), deleted)) } }
  },
})

const historyInput = z.looseObject({
  event_id: eventId.nullish(),
  before: count.nullish().meta({ description: 'Only revisions with a lower number.' }),
  limit: count.nullish().meta({ description: 'The newest of them, at most so many.' }),
})

const eventHistory = endpoint<z.output<typeof historyInput>>({
  name: 'event-history',
  kind: 'read',
  askers: 'signed-in',
  summary: 'Every revision of a reservation',
  description:
    'Oldest first; for whose it is, admins and services. `before` is null where it was made, `after` where it was deleted. ' +
    'All of them, or a 413 where that is more than 8 MB: then, and wherever `limit` or `before` is given, the newest that fit.',
  input: historyInput,
  missing: requiring('event_id'),
  errors: [400, 401, 403, 404],
  example: {
    input: { event_id: EVENT.event_id },
    answer: [{ revision: 1, at: EVENT.last_modified, by: EVENT.creator_id, via: 'reserve', before: null, after: EVENT, across: [] }],
  },
  async handle(input, { by, world }) {
    const asked = { id: given(input.event_id), before: input.before ?? undefined, limit: input.limit ?? undefined }
    const write = writer()
    return { bytes: await jsonArray(await historyOf(asked, by, world, (revision) => write(JSON.stringify(written(revision))))) }
  },
})

const written = ({ number, at, by, via, before, after, across }: Revision) => ({
  revision: number,
  at: writeTime(at),
  by,
  via,
  across,
  before: before ? eventOf(before) : null,
  after: after ? eventOf(after) : null,
})

const restoreInput = z.looseObject({ event_id: eventId.nullish(), revision: z.int('must be a whole number').min(1).nullish(), override })

const restoreEvent = endpoint<z.output<typeof restoreInput>>({
  name: 'restore-event',
  kind: 'write',
  askers: 'signed-in',
  summary: 'Undo: bring a reservation back to how a revision left it',
  description: 'Under the same conflict rule as any other change. Deleted reservations come back; changed ones go back.',
  input: restoreInput,
  missing: requiring('event_id', 'revision'),
  errors: [400, 401, 403, 404, 409],
  example: { input: { event_id: EVENT.event_id, revision: 1 }, answer: { restored_calendar_event: EVENT, table_response: TABLE_RESPONSE } },
  async handle(input, { by, world }) {
    const wanted = { id: given(input.event_id), number: given(input.revision), override: input.override ?? false }
    return made('restored_calendar_event', await restore(wanted, by, world))
  },
})

export const reserving: readonly Endpoint[] = [newEvent, modifyEvent, deleteEvent, eventHistory, restoreEvent]

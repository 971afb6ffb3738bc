import { z } from 'zod'
import { assertSignedIn, creatorNameFor, viewerOf, visibleTo } from '../../domain/access.ts'
import type { Instant } from '../../domain/interval.ts'
import { masked } from '../../domain/masking.ts'
import { MAX_TEXT_LENGTHS, type Reference, type Revision, type Stored } from '../../domain/reservation.ts'
import { isLongerThan } from '../../domain/text.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { amend } from '../../service/amend.ts'
import { cancel } from '../../service/cancel.ts'
import { type WriteResult, reserve } from '../../service/reserve.ts'
import { readHistory } from '../../service/history.ts'
import { restore } from '../../service/restore.ts'
import { applyChanges, type ChangeInput, changeShape, type EventInput, eventId, eventOf, eventShape, time, proposedFrom } from '../../wire/event.ts'
import { writeTime } from '../../wire/time.ts'
import { type EndpointResult, defineEndpoint, type Endpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT, TABLE_RESPONSE, NEW_EVENT } from './examples.ts'
import { jsonList } from '../json-list.ts'
import { MAX_NAMED } from '../problem.ts'

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
function writeResponse(field: string, { reservation, revision, overlapping }: WriteResult): EndpointResult {
  const value = { [field]: eventOf(reservation), table_response: TABLE_RESPONSE }
  if (overlapping.length === 0) return { value, revision }
  if (overlapping.length <= MAX_NAMED) return { value: { ...value, conflicts: overlapping.map(conflictOf) }, revision }
  return {
    value: { ...value, conflicts: overlapping.slice(0, MAX_NAMED).map(conflictOf), conflicts_left_out: overlapping.length - MAX_NAMED },
    whole: async () => Buffer.concat([Buffer.from(`${JSON.stringify(value).slice(0, -1)},"conflicts":`), await jsonList(overlapping, conflictOf), Buffer.from('}')]),
    revision,
  }
}

const conflictOf = ({ reservation }: Stored) => eventOf(masked(reservation))

const newEventInput = eventShape.extend({
  override,
  // Of an observer's it is not looked at what it says, but how long it is.
  creator: eventShape.shape.creator.refine((text) => !isLongerThan(text ?? '', MAX_TEXT_LENGTHS.creator), `holds at most ${MAX_TEXT_LENGTHS.creator} characters`),
})

const newEvent = defineEndpoint<z.output<typeof newEventInput>>({
  name: 'newevent',
  kind: 'write',
  access: 'signed-in',
  summary: 'Make a reservation',
  description:
    'The same event again from the same caller is a retry and is answered as the first was; any other use of a known `event_id` is a 409.',
  input: newEventInput,
  missingKeys: requiredKeys('event_id', 'start', 'site'),
  errors: [400, 401, 403, 409],
  example: { input: NEW_EVENT, answer: { new_calendar_event: EVENT, table_response: TABLE_RESPONSE } },
  async handle(input, { actor, context }) {
    assertSignedIn(actor)
    const observer = input.creator_id ?? actor.id
    const creator = creatorNameFor(actor, input.creator ?? undefined, observer)
    const proposed = proposedFrom({ ...input, creator } as Parameters<typeof proposedFrom>[0], { observer, creator, now: context.now() })
    return writeResponse('new_calendar_event', await reserve(proposed, actor, { override: input.override ?? false }, context))
  },
})

const modifyInput = changeShape.extend({
  event_id: eventId.nullish(),
  override,
  originalEvent: z.looseObject({ event_id: eventId.nullish(), start: time.nullish() }).nullish(),
  modifiedEvent: changeShape.extend({ override }).nullish(),
})

const modifyEvent = defineEndpoint<z.output<typeof modifyInput>>({
  name: 'modifyevent',
  kind: 'write',
  access: 'signed-in',
  summary: 'Change a reservation',
  description:
    'One atomic change: a refused one leaves the event as it was. Absent fields keep their value; id and creator never change. ' +
    'Give `originalEvent` and `modifiedEvent`, or one flat event with its `event_id` and the changes. `If-Match` with an older revision gives 412.',
  input: modifyInput,
  missingKeys: missingModifyKeys,
  errors: [400, 401, 403, 404, 409, 412],
  example: {
    input: { originalEvent: { event_id: EVENT.event_id, start: EVENT.start }, modifiedEvent: { end: '2030-06-20T05:15:00Z' } },
    answer: { modified_calendar_event: { ...EVENT, end: '2030-06-20T05:15:00Z' }, table_response: TABLE_RESPONSE },
  },
  async handle(input, { actor, context, expected }) {
    const { originalEvent, modifiedEvent, override, ...flat } = input
    const changes: ChangeInput & { override?: boolean | null | undefined } = modifiedEvent ?? flat
    const reference = originalEvent ? referenceOf(originalEvent) : await flatReference(flat, (id) => context.store.find(id))
    const result = await amend(
      {
        reference,
        change: (before) => applyChanges(before, changes, context.now()),
        override: override ?? changes.override ?? false,
        expected,
      },
      actor,
      context,
    )
    return writeResponse('modified_calendar_event', result)
  },
})

function missingModifyKeys(body: Readonly<Record<string, unknown>>): readonly string[] {
  const { originalEvent, modifiedEvent } = body
  if (originalEvent == null && modifiedEvent == null) return requiredKeys('event_id')(body)
  const missing = requiredKeys('originalEvent', 'modifiedEvent')(body)
  if (missing.length > 0 || typeof originalEvent !== 'object') return missing
  return requiredKeys('event_id')(originalEvent as Record<string, unknown>)
}

const referenceOf = ({ event_id, start }: { event_id?: string | null | undefined; start?: Instant | null | undefined }): Reference => ({
  id: required(event_id),
  ...(start != null && { start }),
})

/** In a flat event `start` is where it shall be; only where an id stands at two starts does it also say which is meant. */
async function flatReference({ event_id, start }: EventInput, find: (id: string) => Promise<Stored[]>): Promise<Reference> {
  const rows = await find(required(event_id))
  return rows.length > 1 ? referenceOf({ event_id, start }) : referenceOf({ event_id })
}

const deleteInput = z.looseObject({ event_id: eventId.nullish(), start: time.nullish() })

const deleteEvent = defineEndpoint<z.output<typeof deleteInput>>({
  name: 'delete',
  kind: 'write',
  access: 'signed-in',
  summary: 'Delete a reservation',
  description: "One's own, or anyone's of priority `low_priority` or `background`. Its history stays, and `restore-event` brings it back. `creator_id` is passed over.",
  input: deleteInput,
  missingKeys: requiredKeys('event_id'),
  errors: [400, 401, 403, 404, 412],
  example: { input: { event_id: EVENT.event_id, start: EVENT.start }, answer: { deleted_calendar_event: EVENT } },
  async handle(input, { actor, context, expected }) {
    const deleted = await cancel({ reference: referenceOf(input), expected }, actor, context)
    return { value: { deleted_calendar_event: eventOf(visibleTo(viewerOf(actor), deleted)) } }
  },
})

const historyInput = z.looseObject({
  event_id: eventId.nullish(),
  before: count.nullish().meta({ description: 'Only revisions with a lower number.' }),
  limit: count.nullish().meta({ description: 'The newest of them, at most so many.' }),
})

const eventHistory = defineEndpoint<z.output<typeof historyInput>>({
  name: 'event-history',
  kind: 'read',
  access: 'signed-in',
  summary: 'Every revision of a reservation',
  description:
    'Oldest first; for whose it is, admins and services. `before` is null where it was made, `after` where it was deleted. ' +
    'All of them, or a 413 where that is more than 8 MB: then, and wherever `limit` or `before` is given, the newest that fit.',
  input: historyInput,
  missingKeys: requiredKeys('event_id'),
  errors: [400, 401, 403, 404],
  example: {
    input: { event_id: EVENT.event_id },
    answer: [{ revision: 1, at: EVENT.last_modified, by: EVENT.creator_id, via: 'reserve', before: null, after: EVENT, across: [] }],
  },
  async handle(input, { actor, context }) {
    const query = { id: required(input.event_id), before: input.before ?? undefined, limit: input.limit ?? undefined }
    const write = writer()
    return { bytes: await jsonArray(await readHistory(query, actor, context, (revision) => write(JSON.stringify(revisionToWire(revision))))) }
  },
})

const revisionToWire = ({ number, at, by: actor, via, before, after, overlapping }: Revision) => ({
  revision: number,
  at: writeTime(at),
  by: actor,
  via,
  across: overlapping,
  before: before ? eventOf(before) : null,
  after: after ? eventOf(after) : null,
})

const restoreInput = z.looseObject({ event_id: eventId.nullish(), revision: z.int('must be a whole number').min(1).nullish(), override })

const restoreEvent = defineEndpoint<z.output<typeof restoreInput>>({
  name: 'restore-event',
  kind: 'write',
  access: 'signed-in',
  summary: 'Undo: bring a reservation back to how a revision left it',
  description: 'Under the same conflict rule as any other change. Deleted reservations come back; changed ones go back.',
  input: restoreInput,
  missingKeys: requiredKeys('event_id', 'revision'),
  errors: [400, 401, 403, 404, 409],
  example: { input: { event_id: EVENT.event_id, revision: 1 }, answer: { restored_calendar_event: EVENT, table_response: TABLE_RESPONSE } },
  async handle(input, { actor, context }) {
    const request = { id: required(input.event_id), number: required(input.revision), override: input.override ?? false }
    return writeResponse('restored_calendar_event', await restore(request, actor, context))
  },
})

export const reservationEndpoints: readonly Endpoint[] = [newEvent, modifyEvent, deleteEvent, eventHistory, restoreEvent]

import { z } from 'zod'
import type { Reference, Stored } from '../../domain/reservation.ts'
import { amend } from '../../service/amend.ts'
import { applyChanges, type ChangeInput, changeShape, type EventInput, eventId, time } from '../../wire/event.ts'
import { defineEndpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT, TABLE_RESPONSE } from './examples.ts'
import { override, referenceOf, writeResponse } from './shared.ts'

const modifyInput = changeShape.extend({
  event_id: eventId.nullish(),
  override,
  originalEvent: z.looseObject({ event_id: eventId.nullish(), start: time.nullish() }).nullish(),
  modifiedEvent: changeShape.extend({ override }).nullish(),
})

export const modifyEvent = defineEndpoint<z.output<typeof modifyInput>>({
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

/** In a flat event `start` is where it shall be; only where an id stands at two starts does it also say which is meant. */
async function flatReference({ event_id, start }: EventInput, find: (id: string) => Promise<Stored[]>): Promise<Reference> {
  const rows = await find(required(event_id))
  return rows.length > 1 ? referenceOf({ event_id, start }) : referenceOf({ event_id })
}

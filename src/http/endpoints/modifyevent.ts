import * as z from 'zod'
import type { Reference, Stored } from '../../domain/reservation.ts'
import { amend } from '../../service/amend.ts'
import { eventOf } from '../../wire/event.ts'
import { applyChanges, changeShape, eventId, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint, requiring } from '../endpoint.ts'
import { EVENT, TABLE_RESPONSE } from './examples.ts'
import { override, referenceOf, writeResponse } from './shared.ts'

const changesInput = changeShape.extend({ override })

/** Either `originalEvent` and `modifiedEvent`, or one flat event. */
const input = requiring(
  changesInput.extend({
    event_id: eventId.nullish(),
    originalEvent: z.looseObject({ event_id: eventId, start: time.nullish() }).nullish(),
    modifiedEvent: changesInput.nullish(),
  }),
  ({ originalEvent, modifiedEvent }) =>
    originalEvent == null && modifiedEvent == null ? ['event_id'] : ['originalEvent', 'modifiedEvent'],
).meta({ anyOf: [{ required: ['event_id'] }, { required: ['originalEvent', 'modifiedEvent'] }] })

export const modifyEvent = defineEndpoint({
  name: 'modifyevent',
  kind: 'write',
  access: 'signed-in',
  summary: 'Change a reservation',
  description:
    'One atomic change: a rejected one leaves the event as it was. Absent fields keep their value; id and creator never change. ' +
    'Give `originalEvent` and `modifiedEvent`, or one flat event with its `event_id` and the changes. `If-Match` with an older revision gives 412.',
  input,
  output: responses.modifyevent,
  errors: [400, 401, 403, 404, 409, 412],
  example: {
    input: {
      originalEvent: { event_id: EVENT.event_id, start: EVENT.start },
      modifiedEvent: { end: '2030-06-20T05:15:00Z' },
    },
    answer: { modified_calendar_event: { ...EVENT, end: '2030-06-20T05:15:00Z' }, table_response: TABLE_RESPONSE },
  },
  async handle(body, { actor, context, expected }) {
    const { originalEvent, modifiedEvent, override: flatOverride, ...flat } = body
    const changes = modifiedEvent ?? flat
    const reference = originalEvent
      ? referenceOf(originalEvent)
      : await flatReference(flat, (id) => context.store.find(id))
    const result = await amend(
      {
        reference,
        change: (before) => applyChanges(before, changes, context.now()),
        override: flatOverride ?? modifiedEvent?.override ?? false,
        expected,
      },
      actor,
      context,
    )
    return writeResponse({ modified_calendar_event: eventOf(result.reservation) }, result)
  },
})

/**
 * In a flat event `start` is the new start. Only if the id has two rows, it also names the one to change.
 * @param event_id required in a flat event
 */
async function flatReference(
  { event_id, start }: z.output<typeof input>,
  find: (id: string) => Promise<Stored[]>,
): Promise<Reference> {
  const id = event_id as string
  const rows = await find(id)
  return rows.length > 1 ? referenceOf({ event_id: id, start }) : { id }
}

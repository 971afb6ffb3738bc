import * as z from 'zod'
import { viewerOf, visibleTo } from '../../domain/access.ts'
import { cancel } from '../../service/cancel.ts'
import { eventOf } from '../../wire/event.ts'
import { eventId, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { override, referenceOf } from './shared.ts'

export const deleteEvent = defineEndpoint({
  name: 'delete',
  kind: 'write',
  access: 'signed-in',
  summary: 'Delete a reservation',
  description:
    "One's own, or anyone's of priority `low_priority` or `background`. Its history stays, and `restore-event` brings it back. `creator_id` is ignored.",
  input: z.looseObject({ event_id: eventId, start: time.nullish(), override }),
  output: responses.delete,
  errors: [400, 401, 403, 404, 409, 412],
  example: { input: { event_id: EVENT.event_id, start: EVENT.start }, answer: { deleted_calendar_event: EVENT } },
  async handle(input, { actor, context, expected }) {
    const request = { reference: referenceOf(input), expected, override: input.override ?? false }
    const deleted = await cancel(request, actor, context)
    return { value: { deleted_calendar_event: eventOf(visibleTo(viewerOf(actor), deleted)) } }
  },
})

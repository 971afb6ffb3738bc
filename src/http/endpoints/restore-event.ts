import * as z from 'zod'
import { restore } from '../../service/restore.ts'
import { eventId } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT, TABLE_RESPONSE } from './examples.ts'
import { override, writeResponse } from './shared.ts'

export const restoreEvent = defineEndpoint({
  name: 'restore-event',
  kind: 'write',
  access: 'signed-in',
  summary: 'Undo: bring a reservation back to how a revision left it',
  description:
    'Under the same conflict rule as any other change. Deleted reservations come back; changed ones go back.',
  input: z.looseObject({ event_id: eventId, revision: z.int('must be a whole number').min(1), override }),
  output: responses['restore-event'],
  errors: [400, 401, 403, 404, 409],
  example: {
    input: { event_id: EVENT.event_id, revision: 1 },
    answer: { restored_calendar_event: EVENT, table_response: TABLE_RESPONSE },
  },
  async handle(input, { actor, context }) {
    const request = { id: input.event_id, number: input.revision, override: input.override ?? false }
    const result = await restore(request, actor, context)
    return writeResponse('restored_calendar_event', result)
  },
})

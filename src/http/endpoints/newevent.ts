import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { newEventInput, reserveEvent } from './event-writes.ts'
import { EVENT, NEW_EVENT, TABLE_RESPONSE } from './examples.ts'
import { writeResponse } from './shared.ts'

export const newEvent = defineEndpoint({
  name: 'newevent',
  kind: 'write',
  access: 'signed-in',
  summary: 'Create a reservation',
  description:
    'The same event again from the same caller is a retry with the same response; any other use of a known `event_id` is a 409.',
  input: newEventInput,
  output: responses.newevent,
  errors: [400, 401, 403, 409],
  example: { input: NEW_EVENT, answer: { new_calendar_event: EVENT, table_response: TABLE_RESPONSE } },
  async handle(input, call) {
    const result = await reserveEvent(input, call)
    return writeResponse('new_calendar_event', result)
  },
})

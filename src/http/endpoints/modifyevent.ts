import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { amendEvent, modifyEventInput } from './event-writes.ts'
import { EVENT, TABLE_RESPONSE } from './examples.ts'
import { writeResponse } from './shared.ts'

export const modifyEvent = defineEndpoint({
  name: 'modifyevent',
  kind: 'write',
  access: 'signed-in',
  summary: 'Change a reservation',
  description:
    'One atomic change: a rejected one leaves the event as it was. Absent fields keep their value; id and creator never change. ' +
    'Give `originalEvent` and `modifiedEvent`, or one flat event with its `event_id` and the changes. `If-Match` with an older revision gives 412.',
  input: modifyEventInput,
  output: responses.modifyevent,
  errors: [400, 401, 403, 404, 409, 412],
  example: {
    input: {
      originalEvent: { event_id: EVENT.event_id, start: EVENT.start },
      modifiedEvent: { end: '2030-06-20T05:15:00Z' },
    },
    answer: { modified_calendar_event: { ...EVENT, end: '2030-06-20T05:15:00Z' }, table_response: TABLE_RESPONSE },
  },
  async handle(body, call) {
    const result = await amendEvent(body, call)
    return writeResponse('modified_calendar_event', result)
  },
})

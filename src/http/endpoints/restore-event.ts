import { z } from 'zod'
import { restore } from '../../service/restore.ts'
import { eventId } from '../../wire/event.ts'
import { defineEndpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT, TABLE_RESPONSE } from './examples.ts'
import { override, writeResponse } from './shared.ts'

const restoreInput = z.looseObject({ event_id: eventId.nullish(), revision: z.int('must be a whole number').min(1).nullish(), override })

export const restoreEvent = defineEndpoint<z.output<typeof restoreInput>>({
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

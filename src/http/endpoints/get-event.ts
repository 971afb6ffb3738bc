import * as z from 'zod'
import { viewerOf, visibleTo } from '../../domain/access.ts'
import { get } from '../../service/queries.ts'
import { eventOf } from '../../wire/event.ts'
import { eventId, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'

export const getEvent = defineEndpoint({
  name: 'get-event',
  kind: 'read',
  access: 'anyone',
  summary: 'One reservation',
  description: 'With its revision as the ETag, followed by `m` if something is masked.',
  input: z.looseObject({ event_id: eventId, start: time.nullish() }),
  output: responses['get-event'],
  errors: [400, 404],
  example: { input: { event_id: EVENT.event_id }, answer: EVENT },
  async handle(input, { actor, context }) {
    const reference = { id: input.event_id, ...(input.start != null && { start: input.start }) }
    const { reservation, revision } = await get(reference, context)
    const value = eventOf(visibleTo(viewerOf(actor), reservation))
    return { value, revision, masked: JSON.stringify(value) !== JSON.stringify(eventOf(reservation)) }
  },
})

import * as z from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { userId } from './shared.ts'

export const userEventsEndingAfterTime = defineEndpoint({
  name: 'user-events-ending-after-time',
  kind: 'read',
  access: 'anyone',
  summary: "An observer's reservations that end at a time or later",
  description: 'By end.',
  input: z.looseObject({ user_id: userId, time }),
  output: responses['user-events-ending-after-time'],
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, time: '2030-06-20T00:00:00Z' }, answer: [EVENT] },
  async handle(input, { actor, context }) {
    return {
      bytes: await context.store.listBytes({ observer: input.user_id, endingFrom: input.time }, viewerOf(actor)),
    }
  },
})

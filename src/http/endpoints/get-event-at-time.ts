import * as z from 'zod'
import { viewerOf, visibleTo } from '../../domain/access.ts'
import type { Reservation } from '../../domain/reservation.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { atInstant } from '../../service/queries.ts'
import { eventOf } from '../../wire/event.ts'
import { siteCode, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'

export const getEventAtTime = defineEndpoint({
  name: 'get-event-at-time',
  kind: 'read',
  access: 'anyone',
  summary: 'The reservations at a site at an instant',
  description: 'Start ≤ time < end. During maintenance, only that: this decides who may command.',
  input: z.looseObject({ site: siteCode, time }),
  output: responses['get-event-at-time'],
  errors: [400],
  example: { input: { site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: [EVENT] },
  dependsOn: ({ site }) => [site],
  async handle(input, { actor, context }) {
    const write = writer()
    const textOf = (reservation: Reservation) => write(JSON.stringify(eventOf(visibleTo(viewerOf(actor), reservation))))
    return { bytes: await jsonArray(await atInstant(input.site, input.time, context, textOf)) }
  },
})

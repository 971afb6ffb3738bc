import * as z from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { bytesAtInstant } from '../../service/queries.ts'
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
  async handle({ site, time: at }, { actor, context }) {
    return { bytes: await bytesAtInstant(site, at, viewerOf(actor), context) }
  },
})

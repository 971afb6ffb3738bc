import * as z from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { affectedBy } from '../../service/affected.ts'
import { siteCode, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'

export const reservationsAffected = defineEndpoint({
  name: 'reservations-affected',
  kind: 'read',
  access: 'signed-in',
  summary: 'Whom a closure would affect',
  description:
    'For admins and services: the reservations that `maintenance` at a telescope, or at an enclosure, would conflict with, ' +
    'closures included, by start; always the whole list, unmasked, and as they are stored.',
  input: z.looseObject({ site: siteCode, start: time, end: time }),
  output: responses['reservations-affected'],
  errors: [400, 401, 403],
  example: { input: { site: 'saf', start: '2030-06-17T18:00:00Z', end: '2030-06-24T18:00:00Z' }, answer: [EVENT] },
  async handle({ site, start, end }, { actor, context }) {
    return { bytes: await context.store.listBytes(affectedBy(site, { start, end }, actor, context), viewerOf(actor)) }
  },
})

import * as z from 'zod'
import { attachProject, MAX_REFERENCES } from '../../service/attach-project.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { attachResponse, chargeQuota, entries, GUARDED, maxEntries, UPDATED } from './shared.ts'

const MEGABYTE = 1_048_576

export const removeProjectFromEvents = defineEndpoint({
  name: 'remove-project-from-events',
  kind: 'write',
  access: 'guarded',
  summary: 'Detach the project from reservations',
  description: `The same list as add-projects-to-events, of up to ${MAX_REFERENCES}, in a body of up to 1 MB.${GUARDED}.`,
  input: z.object({ events: entries }),
  output: responses['remove-project-from-events'],
  maxEntries,
  maxBytes: MEGABYTE,
  errors: [400, 401, 429],
  example: { input: { events: [EVENT.event_id] }, answer: UPDATED },
  async handle(input, call) {
    const events = input.events
    return attachResponse(
      await chargeQuota(call, events.length, (context) => attachProject(undefined, events, call.actor, context)),
    )
  },
})

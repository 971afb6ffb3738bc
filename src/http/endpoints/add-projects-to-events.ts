import * as z from 'zod'
import { attachProject, MAX_ATTACHED } from '../../service/attach-project.ts'
import { projectId } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { attachResponse, chargeQuota, entries, GUARDED, maxEntries, UPDATED } from './shared.ts'

export const addProjectsToEvents = defineEndpoint({
  name: 'add-projects-to-events',
  kind: 'write',
  access: 'guarded',
  summary: 'Attach a project to reservations',
  description: `One entry for each event: \`updated\`, \`not_found\` or \`finished\` (it has ended and stays as it is).${GUARDED}, and at most ${MAX_ATTACHED} at a time.`,
  input: z.object({ project_id: projectId, events: entries }),
  output: responses['add-projects-to-events'],
  maxEntries,
  errors: [400, 401, 429],
  example: {
    input: { project_id: 'M31 LRGB#2030-06-01T00:00:00Z', events: [{ event_id: EVENT.event_id, start: EVENT.start }] },
    answer: UPDATED,
  },
  async handle(input, call) {
    const events = input.events
    return attachResponse(
      await chargeQuota(call, events.length, (context) =>
        attachProject(input.project_id ?? undefined, events, call.actor, context),
      ),
    )
  },
})

import * as z from 'zod'
import { expireLco } from '../../service/expire-lco.ts'
import { siteCode, time } from '../../wire/event-input.ts'
import { writeProjectId } from '../../wire/project-id.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { jsonList } from '../json-list.ts'
import { chargeQuota } from './shared.ts'

export const removeExpiredLcoSchedule = defineEndpoint({
  name: 'remove-expired-lco-schedule',
  kind: 'write',
  access: 'guarded',
  summary: "Clear the LCO scheduler's own blocks",
  description:
    'Removes events of origin `lco` that start after the cutoff; answers the distinct project ids they had. Without signing in, only what has not ended.',
  input: z.looseObject({ site: siteCode, cutoff_time: time }),
  output: responses['remove-expired-lco-schedule'],
  errors: [400, 401, 429],
  example: { input: { site: 'saf', cutoff_time: '2030-06-20T00:00:00Z' }, answer: ['M31 LRGB#2030-06-01T00:00:00Z'] },
  async handle({ site, cutoff_time: cutoff }, call) {
    const projects = await chargeQuota(call, 1, (context) => expireLco(site, cutoff, call.actor, context))
    return { bytes: await jsonList(projects, writeProjectId) }
  },
})

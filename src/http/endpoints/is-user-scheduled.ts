import type { z } from 'zod'
import { isScheduled } from '../../service/queries.ts'
import { defineEndpoint, required, requiredKeys } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { scheduledInput } from './shared.ts'

export const isUserScheduled = defineEndpoint<z.output<typeof scheduledInput>>({
  name: 'is-user-scheduled',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether an observer has a site at an instant',
  description: '`true` or `false`. While maintenance is on, `true` for its maker alone.',
  input: scheduledInput,
  missingKeys: requiredKeys('user_id', 'site', 'time'),
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: true },
  async handle(input, { context }) {
    return { value: await isScheduled(required(input.user_id), required(input.site), required(input.time), context) }
  },
})

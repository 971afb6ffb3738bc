import { isScheduled } from '../../service/queries.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { scheduledInput } from './shared.ts'

export const isUserScheduled = defineEndpoint({
  name: 'is-user-scheduled',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether an observer has a site at an instant',
  description: '`true` or `false`. During maintenance, `true` only for its observer.',
  input: scheduledInput,
  output: responses['is-user-scheduled'],
  errors: [400],
  example: { input: { user_id: EVENT.creator_id, site: 'saf', time: '2030-06-20T04:30:00Z' }, answer: true },
  dependsOn: ({ site }) => [site],
  async handle(input, { context }) {
    return { value: await isScheduled(input.user_id, input.site, input.time, context) }
  },
})

import * as z from 'zod'
import { viewerOf, visibleTo } from '../../domain/access.ts'
import { checkCommand } from '../../service/may-command.ts'
import { eventOf } from '../../wire/event.ts'
import { siteCode, textUpTo, time } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { writeTime } from '../../wire/time.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'
import { userId } from './shared.ts'

const MAX_ROLES = 100
const role = textUpTo(256)

export const mayCommand = defineEndpoint({
  name: 'may-command',
  kind: 'read',
  access: 'anyone',
  summary: 'Whether an observer may command a telescope',
  description:
    'An admin always may; anyone while nothing is reserved; otherwise whoever has a reservation. During maintenance only its ' +
    'observer may. The response holds `until` a time at which it may change: at most 30 s ahead if the observer is allowed, ' +
    'since somebody may reserve the telescope at any time. `time` is now unless given. `roles` counts from a service only; a ' +
    'token shows the role of its own `sub` only.',
  input: z.looseObject({
    user_id: userId,
    site: siteCode,
    time: time.nullish(),
    roles: z
      .union([role, z.array(role).max(MAX_ROLES)], `must be a text or a list of up to ${MAX_ROLES} texts`)
      .nullish(),
  }),
  output: responses['may-command'],
  errors: [400],
  example: {
    input: { user_id: EVENT.creator_id, site: 'saf', time: '2030-06-20T04:30:00Z' },
    answer: { allowed: true, reason: 'reserved_for_you', until: '2030-06-20T04:30:30Z', reservation: EVENT },
  },
  waitsForIssuer: true,
  async handle({ user_id: observer, site, time: at, roles }, { actor, context }) {
    const query = { observer, site, at: at ?? context.now(), roles: [roles ?? []].flat() }
    const { allowed, reason, until, reservation } = await checkCommand(query, actor, context)
    return {
      value: {
        allowed,
        reason,
        until: writeTime(until),
        ...(reservation && { reservation: eventOf(visibleTo(viewerOf(actor), reservation)) }),
      },
    }
  },
})

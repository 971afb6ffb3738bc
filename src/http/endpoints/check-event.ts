import * as z from 'zod'
import { assertMayOverride, isTrusted } from '../../domain/access.ts'
import type { Actor } from '../../domain/observer.ts'
import { checkChange, type Rejection } from '../../service/check-change.ts'
import { responses, type WireVerdict } from '../../wire/responses.ts'
import { type Call, defineEndpoint, parseInput } from '../endpoint.ts'
import { intervalOf, objectionsTo } from '../problem.ts'
import { amendEvent, modifyEventInput, newEventInput, reserveEvent } from './event-writes.ts'
import { EVENT } from './examples.ts'

export const checkEvent = defineEndpoint({
  name: 'check-event',
  kind: 'write',
  access: 'signed-in',
  summary: 'Whether a reservation would be accepted',
  description:
    'Decides as `newevent` or `modifyevent` would, and changes nothing: every objection, a conflict first, then each rule that is broken. ' +
    'A request that would fail for another reason fails with the same error here.',
  input: z.looseObject({
    as: z.enum(['newevent', 'modifyevent'], 'must be newevent or modifyevent'),
    event: z.looseObject({}).meta({ description: 'The body of that endpoint.' }),
  }),
  output: responses['check-event'],
  errors: [400, 401, 403, 404, 412],
  example: {
    input: { as: 'modifyevent', event: { event_id: EVENT.event_id, end: '2030-06-20T07:00:00Z' } },
    answer: {
      would: 'refuse',
      objections: [
        {
          code: 'hours_per_night',
          message:
            'An observer has at most 2 hours a night at saf; with this reservation it would be 2.75 hours in the night of 2030-06-19.',
          overridable: false,
        },
      ],
      free: {
        before: { start: '2030-06-20T04:10:28Z', end: '2030-06-20T09:59:38Z' },
        after: { start: '2030-06-21T04:10:43Z', end: '2030-06-21T09:59:50Z' },
      },
    },
  },
  async handle(input, call) {
    const change = await changeOf(input, call)
    return { value: verdictOf(await checkChange(change, call.context), call.actor) }
  },
})

/** The change that a body asks for, without its override, which the verdict is about. @throws Failure `malformed`, `forbidden` */
async function changeOf({ as, event }: { as: 'newevent' | 'modifyevent'; event: Record<string, unknown> }, call: Call) {
  if (as === 'newevent') {
    const input = await parseInput({ input: newEventInput }, event)
    assertMayOverride(call.actor, input.override ?? false)
    return (context: Call['context']) => reserveEvent({ ...input, override: false }, { ...call, context })
  }
  const input = await parseInput({ input: modifyEventInput }, event)
  assertMayOverride(call.actor, input.override ?? input.modifiedEvent?.override ?? false)
  return (context: Call['context']) => amendEvent({ ...input, override: false }, { ...call, context })
}

function verdictOf(rejection: Rejection | undefined, actor: Actor): WireVerdict {
  const objections = rejection ? objectionsTo(rejection.error, isTrusted(actor)) : []
  const { before, after } = rejection?.free ?? {}
  const isOverridable = objections.every(({ overridable }) => overridable)
  return {
    would: objections.length === 0 ? 'accept' : isOverridable ? 'override' : 'refuse',
    objections,
    free: { before: intervalOf(before), after: intervalOf(after) },
  }
}

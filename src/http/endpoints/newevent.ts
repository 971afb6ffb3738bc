import { assertSignedIn, creatorNameFor } from '../../domain/access.ts'
import { MAX_TEXT_LENGTHS } from '../../domain/reservation.ts'
import { isLongerThan } from '../../domain/text.ts'
import { reserve } from '../../service/reserve.ts'
import { eventOf } from '../../wire/event.ts'
import { eventShape, proposedFrom } from '../../wire/event-input.ts'
import { responses } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT, NEW_EVENT, TABLE_RESPONSE } from './examples.ts'
import { override, writeResponse } from './shared.ts'

export const newEvent = defineEndpoint({
  name: 'newevent',
  kind: 'write',
  access: 'signed-in',
  summary: 'Create a reservation',
  description:
    'The same event again from the same caller is a retry with the same response; any other use of a known `event_id` is a 409.',
  input: eventShape.extend({
    override,
    // The name in an observer's token replaces it, but its length is checked all the same.
    creator: eventShape.shape.creator.refine(
      (text) => !isLongerThan(text ?? '', MAX_TEXT_LENGTHS.creator),
      `holds at most ${MAX_TEXT_LENGTHS.creator} characters`,
    ),
  }),
  output: responses.newevent,
  errors: [400, 401, 403, 409],
  example: { input: NEW_EVENT, answer: { new_calendar_event: EVENT, table_response: TABLE_RESPONSE } },
  async handle(input, { actor, context }) {
    assertSignedIn(actor)
    const observer = input.creator_id ?? actor.id
    const creator = creatorNameFor(actor, input.creator ?? undefined, observer)
    const proposed = proposedFrom({ ...input, creator }, { observer, creator, now: context.now() })
    const result = await reserve(proposed, actor, { override: input.override ?? false }, context)
    return writeResponse({ new_calendar_event: eventOf(result.reservation) }, result)
  },
})

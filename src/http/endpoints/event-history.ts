import * as z from 'zod'
import type { Revision } from '../../domain/reservation.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { readHistory } from '../../service/history.ts'
import { eventOf } from '../../wire/event.ts'
import { eventId } from '../../wire/event-input.ts'
import { writeTime } from '../../wire/time.ts'
import { responses, type WireRevision } from '../../wire/responses.ts'
import { defineEndpoint } from '../endpoint.ts'
import { EVENT } from './examples.ts'

/** A number in a body, digits in a query. */
const count = z.union(
  [
    z.int().min(1),
    z
      .string()
      .regex(/^[1-9]\d{0,8}$/)
      .transform(Number),
  ],
  'must be a whole number of 1 or more',
)

export const eventHistory = defineEndpoint({
  name: 'event-history',
  kind: 'read',
  access: 'signed-in',
  summary: 'Every revision of a reservation',
  description:
    'Oldest first; for its observer, admins and services. `before` is null if it was created, `after` if it was deleted. ' +
    'All revisions, or a 413 if they are more than 8 MB; with `limit` or `before`, the newest that fit.',
  input: z.looseObject({
    event_id: eventId,
    before: count.nullish().meta({ description: 'Only revisions with a lower number.' }),
    limit: count.nullish().meta({ description: 'The maximum number of revisions, the newest.' }),
  }),
  output: responses['event-history'],
  errors: [400, 401, 403, 404],
  example: {
    input: { event_id: EVENT.event_id },
    answer: [
      {
        revision: 1,
        at: EVENT.last_modified,
        by: EVENT.creator_id,
        via: 'reserve',
        before: null,
        after: EVENT,
        across: [],
      },
    ],
  },
  async handle(input, { actor, context }) {
    const query = { id: input.event_id, before: input.before ?? undefined, limit: input.limit ?? undefined }
    const write = writer()
    return {
      bytes: await jsonArray(
        await readHistory(query, actor, context, (revision) => write(JSON.stringify(revisionToWire(revision)))),
      ),
    }
  },
})

const revisionToWire = ({
  number,
  at,
  by: actor,
  via,
  before,
  after,
  overlapping,
  overridden,
}: Revision): WireRevision => ({
  revision: number,
  at: writeTime(at),
  by: actor,
  via,
  across: [...overlapping],
  ...(overridden && { overridden: [...overridden] }),
  before: before ? eventOf(before) : null,
  after: after ? eventOf(after) : null,
})

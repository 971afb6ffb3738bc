import * as z from 'zod'
import { MAX_MOVES, type MoveOutcome, moveReservations as moveAll } from '../../service/move-reservations.ts'
import { eventId, siteCode, time } from '../../wire/event-input.ts'
import { movedTo } from '../../wire/moved-to.ts'
import { responses, type WireMove } from '../../wire/responses.ts'
import { writeTime } from '../../wire/time.ts'
import { defineEndpoint } from '../endpoint.ts'
import { problemOf } from '../problem.ts'
import { EVENT } from './examples.ts'
import { override } from './shared.ts'

const move = z.object({
  event_id: eventId,
  start: time.nullish().meta({ description: 'Default: the nearest free dark time.' }),
  site: siteCode.nullish().meta({ description: 'Default: where it is.' }),
})

const moves = z
  .array(move, 'must be a list')
  .refine((list) => new Set(list.map(({ event_id }) => event_id)).size === list.length, 'must name each event once')

export const moveReservations = defineEndpoint({
  name: 'move-reservations',
  kind: 'write',
  access: 'signed-in',
  summary: 'Move reservations to other times or telescopes',
  description:
    `For admins and services; at most ${MAX_MOVES} at a time, one after the other. Each keeps its length, and is moved in an ` +
    'atomic change of its own. One entry for each: `moved`, `not_found`, `finished` (it has ended and stays as it is) or ' +
    '`refused`. A moved event has `moved_from` (`site`, `start`, `end`) until its observer changes it. `override` overrides ' +
    'rules, and never a conflict.',
  input: z.looseObject({ moves, override }),
  output: responses['move-reservations'],
  maxEntries: { moves: MAX_MOVES },
  errors: [400, 401, 403],
  example: {
    input: { moves: [{ event_id: EVENT.event_id, start: '2030-06-21T04:15:00Z' }] },
    answer: [
      {
        event_id: EVENT.event_id,
        status: 'moved',
        site: EVENT.site,
        start: '2030-06-21T04:15:00Z',
        end: '2030-06-21T05:00:00Z',
      },
    ],
  },
  async handle(body, { actor, context }) {
    const outcomes = await moveAll(
      body.moves.map(({ event_id: id, start, site }) => ({ id, start: start ?? undefined, site: site ?? undefined })),
      {
        movedTo: (before, destination) => movedTo(before, destination, context.now()),
        overridesRules: body.override ?? false,
      },
      actor,
      context,
    )
    return { value: outcomes.map(moveToWire) }
  },
})

function moveToWire(outcome: MoveOutcome): WireMove {
  const { id: event_id, status } = outcome
  if (status === 'moved') {
    const { site, start, end } = outcome.written.reservation
    return { event_id, status, site, start: writeTime(start), end: writeTime(end) }
  }
  if (status !== 'refused') return { event_id, status }
  const { code, detail } = problemOf(outcome.failure)
  return { event_id, status, code, detail }
}

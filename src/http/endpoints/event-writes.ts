import * as z from 'zod'
import { assertSignedIn, creatorNameFor } from '../../domain/access.ts'
import { withStoredResource } from '../../domain/enclosure.ts'
import { MAX_TEXT_LENGTHS, type Reference, type Stored } from '../../domain/reservation.ts'
import { isLongerThan } from '../../domain/text.ts'
import { amend } from '../../service/amend.ts'
import { reserve, type WriteResult } from '../../service/reserve.ts'
import { applyChanges, changeShape, eventId, eventShape, proposedFrom, time } from '../../wire/event-input.ts'
import { type Call, requiring } from '../endpoint.ts'
import { override, referenceOf } from './shared.ts'

/*
 * The input of `newevent` and `modifyevent`, and the change that it asks for, which `check-event` decides on as well.
 */

/** The input of `newevent`. */
export const newEventInput = eventShape.extend({
  override,
  // The name in an observer's token replaces it, but its length is checked all the same.
  creator: eventShape.shape.creator.refine(
    (text) => !isLongerThan(text ?? '', MAX_TEXT_LENGTHS.creator),
    `holds at most ${MAX_TEXT_LENGTHS.creator} characters`,
  ),
})

/** Creates the reservation that an input proposes. @throws Failure as `reserve` */
export function reserveEvent(
  input: z.output<typeof newEventInput>,
  { actor, context }: Pick<Call, 'actor' | 'context'>,
): Promise<WriteResult> {
  assertSignedIn(actor)
  const observer = input.creator_id ?? actor.id
  const creator = creatorNameFor(actor, input.creator ?? undefined, observer)
  const proposed = proposedFrom({ ...input, creator }, { observer, creator, now: context.now() })
  return reserve(proposed, actor, { override: input.override ?? false }, context)
}

const changesInput = changeShape.extend({ override })

/** The input of `modifyevent`: either `originalEvent` and `modifiedEvent`, or one flat event. */
export const modifyEventInput = requiring(
  changesInput.extend({
    event_id: eventId.nullish(),
    originalEvent: z.looseObject({ event_id: eventId, start: time.nullish() }).nullish(),
    modifiedEvent: changesInput.nullish(),
  }),
  ({ originalEvent, modifiedEvent }) =>
    originalEvent == null && modifiedEvent == null ? ['event_id'] : ['originalEvent', 'modifiedEvent'],
).meta({ anyOf: [{ required: ['event_id'] }, { required: ['originalEvent', 'modifiedEvent'] }] })

/** Makes the changes of an input. @throws Failure as `amend` */
export async function amendEvent(
  body: z.output<typeof modifyEventInput>,
  { actor, context, expected }: Pick<Call, 'actor' | 'context' | 'expected'>,
): Promise<WriteResult> {
  const { originalEvent, modifiedEvent, override: flatOverride, ...flat } = body
  const changes = modifiedEvent ?? flat
  const reference = originalEvent
    ? referenceOf(originalEvent)
    : await flatReference(flat, (id) => context.store.find(id))
  return amend(
    {
      reference,
      change: (before) => withStoredResource(applyChanges(before, changes, context.now()), before, context.sites),
      override: flatOverride ?? modifiedEvent?.override ?? false,
      expected,
    },
    actor,
    context,
  )
}

/**
 * In a flat event `start` is the new start. Only if the id has two rows, it also names the one to change.
 * @param event_id required in a flat event
 */
async function flatReference(
  { event_id, start }: z.output<typeof modifyEventInput>,
  find: (id: string) => Promise<Stored[]>,
): Promise<Reference> {
  const id = event_id as string
  const rows = await find(id)
  return rows.length > 1 ? referenceOf({ event_id: id, start }) : { id }
}

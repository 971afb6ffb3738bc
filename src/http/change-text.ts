import { type Eyes, seenBy, seesWhole } from '../domain/access.ts'
import type { Reservation, Revision } from '../domain/reservation.ts'
import { eventOf } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'

/** How soon, in milliseconds, a client that was cut off comes again. */
export const RETRY = 'retry: 1000\n\n'

/** A comment; and the place, so that who follows quiet sites does not have to go on from long ago. */
export const heartbeatText = (place: string): string => `: still here\nid: ${place}\n\n`

/** With data, as browsers pass over an event without any. */
export const beginningText = (how: 'hello' | 'reset', place: string): string => `id: ${place}\nevent: ${how}\ndata: {}\n\n`

/** Many follow, but there are few ways to see a change. */
const texts = new WeakMap<Revision, Map<string, string>>()

/** A revision as `eyes` see it. */
export function changeText(revision: Revision, place: string, eyes: Eyes): string {
  const { before, after } = revision
  const way = String([before, after].map((one) => one && seesWhole(eyes, one)))
  const known = texts.get(revision) ?? new Map<string, string>()
  texts.set(revision, known)
  const text = known.get(way) ?? `id: ${place}\nevent: change\ndata: ${dataOf(revision, eyes)}\n\n`
  known.set(way, text)
  return text
}

function dataOf({ id, number, at, before, after }: Revision, eyes: Eyes): string {
  const seen = (one: Reservation | undefined) => (one ? eventOf(seenBy(eyes, one)) : null)
  return JSON.stringify({ event_id: id, revision: number, at: writeTime(at), before: seen(before), after: seen(after) })
}

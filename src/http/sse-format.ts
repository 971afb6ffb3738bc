import { type Viewer, visibleTo, seesUnmasked } from '../domain/access.ts'
import type { Reservation, Revision } from '../domain/reservation.ts'
import { eventOf } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'

/** How soon, in milliseconds, a client that was cut off comes again. */
export const RETRY = 'retry: 1000\n\n'

/** A comment; and the place, so that who follows quiet sites does not have to go on from long ago. */
export const formatHeartbeat = (cursorId: string): string => `: still here\nid: ${cursorId}\n\n`

/** With data, as browsers pass over an event without any. */
export const formatStart = (kind: 'hello' | 'reset', cursorId: string): string => `id: ${cursorId}\nevent: ${kind}\ndata: {}\n\n`

/** Many follow, but there are few ways to see a change. */
const encodedEvents = new WeakMap<Revision, Map<string, string>>()

/** A revision as `viewer` see it. */
export function formatChange(revision: Revision, cursorId: string, viewer: Viewer): string {
  const { before, after } = revision
  const kind = String([before, after].map((one) => one && seesUnmasked(viewer, one)))
  const known = encodedEvents.get(revision) ?? new Map<string, string>()
  encodedEvents.set(revision, known)
  const text = known.get(kind) ?? `id: ${cursorId}\nevent: change\ndata: ${eventData(revision, viewer)}\n\n`
  known.set(kind, text)
  return text
}

function eventData({ id, number, at, before, after }: Revision, viewer: Viewer): string {
  const seen = (one: Reservation | undefined) => (one ? eventOf(visibleTo(viewer, one)) : null)
  return JSON.stringify({ event_id: id, revision: number, at: writeTime(at), before: seen(before), after: seen(after) })
}

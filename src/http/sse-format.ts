import { type Viewer, visibleTo, seesUnmasked } from '../domain/access.ts'
import type { Reservation, Revision } from '../domain/reservation.ts'
import { eventOf } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'

/** Tells clients to reconnect after this number of milliseconds. */
export const RETRY = 'retry: 1000\n\n'

/** A comment with the current cursor, so that the client of a quiet site reconnects from there. */
export const formatHeartbeat = (cursorId: string): string => `: still here\nid: ${cursorId}\n\n`

/** `hello` or `reset`, with empty data: browsers ignore events without data. */
export const formatStart = (kind: 'hello' | 'reset', cursorId: string): string =>
  `id: ${cursorId}\nevent: ${kind}\ndata: {}\n\n`

/** Texts by revision and by what the viewer may see unmasked: subscribers are many, these are few. */
const encodedEvents = new WeakMap<Revision, Map<string, string>>()

/** A `change`, as the viewer may see it. */
export function formatChange(revision: Revision, cursorId: string, viewer: Viewer): string {
  const { before, after } = revision
  const visibility = String([before, after].map((one) => one && seesUnmasked(viewer, one)))
  const known = encodedEvents.get(revision) ?? new Map<string, string>()
  encodedEvents.set(revision, known)
  const text = known.get(visibility) ?? `id: ${cursorId}\nevent: change\ndata: ${eventData(revision, viewer)}\n\n`
  known.set(visibility, text)
  return text
}

function eventData({ id, number, at, before, after }: Revision, viewer: Viewer): string {
  const seen = (one: Reservation | undefined) => (one ? eventOf(visibleTo(viewer, one)) : null)
  return JSON.stringify({ event_id: id, revision: number, at: writeTime(at), before: seen(before), after: seen(after) })
}

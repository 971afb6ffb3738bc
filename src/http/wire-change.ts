import { seesUnmasked, type Viewer, visibleTo } from '../domain/access.ts'
import type { Reservation, Revision } from '../domain/reservation.ts'
import { eventOf } from '../wire/event.ts'
import type { WireChange } from '../wire/responses.ts'
import { writeTime } from '../wire/time.ts'

/** A change as the stream sends it: masked for the viewer. */
export function streamedChange({ id, number, at, before, after }: Revision, viewer: Viewer) {
  const seen = (one: Reservation | undefined) => (one ? eventOf(visibleTo(viewer, one)) : null)
  return { event_id: id, revision: number, at: writeTime(at), before: seen(before), after: seen(after) }
}

/** An entry of `changes`. Who made the change is told to those who may read it in the history: the observer, admins and services. */
export function wireChange(revision: Revision, cursor: string, viewer: Viewer): WireChange {
  const { via, by: actor, before, after } = revision
  const { event_id, revision: number, at, ...states } = streamedChange(revision, viewer)
  const maySeeActor = [before, after].every((one) => !one || seesUnmasked(viewer, one))
  return { cursor, event_id, revision: number, via, at, ...(maySeeActor && { by: actor }), ...states }
}

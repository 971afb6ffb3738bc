import type { Instant } from '../domain/interval.ts'
import type { Json, Kind, Origin, Priority, Reservation } from '../domain/reservation.ts'
import { parseProjectId, writeProjectId } from '../wire/project-id.ts'
import { parseTime, writeTime } from '../wire/time.ts'

/** What the calendar always gives of an event, whatever else it may have. */
type EventFields = Readonly<
  Record<
    | 'event_id' | 'start' | 'end' | 'site' | 'creator_id' | 'creator' | 'title' | 'reservation_type' | 'origin' | 'resourceId'
    | 'project_id' | 'project_priority' | 'reservation_note' | 'last_modified',
    string
  >
>

/** A reservation from the wire's event. @throws TypeError where its times are none: the server is another than it says */
export function reservationOf(event: Json): Reservation {
  const {
    event_id: id, start, end, site, creator_id: observer, creator, title, reservation_type, origin, resourceId: resource,
    project_id, project_priority, reservation_note: note, last_modified, ...extra
  } = event as EventFields & { readonly [field: string]: Json }
  return {
    id, site, observer, creator, title, resource, note, extra,
    start: instantOf(start),
    end: instantOf(end),
    kind: reservation_type as Kind,
    origin: origin as Origin,
    project: parseProjectId(project_id) ?? undefined,
    priority: project_priority as Priority,
    modified: instantOf(last_modified),
  }
}

/** An instant from the wire's time. @throws TypeError */
export function instantOf(time: string): Instant {
  const instant = parseTime(time)
  if (instant === undefined) throw new TypeError('This is no time.')
  return instant
}

/** What may be chosen when a reservation is made or changed. */
export type ReservationInput = Partial<Pick<Reservation, 'start' | 'end' | 'site' | 'title' | 'kind' | 'project' | 'priority' | 'note'>>

/** The fields of the wire's event that carry the choices; `project: undefined` takes the project off. */
export function fieldsOf(input: ReservationInput): Record<string, string> {
  const { start, end, site, title, kind, priority, note } = input
  const fields = {
    start: start === undefined ? undefined : writeTime(start),
    end: end === undefined ? undefined : writeTime(end),
    site,
    title,
    reservation_type: kind,
    project_id: 'project' in input ? writeProjectId(input.project) : undefined,
    project_priority: priority,
    reservation_note: note,
  }
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined))
}

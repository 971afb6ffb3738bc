import type { Reservation } from '../domain/reservation.ts'
import { parseProjectId, writeProjectId } from './project-id.ts'
import type { Event } from './responses.ts'
import { instantOf, writeTime } from './time.ts'

/** Fields that only the calendar sets, and stores among the extra fields. */
export const STORED_RESERVED_FIELDS: readonly string[] = ['moved_from', 'series_id']

/** Fields that clients cannot set as extra fields: those, and `project`, which `full_project_details` adds to a list. */
export const RESERVED_FIELDS = ['project', ...STORED_RESERVED_FIELDS]

/** Writes a reservation as an event. */
export const eventOf = (reservation: Reservation): Event => ({
  ...reservation.extra,
  event_id: reservation.id,
  start: writeTime(reservation.start),
  end: writeTime(reservation.end),
  site: reservation.site,
  creator_id: reservation.observer,
  creator: reservation.creator,
  title: reservation.title,
  reservation_type: reservation.kind,
  origin: reservation.origin,
  resourceId: reservation.resource,
  project_id: writeProjectId(reservation.project),
  project_priority: reservation.priority,
  reservation_note: reservation.note,
  last_modified: writeTime(reservation.modified),
})

/** Reads an event that the calendar wrote. @throws TypeError if one of its times is not a time */
export function reservationOf(event: Event): Reservation {
  const {
    event_id: id,
    start,
    end,
    site,
    creator_id: observer,
    creator,
    title,
    reservation_type: kind,
    origin,
    resourceId: resource,
    project_id,
    project_priority: priority,
    reservation_note: note,
    last_modified,
    ...extra
  } = event
  return {
    id,
    site,
    observer,
    creator,
    title,
    kind,
    origin,
    resource,
    priority,
    note,
    extra,
    start: instantOf(start),
    end: instantOf(end),
    project: parseProjectId(project_id) ?? undefined,
    modified: instantOf(last_modified),
  }
}

/** The texts of reservations, which never change: each is encoded once, to be measured, stored and kept in memory. */
const texts = new WeakMap<Reservation, string>()

function encode(reservation: Reservation): string {
  const known = texts.get(reservation)
  if (known !== undefined) return known
  const text = JSON.stringify(eventOf(reservation))
  texts.set(reservation, text)
  return text
}

/** The JSON in which stores keep a reservation: the event, so that lists are sent as they are stored. */
export const eventCodec = {
  encodingVersion: 2,
  encode,
  /** In bytes. */
  sizeOf: (reservation: Reservation): number => Buffer.byteLength(encode(reservation)),
  /** Reads what `encode` wrote. @throws Error if it is anything else */
  decode: (text: string): Reservation => reservationOf(JSON.parse(text) as Event),
}

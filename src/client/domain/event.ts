import type { Reservation } from '../../domain/reservation.ts'
import { writeProjectId } from '../../wire/project-id.ts'
import { writeTime } from '../../wire/time.ts'

/** The fields of a reservation that an observer chooses. */
export type ReservationInput = Partial<
  Pick<Reservation, 'start' | 'end' | 'site' | 'title' | 'kind' | 'project' | 'priority' | 'note'>
>

/** The same fields as those of an event; `project: undefined` detaches the project. */
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

import type { Project } from './project.ts'
import type { ReservationId } from './reservation.ts'

/** A message for the projects service: a reservation joined or left a project. */
export interface OutboxMessage {
  readonly action: 'add-project-event' | 'remove-project-event'
  readonly project: Project
  readonly reservation: ReservationId
}

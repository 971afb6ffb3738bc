import type { Project } from './project.ts'
import type { ReservationId } from './reservation.ts'

/** What the projects service is to be told: that a reservation joined or left a project. */
export interface OutboxMessage {
  readonly action: 'add-project-event' | 'remove-project-event'
  readonly project: Project
  readonly reservation: ReservationId
}

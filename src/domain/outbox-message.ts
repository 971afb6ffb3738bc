import type { Project } from './project.ts'
import type { ReservationId } from './reservation.ts'

/** A message for the projects service: a reservation joined or left a project. */
export interface ProjectMessage {
  readonly action: 'add-project-event' | 'remove-project-event'
  readonly project: Project
  readonly reservation: ReservationId
}

/** A message for a receiver of webhooks: a revision of a reservation was made. The outbox knows its number. */
export interface WebhookMessage {
  /** The name of the receiver. */
  readonly receiver: string
  readonly reservation: ReservationId
}

/** A message of the outbox. */
export type OutboxMessage = ProjectMessage | WebhookMessage

/** Whether a message is for a receiver of webhooks. */
export const isForReceiver = (message: OutboxMessage): message is WebhookMessage => 'receiver' in message

/** The name of the receiver that a message is for; undefined for the projects service. */
export const receiverOf = (message: OutboxMessage): string | undefined =>
  isForReceiver(message) ? message.receiver : undefined

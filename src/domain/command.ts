import { inEffect } from './conflict.ts'
import type { ObserverId } from './observer.ts'
import type { Reservation } from './reservation.ts'

/** Why an observer may or may not command a telescope. */
export const COMMAND_REASONS = ['admin', 'open', 'reserved_for_you', 'reserved_for_another', 'closed'] as const
/** One of {@link COMMAND_REASONS}. */
export type CommandReason = (typeof COMMAND_REASONS)[number]

/** Whether an observer may command a telescope, and the reservation that decides it, if one does. */
export interface CommandDecision {
  readonly allowed: boolean
  readonly reason: CommandReason
  readonly reservation?: Reservation
}

/**
 * Whether an observer may command a telescope at an instant. An admin always may; anyone while nothing is reserved; otherwise
 * whoever holds a reservation. During maintenance only its observers hold one.
 * @param active all reservations at the telescope at that instant
 */
export function mayCommand(
  observer: ObserverId,
  { isAdmin, active }: { readonly isAdmin: boolean; readonly active: readonly Reservation[] },
): CommandDecision {
  if (isAdmin) return { allowed: true, reason: 'admin' }
  const deciding = inEffect(active)
  const own = deciding.find((reservation) => reservation.observer === observer)
  if (own) return { allowed: true, reason: 'reserved_for_you', reservation: own }
  const [other] = deciding
  if (!other) return { allowed: true, reason: 'open' }
  const reason = other.kind === 'maintenance' ? 'closed' : 'reserved_for_another'
  return { allowed: false, reason, reservation: other }
}

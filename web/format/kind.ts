import type { Kind, Priority } from '../../src/domain/reservation.ts'

/* Kinds and priorities of reservations in words. */

const KINDS: Readonly<Record<Kind, string>> = {
  realtime: 'real-time session',
  project: 'project session',
  maintenance: 'maintenance',
}

/** A kind within a sentence: `project session`. */
export const formatKind = (kind: Kind): string => KINDS[kind]

const PRIORITIES: Readonly<Record<Priority, string>> = {
  standard: 'Standard',
  low_priority: 'Low priority',
  background: 'Background',
  time_critical: 'Time critical',
}

/** A priority as a choice: `Low priority`. */
export const formatPriority = (priority: Priority): string => PRIORITIES[priority]

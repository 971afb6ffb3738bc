import type { Interval } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'

/** Why the calendar refused: its sentence as the message, and what else it said. */
export class Refusal extends Error {
  readonly status: number
  /** A stable word, as `conflict`; see the problems in `docs/wire.md`. */
  readonly code: string
  readonly facts: RefusalFacts

  constructor(status: number, code: string, message: string, facts: RefusalFacts = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.facts = facts
  }
}

export interface RefusalFacts {
  /** Every problem of a malformed request. */
  readonly errors?: readonly { readonly message: string; readonly field?: string }[]
  /** What is in the way, in order of time. */
  readonly conflicts?: readonly Reservation[]
  /** The nearest free dark time, each side of what was asked for. */
  readonly free?: readonly Interval[]
}

/** No answer, or none that can be read: the calendar cannot be reached just now. */
export class Unreachable extends Error {
  constructor(options?: ErrorOptions) {
    super('The calendar cannot be reached.', options)
    this.name = 'Unreachable'
  }
}

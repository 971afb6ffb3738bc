import type { Interval } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'

/** Why the calendar refused: its sentence as the message, and what else it said. */
export class ApiError extends Error {
  readonly status: number
  /** A stable word, as `conflict`; see the problems in `docs/wire.md`. */
  readonly code: string
  readonly details: ApiErrorDetails

  constructor(status: number, code: string, message: string, details: ApiErrorDetails = {}) {
    super(message)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.details = details
  }
}

export interface ApiErrorDetails {
  /** Every problem of a malformed request. */
  readonly errors?: readonly { readonly message: string; readonly field?: string }[]
  /** What is in the way, in order of time. */
  readonly conflicts?: readonly Reservation[]
  /** The nearest free dark time, each side of what was asked for. */
  readonly free?: readonly Interval[]
}

/** No answer, or none that can be read: the calendar cannot be reached just now. */
export class NetworkError extends Error {
  constructor(options?: ErrorOptions) {
    super('The calendar cannot be reached.', options)
    this.name = 'Unreachable'
  }
}

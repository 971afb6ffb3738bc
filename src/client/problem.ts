import type { Interval } from '../domain/interval.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { WireProblem } from '../wire/responses.ts'

/** The calendar rejected a request. The message is its sentence. */
export class ApiError extends Error {
  readonly status: number
  /** A stable code, as `conflict`: see the problems in `docs/wire.md`. */
  readonly code: string
  readonly details: ApiErrorDetails

  constructor(status: number, code: string, message: string, details: ApiErrorDetails = {}) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
  }
}

export interface ApiErrorDetails {
  /** Every problem of a malformed request. */
  readonly errors?: WireProblem['errors']
  /** The conflicting reservations, by start. */
  readonly conflicts?: readonly Reservation[]
  /** The nearest free dark time before and after. */
  readonly free?: readonly Interval[]
  /** The refused nights of a series. */
  readonly nights?: WireProblem['nights']
}

/** The calendar sent no response, or not one of its own. */
export class NetworkError extends Error {
  constructor(options?: ErrorOptions) {
    super('The calendar cannot be reached.', options)
    this.name = 'NetworkError'
  }
}

/** Why a request fails. `http/problem.ts` maps each code to one HTTP status. */
export type FailureCode =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'not_acceptable'
  | 'conflict'
  | 'gone'
  | 'rules'
  | 'series'
  | 'stale'
  | 'too_large'
  | 'expectation'
  | 'rate_limited'
  | 'upstream'
  | 'busy'
  | 'unavailable'

/** One problem of a request. `field` is a path like `start` or `events.3.event_id`. */
export interface Detail {
  readonly message: string
  readonly field?: string
}

/** An expected error, reported to the caller with a code and one sentence. Anything else that is thrown is a bug: status 500. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly details: readonly Detail[]
  /** Seconds until a retry may succeed; undefined if unknown. */
  readonly retryAfter: number | undefined

  constructor(
    code: FailureCode,
    message: string,
    details: readonly Detail[] = [],
    options?: ErrorOptions & { readonly retryAfter?: number },
  ) {
    super(message, options)
    this.name = 'Failure'
    this.code = code
    this.details = details
    this.retryAfter = options?.retryAfter
  }
}

/** Why a request is refused. Each has one HTTP status, chosen in `http/problem.ts`. */
export type FailureCode =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'not_acceptable'
  | 'conflict'
  | 'stale'
  | 'too_large'
  | 'expectation'
  | 'rate_limited'
  | 'upstream'
  | 'busy'
  | 'unavailable'

/** One problem of a request. `field` is a path such as `start` or `events.3.event_id`. */
export interface Detail {
  readonly message: string
  readonly field?: string
}

/** Something we chose to tell the caller, in one plain sentence. Anything else that is thrown is a bug and becomes a bare 500. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly details: readonly Detail[]
  /** After how many seconds it may be worth asking again, where that is known. */
  readonly retryAfter: number | undefined

  constructor(code: FailureCode, message: string, details: readonly Detail[] = [], options?: ErrorOptions & { readonly retryAfter?: number }) {
    super(message, options)
    this.name = 'Failure'
    this.code = code
    this.details = details
    this.retryAfter = options?.retryAfter
  }
}

import type { Problem } from './endpoints.ts'

/** More about an error: `errors` are its problems, `conflicts` the events in the way, `free` the nearest free dark time. */
export type ApiErrorDetails = Partial<Omit<Problem, 'type' | 'title' | 'status' | 'code' | 'detail'>>

/** The calendar rejected a request. The message is its sentence. */
export class ApiError extends Error {
  readonly status: number
  /** A stable code, as `conflict`: see the problems in `docs/wire.md`. */
  readonly code: string
  readonly details: ApiErrorDetails
  /** The seconds after which a retry makes sense, if the calendar says so. */
  readonly retryAfter: number | undefined

  constructor(status: number, code: string, message: string, details: ApiErrorDetails = {}, retryAfter?: number) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.details = details
    this.retryAfter = retryAfter
  }
}

/** The changes after a cursor are not all kept (410). Read everything again, and then go on from {@link cursor}. */
export class CursorExpiredError extends ApiError {
  /** The present one. */
  readonly cursor: string

  constructor({ status, code, message, details }: ApiError, cursor: string) {
    super(status, code, message, details)
    this.name = 'CursorExpiredError'
    this.cursor = cursor
  }
}

export interface NetworkErrorOptions extends ErrorOptions {
  /** The status of a response that something else than the calendar has sent. */
  readonly status?: number | undefined
}

/** The calendar sent no response, or not one of its own. So a write may have been done. */
export class NetworkError extends Error {
  readonly status: number | undefined

  constructor({ status, ...options }: NetworkErrorOptions = {}) {
    super('The calendar cannot be reached.', options)
    this.name = 'NetworkError'
    this.status = status
  }
}

/** The error of a response that is not a success. `value` is its body. */
export function errorOf({ status, headers }: Response, value: unknown): ApiError | NetworkError {
  const retryAfter = Number(headers.get('Retry-After') ?? Number.NaN)
  const wait = Number.isFinite(retryAfter) ? retryAfter : undefined
  if (typeof value === 'string') return new ApiError(status, 'unknown', value, {}, wait)
  const {
    code = 'unknown',
    detail,
    type: _type,
    title: _title,
    status: _,
    ...details
  } = (value ?? {}) as Partial<Problem>
  return typeof detail === 'string' ? new ApiError(status, code, detail, details, wait) : new NetworkError({ status })
}

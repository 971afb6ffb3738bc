import { ENDPOINTS, type Endpoints } from './endpoints.ts'
import type { CalendarOptions, CallOptions } from './options.ts'
import { openTransport } from './transport.ts'

/** The entry of `photonranch-calendar/client`: a calendar over HTTP, in the words of the wire. */

export type * from './endpoints.ts'
export type { CalendarOptions, CallOptions } from './options.ts'
export { ApiError, type ApiErrorDetails, NetworkError } from './problem.ts'
export { revisionOf } from './revision.ts'

/** A calendar: a function for each endpoint. */
export type Calendar = Endpoints

/**
 * The calendar at an address. Nothing is sent before a function is called.
 *
 * @throws TypeError if `base` is not an absolute address
 * @example
 * ```ts
 * const calendar = calendarAt({ base: 'https://calendar.example.org/calendar', token: () => session.accessToken })
 * const events = await calendar.siteEvents({ site: 'saf', start: '2030-06-20T00:00Z', end: '2030-06-21T00:00Z' })
 * ```
 */
export function calendarAt(options: CalendarOptions): Calendar {
  const ask = openTransport(options)
  const functions = Object.entries(ENDPOINTS).map(([name, { path, method, hasInput }]) => {
    const run = hasInput
      ? (input: object = {}, call?: CallOptions) => ask({ path, method, input }, call)
      : (call?: CallOptions) => ask({ path, method, input: {} }, call)
    return [name, run]
  })
  return Object.fromEntries(functions) as Calendar
}

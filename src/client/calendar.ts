import { type Change, type ChangesOptions, changesOf } from './changes.ts'
import { ENDPOINTS, type Endpoints } from './endpoints.ts'
import type { CalendarOptions, CallOptions } from './options.ts'
import { openTransport, streamOpenerOf } from './transport.ts'

/** The entry of `photonranch-calendar/client`: a calendar over HTTP, in the words of the wire. */

export type * from './endpoints.ts'
export type { CalendarOptions, CallOptions } from './options.ts'
export type { Change, ChangesOptions } from './changes.ts'
export { ApiError, type ApiErrorDetails, CursorExpiredError, NetworkError } from './problem.ts'
export { revisionOf } from './revision.ts'

/** A calendar: a function for each endpoint, and one that follows the changes. */
export interface Calendar extends Endpoints {
  /**
   * The changes of reservations as they are made: each once, in order at each telescope, and none is missed. It survives restarts of
   * the calendar, cut connections, 429 and 5xx. Keep the cursor of what you have processed, and go on from there after a crash.
   * @throws ApiError, also later; NetworkError if no calendar answers at first; the reason of a signal
   * @throws CursorExpiredError if the changes after `since` are not all kept
   * @throws TypeError if `sites` is empty
   * @example
   * ```ts
   * for await (const change of calendar.changes({ sites: ['saf', 'mrc1'], since: '149-77d0c31e' })) {
   *   console.log(change.cursor, change.event_id, change.before?.start, change.after?.start)
   * }
   * ```
   */
  changes(options?: ChangesOptions): AsyncIterableIterator<Change, undefined>
}

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
  const source = { ask, openStream: streamOpenerOf(options), signal: options.signal }
  const changes = (following: ChangesOptions = {}) => changesOf(source, following)
  return { ...(Object.fromEntries(functions) as Endpoints), changes }
}

/** What {@link calendarAt} needs. All but `base` is optional. */
export interface CalendarOptions {
  /** The address of the endpoints, as `https://calendar.example.org/calendar`. */
  readonly base: string | URL
  /** An access token of the calendar's issuer, or a function that gets one for each request; undefined while nobody is signed in. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined
  /** The key of a trusted program. Never put one into a page. */
  readonly apiKey?: string | undefined
  /** Used instead of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
  /** How long a call may take in milliseconds, with all its tries and pauses. 20,000 by default. */
  readonly timeoutMs?: number | undefined
  /** How often a request may be sent again, if that is safe. 2 by default. */
  readonly retries?: number | undefined
  /** Aborts all calls. */
  readonly signal?: AbortSignal | undefined
}

/** Options of a single call. */
export interface CallOptions {
  /** Aborts this call. */
  readonly signal?: AbortSignal | undefined
  /** How long this call may take in milliseconds, instead of the calendar's `timeoutMs`. */
  readonly timeoutMs?: number | undefined
  /** A revision: the change is refused with 412 if the reservation has another one by now. */
  readonly ifMatch?: number | undefined
}

import { ApiError, NetworkError } from './problem.ts'

/**
 * The writes that have the same effect and the same response when they are sent again, so that a retry is safe even if the
 * first request was carried out: `newevent` and `newseries` by their ids; the others set what they set, or change nothing.
 */
const REPEATABLE: ReadonlySet<string> = new Set([
  'newevent',
  'newseries',
  'check-event',
  'add-projects-to-events',
  'remove-project-from-events',
])

/** Nothing has been done, so that every call may be repeated. */
const TOO_MANY_REQUESTS = 429

/** Statuses of a gateway, or of a calendar that may have done its work: a 503 `busy` can be about the response. */
const TRANSIENT: ReadonlySet<number | undefined> = new Set([502, 503, 504])

/** Whether a request to an endpoint may be sent again after an error. */
export function mayRepeat(error: unknown, path: string, isRead: boolean): boolean {
  if (!(error instanceof ApiError || error instanceof NetworkError)) return false
  if (error.status === TOO_MANY_REQUESTS) return true
  const isTransient = error.status === undefined || TRANSIENT.has(error.status)
  return isTransient && (isRead || REPEATABLE.has(path))
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 5000
/** A longer `Retry-After` is taken for this. */
const LONGEST_ASKED_MS = 600_000

/** The pause before a retry in milliseconds: longer each time, not before `Retry-After`, and not the same for all clients. */
export function pauseBefore(error: unknown, tries: number): number {
  const asked = error instanceof ApiError ? Math.min(LONGEST_ASKED_MS, (error.retryAfter ?? 0) * 1000) : 0
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries)
  return asked + pause * (0.5 + Math.random() / 2)
}

/** Waits, or rejects with the signal's reason. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })

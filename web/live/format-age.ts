import { type Instant, MINUTE } from '../../src/domain/interval.ts'

/** Seconds; longer than any interval between requests. */
const FRESH_SECONDS = 2.5 * MINUTE

/** What is said when no response arrives. */
export const UNREACHABLE = 'The calendar cannot be reached.'

interface QueryState {
  readonly readAt: Instant | undefined
  readonly problem: string | undefined
}

/** How old the data is and why it is not newer, in a sentence; undefined while it is fresh. */
export function formatAge({ readAt, problem }: QueryState, now: Instant): string | undefined {
  if (readAt === undefined) {
    return problem === undefined ? 'Loading reservations …' : 'Reservations could not be loaded. Trying again …'
  }
  const age = formatAgo(now - readAt)
  if (problem === UNREACHABLE) return `Offline. Showing reservations from ${age}.`
  if (problem !== undefined) return `The calendar is not available. Showing reservations from ${age}. Trying again …`
  return now - readAt > FRESH_SECONDS ? `Showing reservations from ${age}.` : undefined
}

/** `3 min ago` for 200 seconds. */
function formatAgo(seconds: number): string {
  const minutes = Math.floor(seconds / MINUTE)
  if (minutes < 1) return 'less than a minute ago'
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ${minutes % 60} min ago`
}

import { type Instant, MINUTE } from '../../src/domain/interval.ts'

/** Seconds; longer than any interval between requests. */
const FRESH_SECONDS = 2.5 * MINUTE

interface QueryState {
  readonly readAt: Instant | undefined
  readonly problem: string | undefined
}

/** How old the data is and why it is not newer, in a sentence; undefined while it is fresh. */
export function formatAge({ readAt, problem }: QueryState, now: Instant): string | undefined {
  if (readAt === undefined) return problem === undefined ? 'Reading …' : `Nothing read yet: ${lowerFirst(problem)}`
  if (problem !== undefined) return `Read ${formatAgo(now - readAt)}: ${lowerFirst(problem)}`
  return now - readAt > FRESH_SECONDS ? `Read ${formatAgo(now - readAt)}.` : undefined
}

/** `3 min ago` for 200 seconds. */
export function formatAgo(seconds: number): string {
  const minutes = Math.floor(seconds / MINUTE)
  if (minutes < 1) return 'less than a minute ago'
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ${minutes % 60} min ago`
}

const lowerFirst = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1)

import { type Instant, MINUTE } from '../../src/domain/interval.ts'

/** Longer than any pause between readings: seconds. */
const FRESH = 2.5 * MINUTE

interface ReadState {
  readonly readAt: Instant | undefined
  readonly problem: string | undefined
}

/** Why what is shown may no longer hold, in a sentence; undefined where it is fresh. */
export function formatAge({ readAt, problem }: ReadState, now: Instant): string | undefined {
  if (readAt === undefined) return problem === undefined ? 'Reading …' : `Nothing read yet: ${within(problem)}`
  if (problem !== undefined) return `Read ${formatAgo(now - readAt)}: ${within(problem)}`
  return now - readAt > FRESH ? `Read ${formatAgo(now - readAt)}.` : undefined
}

/** `3 min ago` of 200 seconds. */
export function formatAgo(seconds: number): string {
  const minutes = Math.floor(seconds / MINUTE)
  if (minutes < 1) return 'less than a minute ago'
  return minutes < 60 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ${minutes % 60} min ago`
}

/** A sentence, to go on within another. */
const within = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1)

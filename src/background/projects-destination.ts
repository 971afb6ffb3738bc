import { HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import { isForReceiver } from '../domain/outbox-message.ts'
import type { Projects } from '../sources/projects.ts'
import type { Claim } from '../store/port.ts'
import type { Destination, Verdict } from './outbox-worker.ts'

/**
 * A request starts at most 5 s after the claim and times out after 5 s, and the service may still process a timed out request
 * for the 29 s that an API gateway lets a function run.
 */
const CLAIM_SECONDS = 40
const CONCURRENCY = 20
/** In seconds. Retries come soon while the service is down, because that is not the message's fault. */
const FIRST_DELAY = 2
const MAX_DELAY = { failed: HOUR, unanswered: HOUR, down: MINUTE }

export interface ProjectsDestinationOptions {
  readonly projects: Pick<Projects, 'deliver'>
  readonly now: () => Instant
  /** A random number from 0 up to 1. */
  readonly random: () => number
  /** Seconds after which a message whose delivery has failed is given up. */
  readonly maxAge: number
}

/** The projects service: retries with a backoff that doubles, until a message is too old. */
export const projectsDestination = (options: ProjectsDestinationOptions): Destination => ({
  claimSeconds: CLAIM_SECONDS,
  concurrency: CONCURRENCY,
  deliver: async (claim) => (isTooOld(claim, options) ? { outcome: 'given_up', next: 'remove' } : send(claim, options)),
})

/** Every message is tried at least once. One that was tried and is too old is not tried again, so that it cannot arrive after it was given up. */
const isTooOld = ({ attempts, writtenAt }: Claim, { now, maxAge }: ProjectsDestinationOptions) =>
  attempts > 1 && now() - writtenAt >= maxAge

async function send(claim: Claim, { projects, now, random, maxAge }: ProjectsDestinationOptions): Promise<Verdict> {
  const { message, attempts, writtenAt } = claim
  if (isForReceiver(message)) throw new Error('A message to a receiver is not for the projects service.')
  const result = await projects.deliver(message)
  if (!('error' in result)) return { outcome: result.outcome, next: 'remove' }
  const due = now() + retryDelay(attempts, MAX_DELAY[result.outcome], random)
  const tooOldAt = writtenAt + maxAge
  const retryAt = tooOldAt > now() ? Math.min(due, tooOldAt) : due
  const next = { due: retryAt, answered: result.outcome !== 'unanswered' }
  return { outcome: 'postponed', error: result.error, next }
}

/** Exponential backoff in seconds, with a jitter of up to a half. */
const retryDelay = (attempts: number, max: number, random: () => number) =>
  Math.ceil(Math.min(max, FIRST_DELAY * 2 ** (attempts - 1)) * (1 - random() / 2))

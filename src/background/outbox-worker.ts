import { HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import type { Projects } from '../sources/projects.ts'
import type { Claim, Outbox } from '../store/port.ts'

/**
 * Of a message that is not told within 5 s of being claimed the claim is given back; a request is given up after 5 s; and
 * what was given up may still be carried out for as long as a gateway lets a function run, 29 s.
 */
const CLAIM_SECONDS = 40
const DELIVER_WITHIN = 5
/** More than two clocks differ by chance, in seconds. */
const PUT_BACK = 5
/** How many are told at a time; and when the service has failed, how many to see whether it still does. */
const CONCURRENCY = 20
const PROBES = 2
/** In seconds. When the service is down it is not the message's fault: it is told soon after the service is back. */
const FIRST_DELAY = 2
const MAX_DELAY = { failed: HOUR, unanswered: HOUR, down: MINUTE }

/** What became of a message: `postponed` is tried again, `given_up` has failed until it was too old, the others are done. */
export const DELIVERY_OUTCOMES = ['delivered', 'refused', 'not_removed', 'postponed', 'given_up'] as const
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number]

export interface OutboxWorkerOptions {
  readonly outbox: Outbox
  readonly projects: Pick<Projects, 'deliver'>
  readonly now: () => Instant
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
  /** A text nobody has had before. */
  readonly newToken: () => string
  /** From 0 up to 1. */
  readonly random: () => number
  /** What has failed for so many seconds since it was written is given up. */
  readonly maxAge: number
  /** Told of each message that was claimed. */
  readonly onOutcome: (claim: Claim, outcome: DeliveryOutcome, error?: Error) => void
  /** Told when the store does not take what became of one: that is then told again. */
  readonly onError: (error: unknown) => void
}

/** `idle`: nothing is due any more. `failing`: all of what was told last has failed. `enough`: whoever asked has had enough. */
export type DrainResult = 'idle' | 'failing' | 'enough'

/** Tells the projects service what is in the outbox. Several may, over one store. */
export interface OutboxWorker {
  /**
   * Tells what is due until nothing is, or the service fails, or `enough` says so, which is asked after each round.
   * Resolves when nothing is under way any more. One at a time. @throws Failure `unavailable` when the store does not answer
   */
  drain(shouldStop?: () => boolean): Promise<DrainResult>
}

export function openOutboxWorker(options: OutboxWorkerOptions): OutboxWorker {
  const { outbox, now, elapsed, newToken } = options
  /** How many may be under way; and how many have failed since one last did not. */
  let [max, failures] = [CONCURRENCY, 0]

  function recordOutcome(outcome: DeliveryOutcome): void {
    failures = outcome === 'postponed' ? failures + 1 : 0
    if (outcome !== 'postponed') max = Math.min(CONCURRENCY, max * 2)
  }

  let [difference, claimFrom] = [-Infinity, -Infinity]
  /** Where the clock has been put back, what is still under way could seem not to be: nothing is claimed until every claim would have lapsed. */
  function mayClaim(at: Instant, claimedAt: number): boolean {
    if (at - claimedAt < difference - PUT_BACK) claimFrom = claimedAt + CLAIM_SECONDS
    difference = at - claimedAt
    return claimedAt >= claimFrom
  }

  /** @returns how many were claimed, and whether there are more */
  async function runRound(inFlight: Set<Promise<void>>): Promise<{ claimed: number; more: boolean }> {
    const [at, claimedAt] = [now(), elapsed()]
    if (!mayClaim(at, claimedAt)) return { claimed: 0, more: false }
    const { claims, more } = await outbox.claim({ now: at, until: at + CLAIM_SECONDS, limit: max - inFlight.size, token: newToken() })
    for (const claim of claims) {
      const delivery = deliver({ claim, claimedAt }, options, recordOutcome).finally(() => inFlight.delete(delivery))
      inFlight.add(delivery)
    }
    // Some that are slow do not hold up the others, and a store is not asked for one at a time.
    while (inFlight.size > max / 2) await Promise.race(inFlight)
    return { claimed: claims.length, more }
  }

  return {
    async drain(shouldStop = () => false) {
      const inFlight = new Set<Promise<void>>()
      let attempted = 0
      try {
        for (;;) {
          const { claimed, more } = await runRound(inFlight)
          attempted += claimed
          if (attempted > 0 && failures >= max) {
            max = PROBES
            return 'failing'
          }
          if (!more) return 'idle'
          if (shouldStop()) return 'enough'
        }
      } finally {
        await Promise.all(inFlight)
      }
    },
  }
}

/** What was claimed, and when that was asked for, by the clock that nobody sets. */
interface TimedClaim {
  readonly claim: Claim
  readonly claimedAt: number
}

/** Tells of what was claimed, and ends the claim. Throws nothing: what the store does not take is told again when the claim has lapsed. */
async function deliver({ claim, claimedAt }: TimedClaim, options: OutboxWorkerOptions, recordOutcome: (outcome: DeliveryOutcome) => void): Promise<void> {
  const { outbox, elapsed, onOutcome, onError } = options
  try {
    if (isTooOld(claim, options)) {
      onOutcome(claim, 'given_up')
      return await outbox.remove(claim)
    }
    // Whoever was held up for so long might else be at it when the claim lapses.
    if (elapsed() - claimedAt > DELIVER_WITHIN) return await outbox.postpone(claim, 0, true)
    await attemptDelivery(claim, options, recordOutcome)
  } catch (error) {
    onError(error)
  }
}

/** What has never been tried is not given up; what has been is not told any more, so that nothing of it arrives afterwards. */
const isTooOld = ({ attempts, writtenAt }: Claim, { now, maxAge }: OutboxWorkerOptions) => attempts > 1 && now() - writtenAt >= maxAge

async function attemptDelivery(claim: Claim, { outbox, projects, now, random, maxAge, onOutcome }: OutboxWorkerOptions, recordOutcome: (outcome: DeliveryOutcome) => void): Promise<void> {
  const attempted = await projects.deliver(claim.message)
  if (!('error' in attempted)) {
    recordOutcome(attempted.outcome)
    onOutcome(claim, attempted.outcome)
    return outbox.remove(claim)
  }
  recordOutcome('postponed')
  onOutcome(claim, 'postponed', attempted.error)
  const due = now() + delayAfter(claim.attempts, MAX_DELAY[attempted.outcome], random)
  const tooOldAt = claim.writtenAt + maxAge
  return outbox.postpone(claim, tooOldAt > now() ? Math.min(due, tooOldAt) : due, attempted.outcome !== 'unanswered')
}

/** Twice as long from time to time, less up to a half by chance, so that not all come back at once. */
const delayAfter = (attempts: number, longest: number, random: () => number) =>
  Math.ceil(Math.min(longest, FIRST_DELAY * 2 ** (attempts - 1)) * (1 - random() / 2))

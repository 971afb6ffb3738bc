import { HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import type { Projects } from '../sources/projects.ts'
import type { Claim, Outbox } from '../store/port.ts'

/**
 * A claim must outlive its delivery: a delivery starts at most 5 s after the claim, its request times out after 5 s, and
 * the service may still process a timed out request for the 29 s that an API gateway lets a function run.
 */
const CLAIM_SECONDS = 40
const DELIVER_WITHIN = 5
/** A jump back of the clock by more than this many seconds counts as the clock being set back. */
const CLOCK_TOLERANCE = 5
/** Number of concurrent deliveries. After a failure of the service, only this many probe whether it works again. */
const CONCURRENCY = 20
const PROBES = 2
/** In seconds. Retries come soon while the service is down, because that is not the message's fault. */
const FIRST_DELAY = 2
const MAX_DELAY = { failed: HOUR, unanswered: HOUR, down: MINUTE }

/** The outcomes of a delivery. `postponed`: retried later. `given_up`: failed until the message was too old. The others are final. */
export const DELIVERY_OUTCOMES = ['delivered', 'refused', 'not_removed', 'postponed', 'given_up'] as const
/** One of {@link DELIVERY_OUTCOMES}. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number]

/** What an outbox worker needs: the outbox, the projects service, clocks, randomness and callbacks. */
export interface OutboxWorkerOptions {
  readonly outbox: Outbox
  readonly projects: Pick<Projects, 'deliver'>
  readonly now: () => Instant
  /** The monotonic clock, in seconds. */
  readonly elapsed: () => number
  /** A unique text for each claim. */
  readonly newToken: () => string
  /** A random number from 0 up to 1. */
  readonly random: () => number
  /** Seconds after which a message whose delivery has failed is given up. */
  readonly maxAge: number
  /** Called with the outcome of each claimed message. */
  readonly onOutcome: (claim: Claim, outcome: DeliveryOutcome, error?: Error) => void
  /** Called when the store cannot record an outcome: the message is delivered again later. */
  readonly onError: (error: unknown) => void
}

/** `idle`: no message is due. `failing`: all recent deliveries have failed. `enough`: the caller stopped it. */
export type DrainResult = 'idle' | 'failing' | 'enough'

/** Delivers the messages of the outbox to the projects service. Several workers may share one store. */
export interface OutboxWorker {
  /**
   * Delivers due messages until none is left, the service fails or `shouldStop`, called after each round, returns true.
   * Resolves when no delivery is in progress any more. Do not call it again before that.
   * @throws Failure `unavailable` if the store does not answer
   */
  drain(shouldStop?: () => boolean): Promise<DrainResult>
}

/** Opens an outbox worker. It does nothing until `drain` is called. */
export function openOutboxWorker(options: OutboxWorkerOptions): OutboxWorker {
  const round = { circuit: openCircuit(), mayClaim: openClockGuard() }
  return {
    async drain(shouldStop = () => false) {
      const inFlight = new Set<Promise<void>>()
      let attempted = 0
      try {
        for (;;) {
          const { claimed, more } = await runRound(inFlight, round, options)
          attempted += claimed
          if (attempted > 0 && round.circuit.isFailing()) {
            round.circuit.probe()
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

/** Limits the concurrent deliveries while the service fails. */
interface Circuit {
  max(): number
  record(outcome: DeliveryOutcome): void
  /** Whether at least `max` deliveries have failed since the last success. */
  isFailing(): boolean
  /** Lets only a few deliveries through until one succeeds. */
  probe(): void
}

function openCircuit(): Circuit {
  let [max, failures] = [CONCURRENCY, 0]
  return {
    max: () => max,
    record(outcome) {
      failures = outcome === 'postponed' ? failures + 1 : 0
      if (outcome !== 'postponed') max = Math.min(CONCURRENCY, max * 2)
    },
    isFailing: () => failures >= max,
    probe: () => void (max = PROBES),
  }
}

/** Decides whether messages may be claimed, by the clock and the monotonic clock. */
type ClockGuard = (at: Instant, elapsed: number) => boolean

/** After the clock was set back, another worker's claim could seem to be free. So claims nothing until all claims have lapsed. */
function openClockGuard(): ClockGuard {
  let [lastDifference, claimFrom] = [-Infinity, -Infinity]
  return (at, elapsed) => {
    if (at - elapsed < lastDifference - CLOCK_TOLERANCE) claimFrom = elapsed + CLAIM_SECONDS
    lastDifference = at - elapsed
    return elapsed >= claimFrom
  }
}

interface RoundState {
  readonly circuit: Circuit
  readonly mayClaim: ClockGuard
}

/** Claims messages and starts their deliveries. Resolves when half of the permitted deliveries have ended, so that slow ones do not delay the others. */
async function runRound(
  inFlight: Set<Promise<void>>,
  { circuit, mayClaim }: RoundState,
  options: OutboxWorkerOptions,
): Promise<{ claimed: number; more: boolean }> {
  const [at, claimedAt] = [options.now(), options.elapsed()]
  if (!mayClaim(at, claimedAt)) return { claimed: 0, more: false }
  const limit = circuit.max() - inFlight.size
  const { claims, more } = await options.outbox.claim({
    now: at,
    until: at + CLAIM_SECONDS,
    limit,
    token: options.newToken(),
  })
  for (const claim of claims) {
    const delivery = deliver({ claim, claimedAt }, options, circuit).finally(() => inFlight.delete(delivery))
    inFlight.add(delivery)
  }
  while (inFlight.size > circuit.max() / 2) await Promise.race(inFlight)
  return { claimed: claims.length, more }
}

/** A claim, and when it was requested by the monotonic clock. */
interface TimedClaim {
  readonly claim: Claim
  readonly claimedAt: number
}

/** Delivers a claimed message and ends the claim. Never throws: if the store fails, the claim lapses and the message is delivered again. */
async function deliver(
  { claim, claimedAt }: TimedClaim,
  options: OutboxWorkerOptions,
  circuit: Circuit,
): Promise<void> {
  const { outbox, elapsed, onOutcome, onError } = options
  try {
    if (isTooOld(claim, options)) {
      onOutcome(claim, 'given_up')
      return await outbox.remove(claim)
    }
    // Too late to finish before the claim lapses.
    if (elapsed() - claimedAt > DELIVER_WITHIN) return await outbox.postpone(claim, 0, true)
    await attemptDelivery(claim, options, circuit)
  } catch (error) {
    onError(error)
  }
}

/** Every message is tried at least once. One that was tried and is too old is not tried again, so that it cannot arrive after it was given up. */
const isTooOld = ({ attempts, writtenAt }: Claim, { now, maxAge }: OutboxWorkerOptions) =>
  attempts > 1 && now() - writtenAt >= maxAge

async function attemptDelivery(
  claim: Claim,
  { outbox, projects, now, random, maxAge, onOutcome }: OutboxWorkerOptions,
  circuit: Circuit,
): Promise<void> {
  const result = await projects.deliver(claim.message)
  if (!('error' in result)) {
    circuit.record(result.outcome)
    onOutcome(claim, result.outcome)
    return outbox.remove(claim)
  }
  circuit.record('postponed')
  onOutcome(claim, 'postponed', result.error)
  const due = now() + retryDelay(claim.attempts, MAX_DELAY[result.outcome], random)
  const tooOldAt = claim.writtenAt + maxAge
  return outbox.postpone(claim, tooOldAt > now() ? Math.min(due, tooOldAt) : due, result.outcome !== 'unanswered')
}

/** Exponential backoff in seconds, with a jitter of up to a half. */
const retryDelay = (attempts: number, max: number, random: () => number) =>
  Math.ceil(Math.min(max, FIRST_DELAY * 2 ** (attempts - 1)) * (1 - random() / 2))

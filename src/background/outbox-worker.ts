import type { Instant } from '../domain/interval.ts'
import type { Claim, Outbox } from '../store/port.ts'

/** A delivery starts at most this many seconds after the claim. */
const DELIVER_WITHIN = 5
/** A jump back of the clock by more than this many seconds counts as the clock being set back. */
const CLOCK_TOLERANCE = 5
/** Number of messages that probe, after failures, whether the service works again. */
const PROBES = 2

/**
 * The outcomes of a delivery. `postponed`: retried later. `given_up`: failed for the last time, or until the message was too
 * old. The others are final.
 */
export const DELIVERY_OUTCOMES = ['delivered', 'refused', 'not_removed', 'postponed', 'given_up'] as const
/** One of {@link DELIVERY_OUTCOMES}. */
export type DeliveryOutcome = (typeof DELIVERY_OUTCOMES)[number]

/** The outcome of a delivery, and what becomes of the message. */
export interface Verdict {
  readonly outcome: DeliveryOutcome
  /** Why the attempt failed. Without it the attempt succeeded, or there was none if the message was given up. */
  readonly error?: Error
  /** `keep`: the message is kept as failed, until an operator retries it. */
  readonly next: 'remove' | 'keep' | { readonly due: Instant; readonly answered: boolean }
}

/** How messages are delivered to the projects service, or to a receiver of webhooks. */
export interface Destination {
  /** The name of the receiver; undefined for the projects service. */
  readonly receiver?: string | undefined
  /** A claim must outlive its delivery, which starts at most 5 s after the claim. In seconds. */
  readonly claimSeconds: number
  /** Number of concurrent deliveries. */
  readonly concurrency: number
  /** Sends a message once. @throws the store's errors, before anything is sent */
  deliver(claim: Claim): Promise<Verdict>
  /** Called before messages are claimed; does something about once an hour. */
  readonly cleanUp?: () => Promise<void>
}

/** What an outbox worker needs: the outbox, where it delivers, clocks and callbacks. */
export interface OutboxWorkerOptions {
  readonly outbox: Outbox
  readonly destination: Destination
  readonly now: () => Instant
  /** The monotonic clock, in seconds. */
  readonly elapsed: () => number
  /** A unique text for each claim. */
  readonly newToken: () => string
  /** Called with the outcome of each claimed message. */
  readonly onOutcome: (claim: Claim, outcome: DeliveryOutcome, error?: Error) => void
  /** Called when the store fails during a delivery, or cannot record its outcome: the message is delivered again later. */
  readonly onError: (error: unknown) => void
  /** Resolves when to look for new messages while slow deliveries to a receiver are in progress; by default when one has ended. */
  readonly pause?: () => Promise<unknown>
}

/** `idle`: no message is due. `failing`: all recent deliveries have failed. `enough`: the caller stopped it. */
export type DrainResult = 'idle' | 'failing' | 'enough'

/** Delivers the messages of the outbox to one destination. Several workers may share one store. */
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
  const { destination, pause = () => new Promise(() => undefined) } = options
  const round = {
    circuit: openCircuit(destination.concurrency),
    mayClaim: openClockGuard(destination.claimSeconds),
  }
  const { cleanUp = () => Promise.resolve() } = destination
  return {
    async drain(shouldStop = () => false) {
      const inFlight = new Set<Promise<void>>()
      let attempted = 0
      try {
        await cleanUp()
        for (;;) {
          const { claimed, more } = await runRound(inFlight, round, options)
          attempted += claimed
          if (attempted > 0 && round.circuit.isFailing()) {
            round.circuit.probe()
            return 'failing'
          }
          const mayHoldBack = destination.receiver !== undefined && inFlight.size > 0
          if (!more && !mayHoldBack) return 'idle'
          if (shouldStop()) return 'enough'
          // A message that is delivered holds back the next one about its reservation no longer.
          if (!more) await Promise.race([...inFlight, pause()])
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
  record(verdict: Verdict): void
  /** Whether at least `max` deliveries have failed since the last success. */
  isFailing(): boolean
  /** Lets only a few deliveries through until one succeeds. */
  probe(): void
}

function openCircuit(concurrency: number): Circuit {
  let [max, failures] = [concurrency, 0]
  return {
    max: () => max,
    record({ outcome, error }) {
      // It was not attempted.
      if (outcome === 'given_up' && !error) return
      failures = error ? failures + 1 : 0
      if (!error) max = Math.min(concurrency, max * 2)
    },
    isFailing: () => failures >= max,
    probe: () => void (max = Math.min(PROBES, concurrency)),
  }
}

/** Decides whether messages may be claimed, by the clock and the monotonic clock. */
type ClockGuard = (at: Instant, elapsed: number) => boolean

/** After the clock was set back, another worker's claim could seem to be free. So claims nothing until all claims have lapsed. */
function openClockGuard(claimSeconds: number): ClockGuard {
  let [lastDifference, claimFrom] = [-Infinity, -Infinity]
  return (at, elapsed) => {
    if (at - elapsed < lastDifference - CLOCK_TOLERANCE) claimFrom = elapsed + claimSeconds
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
  const { receiver, claimSeconds } = options.destination
  const [at, claimedAt] = [options.now(), options.elapsed()]
  if (!mayClaim(at, claimedAt)) return { claimed: 0, more: false }
  const limit = circuit.max() - inFlight.size
  const { claims, more } = await options.outbox.claim({
    receiver,
    now: at,
    until: at + claimSeconds,
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

/** Delivers a claimed message and ends the claim. Never throws: if the outcome cannot be recorded, the claim lapses and the message is delivered again. */
async function deliver(
  { claim, claimedAt }: TimedClaim,
  { outbox, destination, now, elapsed, onOutcome, onError }: OutboxWorkerOptions,
  circuit: Circuit,
): Promise<void> {
  try {
    // Too late to finish before the claim lapses.
    if (elapsed() - claimedAt > DELIVER_WITHIN) return await outbox.giveBack(claim, 0)
    const verdict = await destination.deliver(claim).catch((error: unknown) => {
      onError(error)
    })
    if (!verdict) return await outbox.giveBack(claim, claim.until)
    circuit.record(verdict)
    onOutcome(claim, verdict.outcome, verdict.error)
    if (verdict.next === 'remove') await outbox.remove(claim)
    else if (verdict.next === 'keep') await outbox.fail(claim, now())
    else await outbox.postpone(claim, verdict.next.due, verdict.next.answered)
  } catch (error) {
    onError(error)
  }
}

import { DAY, HOUR, type Instant, MINUTE } from '../domain/interval.ts'
import type { Revision } from '../domain/reservation.ts'
import type { Receiver } from '../sources/receiver.ts'
import type { Claim, Outbox, Store } from '../store/port.ts'
import type { Destination, Verdict } from './outbox-worker.ts'

/** A request starts at most 5 s after the claim, and times out after 15 s. */
const CLAIM_SECONDS = 60
const CONCURRENCY = 10
/** The delays between the attempts, in seconds; after the last the message has failed. Each is lengthened by up to a tenth. */
const RETRY_DELAYS = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR]
const JITTER = 0.1
/** A receiver may ask for a longer delay, up to this many seconds. */
const MAX_RETRY_AFTER = 10 * HOUR
/** How long messages that have failed are kept, in seconds. */
const KEEP_FAILED = 7 * DAY
/** The receiver wants no more of this message. */
const GONE = 410

/** A webhook, as it is sent in every attempt. */
export interface Webhook {
  readonly id: string
  readonly body: string
}

export interface ReceiverDestinationOptions {
  readonly name: string
  readonly receiver: Receiver
  readonly history: Store['history']
  readonly outbox: Pick<Outbox, 'removeFailed'>
  readonly webhookOf: (revision: Revision) => Webhook
  readonly now: () => Instant
  /** The monotonic clock, in seconds. */
  readonly elapsed: () => number
  /** A random number from 0 up to 1. */
  readonly random: () => number
}

/** A receiver of webhooks: eight attempts in 28 hours, then a message is kept as failed for a week. */
export const receiverDestination = (options: ReceiverDestinationOptions): Destination => ({
  receiver: options.name,
  claimSeconds: CLAIM_SECONDS,
  concurrency: CONCURRENCY,
  deliver: (claim) => deliver(claim, options),
  cleanUp: hourly(options.elapsed, () => options.outbox.removeFailed(options.name, options.now() - KEEP_FAILED)),
})

/** Limits how often `work` is called: at once, and then at most once an hour. */
function hourly(elapsed: () => number, work: () => Promise<void>): () => Promise<void> {
  let next = -Infinity
  return async () => {
    if (elapsed() < next) return
    next = elapsed() + HOUR
    await work()
  }
}

async function deliver(claim: Claim, options: ReceiverDestinationOptions): Promise<Verdict> {
  const { receiver, history, webhookOf, now } = options
  const { message, revision: number } = claim
  const [revision] = await history(message.reservation, { after: number - 1, before: number + 1 })
  if (!revision) return { outcome: 'given_up', next: 'remove' }
  const result = await receiver.send({ ...webhookOf(revision), timestamp: now() })
  if (!result) return { outcome: 'delivered', next: 'remove' }
  const { error, status, retryAfter = 0 } = result
  const delay = RETRY_DELAYS[claim.attempts - 1]
  if (delay === undefined || status === GONE) return { outcome: 'given_up', error, next: 'keep' }
  const wait = Math.ceil(delay * (1 + options.random() * JITTER))
  const due = now() + Math.max(wait, Math.min(retryAfter, MAX_RETRY_AFTER))
  return { outcome: 'postponed', error, next: { due, answered: true } }
}

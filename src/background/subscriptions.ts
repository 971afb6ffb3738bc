import { yieldToEventLoop } from '../concurrency.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Subscriber, TextSize } from './subscriber.ts'
import type { Subscription } from './subscription.ts'

/** Entries sent in one turn of the event loop, times the logs in their cursors. */
export const POSITIONS_PER_TURN = 2000

/** Limits of all subscriptions of a change stream. */
export interface SubscriptionLimits {
  readonly heartbeatMs: number
  readonly maxSubscriptionMs: number
  readonly stallTimeoutMs: number
  /** In bytes, of all together. */
  readonly maxBufferedTotal: number
}

/** The subscriptions of a change stream: who is subscribed, and what is done to all, in turns. */
export class Subscriptions {
  private readonly limits: SubscriptionLimits
  private readonly onEmpty: () => void
  private readonly all = new Map<Subscriber, Subscription>()

  /** @param onEmpty called when the last one is removed */
  constructor(limits: SubscriptionLimits, onEmpty: () => void) {
    this.limits = limits
    this.onEmpty = onEmpty
  }

  get size(): number {
    return this.all.size
  }

  add(subscription: Subscription): void {
    this.all.set(subscription.subscriber, subscription)
  }

  remove(subscriber: Subscriber): void {
    this.all.delete(subscriber)
    if (this.all.size === 0) this.onEmpty()
  }

  /** The size of what all have buffered. */
  buffered(unit: keyof TextSize): number {
    return [...this.all.keys()].reduce((sum, subscriber) => sum + subscriber.buffered()[unit], 0)
  }

  /** The sites that all would follow together with one more. */
  sitesWith(added: Subscriber): ReadonlySet<SiteCode> {
    return unionOf([added, ...this.all.keys()].map(({ sites }) => sites))
  }

  /** @param sends the most entries that one call of `action` sends */
  async forEachLive(sends: number, action: (subscription: Subscription) => void): Promise<void> {
    let positions = 0
    for (const subscription of this.live()) {
      if (!this.isSubscribed(subscription)) continue
      action(subscription)
      positions += Math.max(1, sends) * subscription.logs.length
      if (positions < POSITIONS_PER_TURN) continue
      positions = 0
      await yieldToEventLoop()
    }
  }

  /** Disconnects the subscribers with the largest buffers until all buffers together are small enough. */
  shedLoad(): void {
    let sum = this.buffered('bytes')
    if (sum <= this.limits.maxBufferedTotal) return
    for (const subscription of [...this.all.values()].toSorted(
      (a, b) => b.subscriber.buffered().bytes - a.subscriber.buffered().bytes,
    )) {
      if (sum <= this.limits.maxBufferedTotal) return
      sum -= subscription.subscriber.buffered().bytes
      this.end(subscription)
    }
  }

  /** Ends subscriptions that are too old or have stalled. */
  sweep(): void {
    const now = performance.now()
    const { maxSubscriptionMs, stallTimeoutMs } = this.limits
    for (const subscription of this.all.values()) {
      const isStalled = now - (subscription.stalledSince ?? now) > stallTimeoutMs
      if (isStalled || now - subscription.startedAt > maxSubscriptionMs) this.end(subscription)
    }
  }

  /** Sends a heartbeat to live subscriptions that have had none for a while. */
  heartbeat(): Promise<void> {
    const now = performance.now()
    return this.forEachLive(1, (subscription) => {
      if (now - subscription.lastHeartbeatAt < this.limits.heartbeatMs) return
      subscription.lastHeartbeatAt = now
      subscription.subscriber.heartbeat(subscription.cursor.id)
    })
  }

  /** Those that receive the entries of each poll. */
  live(): Subscription[] {
    return [...this.all.values()].filter(({ isLive }) => isLive)
  }

  isSubscribed(subscription: Subscription): boolean {
    return this.all.get(subscription.subscriber) === subscription
  }

  /** Ends a subscription, and tells its subscriber. */
  end({ subscriber }: Subscription): void {
    this.remove(subscriber)
    subscriber.end()
  }

  /** Ends all. */
  endAll(): void {
    for (const subscription of this.all.values()) this.end(subscription)
  }
}

/** What is in any of several lists. */
export function unionOf(all: readonly Iterable<string>[]): Set<string> {
  const union = new Set<string>()
  for (const some of all) for (const one of some) union.add(one)
  return union
}

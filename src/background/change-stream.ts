import { Failure } from '../domain/failure.ts'
import type { Feed } from '../store/port.ts'
import { Backfills } from './backfills.ts'
import { LiveFeed } from './live-feed.ts'
import type { Subscriber } from './subscriber.ts'
import { openSubscription, startAt, type Subscription } from './subscription.ts'
import { type SubscriptionLimits, Subscriptions } from './subscriptions.ts'

/** Maximal number of subscribers. */
export const MAX_SUBSCRIBERS = 1000
/** Maximal number of sites that all subscribers together follow, where each has a log of its own: a poll reads each. */
const MAX_FOLLOWED_SITES = 1000
const HEARTBEAT_MS = 15_000
/** A subscription ends after this time, so that the client reconnects with a valid token. */
const MAX_SUBSCRIPTION_MS = 3_600_000
/** A subscriber with more bytes buffered leaves the live phase until it has drained them. */
const MAX_BUFFERED = 256_000
/** With more bytes buffered by all subscribers together, those with the most are disconnected. */
const MAX_BUFFERED_TOTAL = 32_000_000
/** A subscriber that drains nothing for this time is disconnected. */
const STALL_TIMEOUT_MS = 30_000

/** Sends the change feed to all subscribers. One timer polls the feed for all of them, as long as there are any. */
export interface ChangeStream {
  /**
   * @param from the id of the cursor to resume from; undefined to begin at the end of the feed
   * @throws Failure `busy` if there are too many subscribers, or they follow too many sites; `unavailable` if the store does not answer or the server is stopping
   */
  subscribe(subscriber: Subscriber, from: string | undefined): Promise<void>
  /** Removes a subscriber whose client has disconnected. */
  unsubscribe(subscriber: Subscriber): void
  /** Number of subscribers. */
  count(): number
  /** Number of subscribers that are not live yet. */
  backfilling(): number
  /** Characters that all subscribers together have buffered. */
  bufferedChars(): number
  /** Ends all subscriptions and accepts no more. */
  stop(): void
}

interface Limits extends SubscriptionLimits {
  readonly maxSubscribers: number
  readonly maxSites: number
  /** In bytes, of one subscriber. */
  readonly maxBuffered: number
}

const LIMITS: Limits = {
  maxSubscribers: MAX_SUBSCRIBERS,
  maxSites: MAX_FOLLOWED_SITES,
  heartbeatMs: HEARTBEAT_MS,
  maxSubscriptionMs: MAX_SUBSCRIPTION_MS,
  stallTimeoutMs: STALL_TIMEOUT_MS,
  maxBuffered: MAX_BUFFERED,
  maxBufferedTotal: MAX_BUFFERED_TOTAL,
}

/** Limits that replace the defaults, and the error handler of a change stream. */
export interface ChangeStreamOptions extends Partial<Limits> {
  /** Called when reading the feed failed. The affected subscriptions end, so that their clients reconnect. */
  readonly onError: (error: unknown) => void
}

/** Opens a change stream over a feed. Polls only while there are subscribers. */
export const openChangeStream = (feed: Feed, { onError, ...limits }: ChangeStreamOptions): ChangeStream =>
  new FeedStream(feed, { ...LIMITS, ...limits }, onError)

/** Each subscription goes through three phases: backfill, cut over, live. A slow one goes back to backfill. */
class FeedStream implements ChangeStream {
  private readonly feed: Feed
  private readonly limits: Limits
  private readonly onError: (error: unknown) => void
  private readonly subscriptions: Subscriptions
  private readonly live: LiveFeed
  private readonly backfills: Backfills
  private timer: NodeJS.Timeout | undefined
  private isPolling = false
  private isStopped = false

  constructor(feed: Feed, limits: Limits, onError: (error: unknown) => void) {
    this.feed = feed
    this.limits = limits
    this.onError = onError
    const subscriptions = new Subscriptions(limits, () => this.stopPolling())
    this.subscriptions = subscriptions
    const onSlow = (one: Subscription) => this.backfills.start(one)
    this.live = new LiveFeed({ feed, subscriptions, maxBuffered: limits.maxBuffered, onSlow })
    this.backfills = new Backfills({ feed, subscriptions, cutOver: (one) => this.live.cutOver(one), onError })
  }

  async subscribe(subscriber: Subscriber, from: string | undefined): Promise<void> {
    if (this.isStopped) throw new Failure('unavailable', 'The calendar is stopping; please try again.')
    if (this.subscriptions.size >= this.limits.maxSubscribers || this.hasTooManySites(subscriber))
      throw new Failure('busy', 'Too many are following the calendar just now; please ask again later.')
    const subscription = openSubscription(subscriber, this.feed)
    this.subscriptions.add(subscription)
    try {
      await this.start(subscription, from)
    } catch (error) {
      this.subscriptions.end(subscription)
      throw error
    }
    this.backfills.start(subscription)
  }

  unsubscribe(subscriber: Subscriber): void {
    this.subscriptions.remove(subscriber)
  }

  count(): number {
    return this.subscriptions.size
  }

  backfilling(): number {
    return this.subscriptions.size - this.subscriptions.live().length
  }

  bufferedChars(): number {
    return this.subscriptions.buffered('chars')
  }

  stop(): void {
    this.isStopped = true
    this.subscriptions.endAll()
  }

  private async start(subscription: Subscription, from: string | undefined): Promise<void> {
    const { sites } = subscription.subscriber
    const cursor = from === undefined ? undefined : await this.feed.cursor(from, sites)
    if (cursor) subscription.cursor = cursor
    else startAt(subscription, from === undefined ? 'hello' : 'reset', await this.feed.end(sites))
    if (this.subscriptions.isSubscribed(subscription))
      this.timer ??= setInterval(() => void this.poll(), this.feed.pollMs)
  }

  private stopPolling(): void {
    clearInterval(this.timer)
    this.timer = undefined
  }

  private async poll(): Promise<void> {
    if (this.isPolling) return
    this.isPolling = true
    try {
      await this.live.broadcast()
    } catch (error) {
      this.onError(error)
      this.subscriptions.endAll()
    } finally {
      this.isPolling = false
    }
    this.subscriptions.shedLoad()
    this.subscriptions.sweep()
    await this.subscriptions.heartbeat()
  }

  /** Whether a poll would read too many logs, once a subscriber has been added. */
  private hasTooManySites(added: Subscriber): boolean {
    return this.feed.bySite && this.subscriptions.sitesWith(added).size > this.limits.maxSites
  }
}

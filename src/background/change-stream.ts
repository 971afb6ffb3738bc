import { Failure } from '../domain/failure.ts'
import type { Revision } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { chunksOf, yieldToEventLoop, openSemaphore } from '../concurrency.ts'
import type { Feed, Cursor, FeedEntry, LogPosition } from '../store/port.ts'

/** Maximal number of subscribers. */
export const MAX_SUBSCRIBERS = 1000
/** Maximal number of sites that all subscribers together follow, where each has a log of its own: a poll reads each. */
const MAX_FOLLOWED_SITES = 1000
/** Subscribers that missed more revisions of their sites get a `reset`: they read them page by page, or reload everything. */
export const MAX_BACKFILL = 500
const HEARTBEAT_MS = 15_000
/** A subscription ends after this time, so that the client reconnects with a valid token. */
const MAX_SUBSCRIPTION_MS = 3_600_000
/** A subscriber with more bytes buffered leaves the live phase until it has drained them. */
const MAX_BUFFERED = 256_000
/** With more bytes buffered by all subscribers together, those with the most are disconnected. */
const MAX_BUFFERED_TOTAL = 32_000_000
/** A subscriber that drains nothing for this time is disconnected. */
const STALL_TIMEOUT_MS = 30_000
const MAX_CONCURRENT_BACKFILLS = 4
/** Entries sent in one turn of the event loop, times the logs in their cursors. */
const POSITIONS_PER_TURN = 2000
const PAGE_SIZE = 500

/** The size of texts: in bytes of UTF-8, which limit buffers, and in characters, which a metric counts. */
interface TextSize {
  readonly bytes: number
  readonly chars: number
}

/** A client that receives the revisions of some sites. `cursorId` is the position in the feed from which it can resume. */
export interface Subscriber {
  readonly sites: ReadonlySet<SiteCode>
  /**
   * Called before the first revision, and at a `reset`: earlier revisions are missing then.
   * @param since the cursor after which the feed has them; undefined if it may not, so that the client must reload
   */
  start(kind: 'hello' | 'reset', cursorId: string, since?: string): void
  send(revision: Revision, cursorId: string): void
  /** Called after a while without a heartbeat. */
  heartbeat(cursorId: string): void
  /** The size of what was sent and not yet drained. */
  buffered(): TextSize
  /** Resolves when the buffer is empty or the client is gone. */
  drained(): Promise<void>
  /** Called when the stream ends the subscription. */
  end(): void
}

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

/** A subscriber and its position in the feed. */
interface Subscription {
  readonly subscriber: Subscriber
  readonly startedAt: number
  lastHeartbeatAt: number
  cursor: Cursor
  /** The logs of the feed that have its sites. */
  readonly logs: readonly string[]
  /** Whether it receives the entries of each poll. */
  isLive: boolean
  /** Since when its buffer has not drained; undefined while nothing waits for that. */
  stalledSince: number | undefined
}

interface Limits {
  readonly maxSubscribers: number
  readonly maxSites: number
  readonly heartbeatMs: number
  readonly maxSubscriptionMs: number
  readonly stallTimeoutMs: number
  /** In bytes, of one subscriber and of all together. */
  readonly maxBuffered: number
  readonly maxBufferedTotal: number
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
  private readonly subscriptions = new Map<Subscriber, Subscription>()
  private readonly backfills = openSemaphore({ concurrency: MAX_CONCURRENT_BACKFILLS })
  /** The position of the live subscriptions, in their logs. */
  private liveCursor: Cursor = { id: '', positions: new Map() }
  private timer: NodeJS.Timeout | undefined
  private isPolling = false
  private isStopped = false

  constructor(feed: Feed, limits: Limits, onError: (error: unknown) => void) {
    this.feed = feed
    this.limits = limits
    this.onError = onError
  }

  async subscribe(subscriber: Subscriber, from: string | undefined): Promise<void> {
    if (this.isStopped) throw new Failure('unavailable', 'The calendar is stopping; please try again.')
    if (this.subscriptions.size >= this.limits.maxSubscribers || this.hasTooManySites(subscriber))
      throw new Failure('busy', 'Too many are following the calendar just now; please ask again later.')
    const startedAt = performance.now()
    const subscription: Subscription = {
      subscriber,
      startedAt,
      lastHeartbeatAt: startedAt,
      cursor: this.liveCursor,
      logs: this.feed.bySite ? ['', ...subscriber.sites] : [''],
      isLive: false,
      stalledSince: undefined,
    }
    this.subscriptions.set(subscriber, subscription)
    try {
      await this.start(subscription, from)
    } catch (error) {
      this.end(subscription)
      throw error
    }
    this.startBackfill(subscription)
  }

  unsubscribe(subscriber: Subscriber): void {
    this.subscriptions.delete(subscriber)
    if (this.subscriptions.size > 0) return
    clearInterval(this.timer)
    this.timer = undefined
  }

  count(): number {
    return this.subscriptions.size
  }

  backfilling(): number {
    return this.subscriptions.size - this.live().length
  }

  bufferedChars(): number {
    return this.buffered('chars')
  }

  private buffered(unit: keyof TextSize): number {
    return [...this.subscriptions.keys()].reduce((sum, subscriber) => sum + subscriber.buffered()[unit], 0)
  }

  stop(): void {
    this.isStopped = true
    this.endAll()
  }

  private async start(subscription: Subscription, from: string | undefined): Promise<void> {
    const { sites } = subscription.subscriber
    const cursor = from === undefined ? undefined : await this.feed.cursor(from, sites)
    if (cursor) subscription.cursor = cursor
    else startAt(subscription, from === undefined ? 'hello' : 'reset', await this.feed.end(sites))
    if (this.isSubscribed(subscription)) this.timer ??= setInterval(() => void this.poll(), this.feed.pollMs)
  }

  private startBackfill(subscription: Subscription): void {
    this.backfill(subscription).catch((error: unknown) => {
      this.onError(error)
      this.end(subscription)
    })
  }

  /** Backfill: sends the missed revisions page by page, as fast as the subscriber drains them, until it can cut over. */
  private async backfill(subscription: Subscription): Promise<void> {
    subscription.isLive = false
    for (;;) {
      subscription.stalledSince = performance.now()
      await subscription.subscriber.drained()
      subscription.stalledSince = undefined
      if (!this.isSubscribed(subscription)) return
      const release = await this.backfills.acquire()
      try {
        if (this.isSubscribed(subscription) && (await this.backfillPage(subscription)) && this.cutOver(subscription))
          return
      } finally {
        release()
      }
      this.shedLoad()
    }
  }

  /** @returns whether nothing is left to send */
  private async backfillPage(subscription: Subscription): Promise<boolean> {
    const { sites } = subscription.subscriber
    const page = await this.feed.since(subscription.cursor.id, MAX_BACKFILL + 1, sites)
    if (!page || page.entries.length + page.remaining > MAX_BACKFILL) {
      startAt(subscription, 'reset', await this.feed.end(sites), page && subscription.cursor.id)
      return false
    }
    for (const some of chunksOf(page.entries, Math.ceil(POSITIONS_PER_TURN / subscription.logs.length))) {
      this.sendPage(subscription, some)
      await yieldToEventLoop()
    }
    subscription.cursor = page.next
    return page.remaining === 0
  }

  /**
   * Cut over: the subscription becomes live, unless the live ones have received entries that it has not. Logs that none of them
   * has are read from where it is.
   */
  private cutOver(subscription: Subscription): boolean {
    const { cursor, logs } = subscription
    const live = this.live().length > 0 ? this.liveCursor.positions : new Map<string, LogPosition>()
    subscription.isLive = logs.every((log) => !live.has(log) || isAtOrAfter(cursor, live, log))
    if (subscription.isLive && !logs.every((log) => live.has(log)))
      this.liveCursor = this.feed.cursorAt(new Map([...cursor.positions, ...live]))
    return subscription.isLive
  }

  private async poll(): Promise<void> {
    if (this.isPolling) return
    this.isPolling = true
    try {
      await this.broadcast()
    } catch (error) {
      this.onError(error)
      this.endAll()
    } finally {
      this.isPolling = false
    }
    this.shedLoad()
    this.sweep()
    await this.heartbeat()
  }

  /** Live: sends the new entries of the feed to all live subscriptions. */
  private async broadcast(): Promise<void> {
    while (this.live().length > 0) {
      const sites = this.forgetLogs()
      const from = this.liveCursor
      const page = await this.feed.since(from.id, PAGE_SIZE, sites)
      if (!page) return this.resetLive(await this.feed.end(sites))
      // A subscription that has become live meanwhile may follow other logs.
      if (this.liveCursor !== from) continue
      this.liveCursor = page.next
      await this.forEachLive(page.entries.length, (subscription) => {
        if (subscription.subscriber.buffered().bytes > this.limits.maxBuffered) this.startBackfill(subscription)
        else this.sendPage(subscription, page.entries, page.next)
      })
      if (page.entries.length === 0) return
    }
  }

  /** Forgets the live position in logs that no live subscription has. @returns the sites to read; undefined for all */
  private forgetLogs(): ReadonlySet<SiteCode> | undefined {
    if (!this.feed.bySite) return undefined
    const logs = unionOf(this.live().map((subscription) => subscription.logs))
    const { positions } = this.liveCursor
    if (positions.size > logs.size)
      this.liveCursor = this.feed.cursorAt(new Map([...positions].filter(([log]) => logs.has(log))))
    return unionOf(this.live().map(({ subscriber }) => subscriber.sites))
  }

  /** The feed has a gap after the live cursor, or its logs were begun anew. */
  private async resetLive(end: Cursor): Promise<void> {
    this.liveCursor = end
    await this.forEachLive(1, (subscription) => {
      const { cursor, logs } = subscription
      if (!this.feed.bySite && !isAtOrAfter(end, cursor.positions, '')) return
      const positions = logs.map((log) => [log, end.positions.get(log) ?? cursor.positions.get(log)!] as const)
      startAt(subscription, 'reset', this.feed.cursorAt(new Map(positions)))
    })
  }

  /** @param end the position after the page, which may lie behind entries of other sites */
  private sendPage(subscription: Subscription, entries: readonly FeedEntry[], end?: Cursor): void {
    for (const entry of entries) {
      if (!affects(entry.revision, subscription.subscriber.sites)) continue
      if (subscription.logs.every((log) => isAtOrAfter(subscription.cursor, entry.positions, log))) continue
      subscription.cursor = this.joined(subscription, entry)
      subscription.subscriber.send(entry.revision, subscription.cursor.id)
    }
    if (end) subscription.cursor = this.joined(subscription, end)
  }

  /** The positions of a subscription after those of another cursor, in its logs. */
  private joined({ cursor, logs }: Subscription, other: Cursor): Cursor {
    const isFurther = (log: string) => !isAtOrAfter(cursor, other.positions, log)
    if (!this.feed.bySite) return isFurther('') ? other : cursor
    const positions = logs.map((log) => [log, (isFurther(log) ? other : cursor).positions.get(log)!] as const)
    return this.feed.cursorAt(new Map(positions))
  }

  /** @param sends the most entries that one call of `action` sends */
  private async forEachLive(sends: number, action: (subscription: Subscription) => void): Promise<void> {
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
  private shedLoad(): void {
    let sum = this.buffered('bytes')
    if (sum <= this.limits.maxBufferedTotal) return
    for (const subscription of [...this.subscriptions.values()].toSorted(
      (a, b) => b.subscriber.buffered().bytes - a.subscriber.buffered().bytes,
    )) {
      if (sum <= this.limits.maxBufferedTotal) return
      sum -= subscription.subscriber.buffered().bytes
      this.end(subscription)
    }
  }

  /** Ends subscriptions that are too old or have stalled. */
  private sweep(): void {
    const now = performance.now()
    const { maxSubscriptionMs, stallTimeoutMs } = this.limits
    for (const subscription of this.subscriptions.values()) {
      const isStalled = now - (subscription.stalledSince ?? now) > stallTimeoutMs
      if (isStalled || now - subscription.startedAt > maxSubscriptionMs) this.end(subscription)
    }
  }

  private heartbeat(): Promise<void> {
    const now = performance.now()
    return this.forEachLive(1, (subscription) => {
      if (now - subscription.lastHeartbeatAt < this.limits.heartbeatMs) return
      subscription.lastHeartbeatAt = now
      subscription.subscriber.heartbeat(subscription.cursor.id)
    })
  }

  private live(): Subscription[] {
    return [...this.subscriptions.values()].filter(({ isLive }) => isLive)
  }

  /** Whether a poll would read too many logs, once a subscriber has been added. */
  private hasTooManySites(added: Subscriber): boolean {
    if (!this.feed.bySite) return false
    const followed = unionOf([added, ...this.subscriptions.keys()].map(({ sites }) => sites))
    return followed.size > this.limits.maxSites
  }

  private isSubscribed(subscription: Subscription): boolean {
    return this.subscriptions.get(subscription.subscriber) === subscription
  }

  private end({ subscriber }: Subscription): void {
    this.unsubscribe(subscriber)
    subscriber.end()
  }

  private endAll(): void {
    for (const subscription of this.subscriptions.values()) this.end(subscription)
  }
}

function startAt(subscription: Subscription, kind: 'hello' | 'reset', cursor: Cursor, since?: string): void {
  subscription.cursor = cursor
  subscription.subscriber.start(kind, cursor.id, since)
}

function unionOf(all: readonly Iterable<string>[]): Set<string> {
  const union = new Set<string>()
  for (const some of all) for (const one of some) union.add(one)
  return union
}

/** Whether a cursor is as far in a log as other positions, or further. */
const isAtOrAfter = ({ positions }: Cursor, others: Cursor['positions'], log: string) =>
  (positions.get(log)?.number ?? -1) >= (others.get(log)?.number ?? -1)

/** Whether a revision concerns one of the sites: the one that a reservation left included. */
const affects = ({ before, after }: Revision, sites: ReadonlySet<SiteCode>): boolean =>
  [before, after].some((reservation) => reservation && sites.has(reservation.site))

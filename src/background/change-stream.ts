import { Failure } from '../domain/failure.ts'
import type { Revision } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { yieldToEventLoop, openSemaphore } from '../concurrency.ts'
import type { Feed, Cursor, FeedEntry } from '../store/port.ts'

/** How many may follow at once. */
export const MAX_SUBSCRIBERS = 1000
/** Who has missed more at their sites reads everything again, which is less. */
export const MAX_BACKFILL = 500
const POLL_MS = 500
const HEARTBEAT_MS = 15_000
/** After that one has to come again, with a token that still holds. */
const MAX_SUBSCRIPTION_MS = 3_600_000
/** Who has more than this to take, in characters, is told no more until it is taken. */
const MAX_BUFFERED = 256_000
/** What may wait for all of them together. Beyond it, those for whom most waits have to come again. */
const MAX_BUFFERED_TOTAL = 32_000_000
/** Who has taken nothing for so long has to come again too. */
const STALL_TIMEOUT_MS = 30_000
/** So many read what they have missed at once; the others wait for their turn. */
const MAX_CONCURRENT_BACKFILLS = 4
/** So much is told in one turn of the event loop. */
const SENDS_PER_TURN = 2000
const PAGE_SIZE = 500

/** Who follows the feed at some sites. A place in the feed is told by its id. */
export interface Subscriber {
  readonly sites: ReadonlySet<SiteCode>
  /** All from here on will be told; at a `reset` something before it may have been missed. */
  start(kind: 'hello' | 'reset', cursorId: string): void
  send(revision: Revision, cursorId: string): void
  /** Nothing is to be told for a while. */
  heartbeat(cursorId: string): void
  /** How much was told that is not yet taken, in characters. */
  bufferedChars(): number
  /** Resolves when all is taken, or it has ended. */
  drained(): Promise<void>
  /** Nothing more will be told. */
  end(): void
}

/** All that follow a feed. One timer looks for all of them, while there are any. */
export interface ChangeStream {
  /**
   * @param from the id of the place from which to go on; undefined to begin where the feed ends
   * @throws Failure `unavailable` where there are too many, the store does not answer or the server is stopping
   */
  subscribe(subscriber: Subscriber, from: string | undefined): Promise<void>
  /** It went away by itself. */
  unsubscribe(subscriber: Subscriber): void
  count(): number
  /** How many have not yet caught up. */
  backfilling(): number
  /** What was told to any of them and is not yet taken, in characters. */
  bufferedChars(): number
  /** Ends them all. */
  stop(): void
}

/** One of them, and how far it has come. */
interface Subscription {
  readonly subscriber: Subscriber
  readonly startedAt: number
  lastHeartbeatAt: number
  cursor: Cursor
  /** It has all that those have who are told by the timer. */
  isLive: boolean
  /** Since when it is waited for, before it is told more; undefined where it is not. */
  stalledSince: number | undefined
}

export interface ChangeStreamOptions {
  readonly maxSubscribers?: number
  readonly heartbeatMs?: number
  readonly maxSubscriptionMs?: number
  readonly stallTimeoutMs?: number
  readonly maxBuffered?: number
  readonly maxBufferedTotal?: number
  /** Told where change feed: read failed. Those who wait for it end, and are told when they come again. */
  readonly onError: (error: unknown) => void
}

export function openChangeStream(feed: Feed, options: ChangeStreamOptions): ChangeStream {
  const { maxSubscribers: max = MAX_SUBSCRIBERS, heartbeatMs = HEARTBEAT_MS, maxSubscriptionMs = MAX_SUBSCRIPTION_MS, stallTimeoutMs = STALL_TIMEOUT_MS, onError } = options
  const { maxBuffered = MAX_BUFFERED, maxBufferedTotal = MAX_BUFFERED_TOTAL } = options
  const subscriptions = new Map<Subscriber, Subscription>()
  const backfills = openSemaphore({ concurrency: MAX_CONCURRENT_BACKFILLS })
  /** Up to where the timer has told. Only ever goes on. */
  let liveCursor: Cursor = { sequence: 0, id: '' }
  let timer: NodeJS.Timeout | undefined
  let isPolling = false
  let stopped = false

  function unsubscribe(subscriber: Subscriber): void {
    subscriptions.delete(subscriber)
    if (subscriptions.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  function end({ subscriber }: Subscription): void {
    unsubscribe(subscriber)
    subscriber.end()
  }
  const endAll = () => [...subscriptions.values()].forEach(end)
  const isSubscribed = (subscription: Subscription) => subscriptions.get(subscription.subscriber) === subscription
  const liveSubscriptions = () => [...subscriptions.values()].filter((subscription) => subscription.isLive)
  const advanceTo = (to: Cursor | undefined) => {
    if (to && to.sequence > liveCursor.sequence) liveCursor = to
  }
  const totalBuffered = () => [...subscriptions.keys()].reduce((sum, subscriber) => sum + subscriber.bufferedChars(), 0)

  /** What it has still missed, page by page as it is taken, until the timer can go on. */
  async function backfill(subscription: Subscription): Promise<void> {
    subscription.isLive = false
    for (;;) {
      subscription.stalledSince = performance.now()
      await subscription.subscriber.drained()
      subscription.stalledSince = undefined
      if (!isSubscribed(subscription)) return
      const release = await backfills.acquire()
      try {
        if (isSubscribed(subscription) && (await sendNextPage(subscription)) && cutOver(subscription)) return
      } finally {
        release()
      }
      shedLoad()
    }
  }

  /** @returns whether nothing is left */
  async function sendNextPage(subscription: Subscription): Promise<boolean> {
    const page = await feed.since(subscription.cursor.id, MAX_BACKFILL + 1, subscription.subscriber.sites)
    if (!page || page.entries.length + page.remaining > MAX_BACKFILL) {
      startAt(subscription, 'reset', await feed.end())
      return false
    }
    sendPage(subscription, page.entries)
    subscription.cursor = page.next
    return page.remaining === 0
  }

  const startBackfill = (subscription: Subscription) =>
    void backfill(subscription).catch((error: unknown) => {
      onError(error)
      end(subscription)
    })

  /** Whatever was committed while it caught up it must have seen, or be told by the timer. */
  function cutOver(subscription: Subscription): boolean {
    if (liveSubscriptions().length === 0) advanceTo(subscription.cursor)
    subscription.isLive = subscription.cursor.sequence >= liveCursor.sequence
    return subscription.isLive
  }

  async function poll(): Promise<void> {
    if (isPolling) return
    isPolling = true
    try {
      await broadcast()
    } catch (error) {
      onError(error)
      endAll()
    } finally {
      isPolling = false
    }
    shedLoad()
    for (const subscription of subscriptions.values()) sweep(subscription)
  }

  async function broadcast(): Promise<void> {
    let more = true
    while (more && liveSubscriptions().length > 0) {
      const page = await feed.since(liveCursor.id, PAGE_SIZE)
      const cursor = page ? page.next : await feed.end()
      advanceTo(cursor)
      let count = 0
      for (const subscription of liveSubscriptions()) {
        if (!isSubscribed(subscription)) continue
        if (!page && cursor.sequence >= subscription.cursor.sequence) startAt(subscription, 'reset', cursor)
        else if (page && subscription.subscriber.bufferedChars() > maxBuffered) startBackfill(subscription)
        else if (page) sendPage(subscription, page.entries, cursor)
        count += page?.entries.length ?? 1
        if (count < SENDS_PER_TURN) continue
        count = 0
        await yieldToEventLoop()
      }
      more = page !== undefined && page.entries.length > 0
    }
  }

  /** When too much waits, those for whom most waits end first. */
  function shedLoad(): void {
    let sum = totalBuffered()
    if (sum <= maxBufferedTotal) return
    for (const subscription of [...subscriptions.values()].toSorted((a, b) => b.subscriber.bufferedChars() - a.subscriber.bufferedChars())) {
      if (sum <= maxBufferedTotal) return
      sum -= subscription.subscriber.bufferedChars()
      end(subscription)
    }
  }

  function sweep(subscription: Subscription): void {
    const now = performance.now()
    if (now - subscription.startedAt > maxSubscriptionMs || now - (subscription.stalledSince ?? now) > stallTimeoutMs) return end(subscription)
    if (!subscription.isLive || now - subscription.lastHeartbeatAt < heartbeatMs) return
    subscription.lastHeartbeatAt = now
    subscription.subscriber.heartbeat(subscription.cursor.id)
  }

  async function start(subscription: Subscription, from: string | undefined): Promise<void> {
    const cursor = from === undefined ? undefined : await feed.cursor(from)
    if (cursor) subscription.cursor = cursor
    else startAt(subscription, from === undefined ? 'hello' : 'reset', await feed.end())
    if (subscriptions.has(subscription.subscriber)) timer ??= setInterval(() => void poll(), POLL_MS)
  }

  return {
    async subscribe(subscriber, from) {
      if (stopped) throw new Failure('unavailable', 'The calendar is stopping; please try again.')
      if (subscriptions.size >= max) throw new Failure('busy', 'Too many are following the calendar just now; please ask again later.')
      const startedAt = performance.now()
      const subscription: Subscription = { subscriber, startedAt, lastHeartbeatAt: startedAt, cursor: liveCursor, isLive: false, stalledSince: undefined }
      subscriptions.set(subscriber, subscription)
      try {
        await start(subscription, from)
      } catch (error) {
        end(subscription)
        throw error
      }
      startBackfill(subscription)
    },
    unsubscribe,
    count: () => subscriptions.size,
    backfilling: () => subscriptions.size - liveSubscriptions().length,
    bufferedChars: totalBuffered,
    stop() {
      stopped = true
      endAll()
    },
  }
}

function startAt(subscription: Subscription, kind: 'hello' | 'reset', cursor: Cursor): void {
  subscription.cursor = cursor
  subscription.subscriber.start(kind, cursor.id)
}

/** @param to how far it has come then, though the last of it does not concern it */
function sendPage(subscription: Subscription, page: readonly FeedEntry[], to?: Cursor): void {
  for (const liveCursor of page) {
    if (liveCursor.sequence <= subscription.cursor.sequence) continue
    subscription.cursor = liveCursor
    if (affects(liveCursor.revision, subscription.subscriber.sites)) subscription.subscriber.send(liveCursor.revision, liveCursor.id)
  }
  if (to && to.sequence > subscription.cursor.sequence) subscription.cursor = to
}

/** What leaves a site concerns it too. */
const affects = ({ before, after }: Revision, sites: ReadonlySet<SiteCode>): boolean =>
  [before, after].some((one) => one && sites.has(one.site))

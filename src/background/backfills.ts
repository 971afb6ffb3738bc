import { chunksOf, openSemaphore, yieldToEventLoop } from '../concurrency.ts'
import type { Feed } from '../store/port.ts'
import { sendPage, startAt, type Subscription } from './subscription.ts'
import { POSITIONS_PER_TURN, type Subscriptions } from './subscriptions.ts'

/** Subscribers that missed more revisions of their sites get a `reset`: they read them page by page, or reload everything. */
export const MAX_BACKFILL = 500
const MAX_CONCURRENT_BACKFILLS = 4

export interface BackfillOptions {
  readonly feed: Feed
  readonly subscriptions: Subscriptions
  /** Makes a subscription live that has nothing left to send, if it can be. @returns whether it is */
  readonly cutOver: (subscription: Subscription) => boolean
  /** Called when reading the feed failed. The subscription ends. */
  readonly onError: (error: unknown) => void
}

/** Sends subscriptions what they missed, few at a time. */
export class Backfills {
  private readonly feed: Feed
  private readonly subscriptions: Subscriptions
  private readonly cutOver: (subscription: Subscription) => boolean
  private readonly onError: (error: unknown) => void
  private readonly permits = openSemaphore({ concurrency: MAX_CONCURRENT_BACKFILLS })

  constructor({ feed, subscriptions, cutOver, onError }: BackfillOptions) {
    this.feed = feed
    this.subscriptions = subscriptions
    this.cutOver = cutOver
    this.onError = onError
  }

  start(subscription: Subscription): void {
    this.run(subscription).catch((error: unknown) => {
      this.onError(error)
      this.subscriptions.end(subscription)
    })
  }

  /** Backfill: sends the missed revisions page by page, as fast as the subscriber drains them, until it can cut over. */
  private async run(subscription: Subscription): Promise<void> {
    subscription.isLive = false
    for (;;) {
      subscription.stalledSince = performance.now()
      await subscription.subscriber.drained()
      subscription.stalledSince = undefined
      if (!this.subscriptions.isSubscribed(subscription)) return
      const release = await this.permits.acquire()
      try {
        if (
          this.subscriptions.isSubscribed(subscription) &&
          (await this.sendNextPage(subscription)) &&
          this.cutOver(subscription)
        )
          return
      } finally {
        release()
      }
      this.subscriptions.shedLoad()
    }
  }

  /** @returns whether nothing is left to send */
  private async sendNextPage(subscription: Subscription): Promise<boolean> {
    const { sites } = subscription.subscriber
    const page = await this.feed.since(subscription.cursor.id, MAX_BACKFILL + 1, sites)
    if (!page || page.entries.length + page.remaining > MAX_BACKFILL) {
      startAt(subscription, 'reset', await this.feed.end(sites), page && subscription.cursor.id)
      return false
    }
    for (const some of chunksOf(page.entries, Math.ceil(POSITIONS_PER_TURN / subscription.logs.length))) {
      sendPage(subscription, some, { feed: this.feed })
      await yieldToEventLoop()
    }
    subscription.cursor = page.next
    return page.remaining === 0
  }
}

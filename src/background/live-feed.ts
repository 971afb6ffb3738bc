import type { SiteCode } from '../domain/site.ts'
import type { Cursor, Feed, LogPosition } from '../store/port.ts'
import { isAtOrAfter, sendPage, startAt, type Subscription } from './subscription.ts'
import { type Subscriptions, unionOf } from './subscriptions.ts'

const PAGE_SIZE = 500

export interface LiveFeedOptions {
  readonly feed: Feed
  readonly subscriptions: Subscriptions
  /** A subscriber with more bytes buffered is not sent to. */
  readonly maxBuffered: number
  /** Called then. */
  readonly onSlow: (subscription: Subscription) => void
}

/** Follows the feed for all live subscriptions. */
export class LiveFeed {
  private readonly feed: Feed
  private readonly subscriptions: Subscriptions
  private readonly maxBuffered: number
  private readonly onSlow: (subscription: Subscription) => void
  /** The position of the live subscriptions, in their logs. */
  private cursor: Cursor = { id: '', positions: new Map() }

  constructor({ feed, subscriptions, maxBuffered, onSlow }: LiveFeedOptions) {
    this.feed = feed
    this.subscriptions = subscriptions
    this.maxBuffered = maxBuffered
    this.onSlow = onSlow
  }

  /**
   * Cut over: the subscription becomes live, unless the live ones have received entries that it has not. Logs that none of them
   * has are read from where it is.
   */
  cutOver(subscription: Subscription): boolean {
    const { cursor, logs } = subscription
    const live = this.subscriptions.live().length > 0 ? this.cursor.positions : new Map<string, LogPosition>()
    subscription.isLive = logs.every((log) => !live.has(log) || isAtOrAfter(cursor, live, log))
    if (subscription.isLive && !logs.every((log) => live.has(log)))
      this.cursor = this.feed.cursorAt(new Map([...cursor.positions, ...live]))
    return subscription.isLive
  }

  /** Live: sends the new entries of the feed to all live subscriptions. */
  async broadcast(): Promise<void> {
    while (this.subscriptions.live().length > 0) {
      const sites = this.forgetLogs()
      const from = this.cursor
      const page = await this.feed.since(from.id, PAGE_SIZE, sites)
      if (!page) return this.resetLive(await this.feed.end(sites))
      // A subscription that has become live meanwhile may follow other logs.
      if (this.cursor !== from) continue
      this.cursor = page.next
      await this.subscriptions.forEachLive(page.entries.length, (subscription) => {
        if (subscription.subscriber.buffered().bytes > this.maxBuffered) this.onSlow(subscription)
        else sendPage(subscription, page.entries, { feed: this.feed, end: page.next })
      })
      if (page.entries.length === 0) return
    }
  }

  /** Forgets the live position in logs that no live subscription has. @returns the sites to read; undefined for all */
  private forgetLogs(): ReadonlySet<SiteCode> | undefined {
    if (!this.feed.bySite) return undefined
    const logs = unionOf(this.subscriptions.live().map((subscription) => subscription.logs))
    const { positions } = this.cursor
    if (positions.size > logs.size)
      this.cursor = this.feed.cursorAt(new Map([...positions].filter(([log]) => logs.has(log))))
    return unionOf(this.subscriptions.live().map(({ subscriber }) => subscriber.sites))
  }

  /** The feed has a gap after the live cursor, or its logs were begun anew. */
  private async resetLive(end: Cursor): Promise<void> {
    this.cursor = end
    await this.subscriptions.forEachLive(1, (subscription) => {
      const { cursor, logs } = subscription
      if (!this.feed.bySite && !isAtOrAfter(end, cursor.positions, '')) return
      const positions = logs.map((log) => [log, end.positions.get(log) ?? cursor.positions.get(log)!] as const)
      startAt(subscription, 'reset', this.feed.cursorAt(new Map(positions)))
    })
  }
}

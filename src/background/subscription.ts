import type { Revision } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Cursor, Feed, FeedEntry } from '../store/port.ts'
import type { Subscriber } from './subscriber.ts'

/** A subscriber and its position in the feed. */
export interface Subscription {
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

/** A subscription that has not begun. */
export function openSubscription(subscriber: Subscriber, { bySite }: Feed): Subscription {
  const startedAt = performance.now()
  return {
    subscriber,
    startedAt,
    lastHeartbeatAt: startedAt,
    cursor: { id: '', positions: new Map() },
    logs: bySite ? ['', ...subscriber.sites] : [''],
    isLive: false,
    stalledSince: undefined,
  }
}

/** Says to the subscriber where it begins, or begins again. */
export function startAt(subscription: Subscription, kind: 'hello' | 'reset', cursor: Cursor, since?: string): void {
  subscription.cursor = cursor
  subscription.subscriber.start(kind, cursor.id, since)
}

/**
 * Sends the entries of a page that concern a subscription and that it has not received.
 * @param end the position after the page, which may lie behind entries of other sites
 */
export function sendPage(
  subscription: Subscription,
  entries: readonly FeedEntry[],
  { feed, end }: { readonly feed: Feed; readonly end?: Cursor },
): void {
  for (const entry of entries) {
    if (!affects(entry.revision, subscription.subscriber.sites)) continue
    if (subscription.logs.every((log) => isAtOrAfter(subscription.cursor, entry.positions, log))) continue
    subscription.cursor = joined(subscription, entry, feed)
    subscription.subscriber.send(entry.revision, subscription.cursor.id)
  }
  if (end) subscription.cursor = joined(subscription, end, feed)
}

/** The positions of a subscription after those of another cursor, in its logs. */
function joined({ cursor, logs }: Subscription, other: Cursor, feed: Feed): Cursor {
  const isFurther = (log: string) => !isAtOrAfter(cursor, other.positions, log)
  if (!feed.bySite) return isFurther('') ? other : cursor
  const positions = logs.map((log) => [log, (isFurther(log) ? other : cursor).positions.get(log)!] as const)
  return feed.cursorAt(new Map(positions))
}

/** Whether a cursor is as far in a log as other positions, or further. */
export const isAtOrAfter = ({ positions }: Cursor, others: Cursor['positions'], log: string) =>
  (positions.get(log)?.number ?? -1) >= (others.get(log)?.number ?? -1)

/** Whether a revision concerns one of the sites: the one that a reservation left included. */
const affects = ({ before, after }: Revision, sites: ReadonlySet<SiteCode>): boolean =>
  [before, after].some((reservation) => reservation && sites.has(reservation.site))

import type { Instant } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import type { CalendarFeed, CalendarFeeds } from '../port.ts'
import { withinDeadline } from './errors.ts'
import { ABSENT } from './item-write.ts'
import { calendarFeedKey, calendarFeedsId, type Item, keyOf, plainOf } from './items.ts'
import { allItems } from './requests.ts'
import type { TableContext } from './table.ts'

/*
 * A feed is two equal items, found by its digest and by its observer. The observer's items have numbers below the most that
 * there may be, so that two that are added at the same time cannot be too many.
 *
 * The observer's item is written first, and removed last. So what is interrupted leaves a feed that is listed and not found,
 * and can be removed.
 */

/** The secret feeds in a table. */
export function openCalendarFeeds({ requests, state }: TableContext): CalendarFeeds {
  const itemsOf = (observer: ObserverId) => allItems(requests.pages({ partition: calendarFeedsId(observer) }))

  /** @returns false if there are `max` already */
  async function list(feed: CalendarFeed, max: number): Promise<boolean> {
    const items = await itemsOf(feed.observer)
    // The answer to an earlier attempt may have been lost.
    if (items.some((item) => isOf(feed, item))) return true
    const taken = new Set(items.map((item) => keyOf(item).start))
    for (let number = 0; number < max; number += 1) {
      const key = { event_id: calendarFeedsId(feed.observer), start: String(number) }
      if (taken.has(key.start)) continue
      if (await requests.write({ key, set: attributesFor(feed), expected: ABSENT })) return true
      if (isOf(feed, await requests.get(key))) return true
    }
    return false
  }

  return {
    async of(observer) {
      const feeds = (await withinDeadline(itemsOf(observer))).map(feedOf)
      return feeds.toSorted((a, b) => a.madeAt - b.madeAt)
    },
    async find(digest) {
      const item = await withinDeadline(requests.get(calendarFeedKey(digest)))
      return item && feedOf(item)
    },
    async add(feed, max) {
      // A table with other items than its state before its day items are in use would stay read-only.
      await state.assertWritable()
      if (!(await list(feed, max))) return false
      return requests.write({ key: calendarFeedKey(feed.digest), set: attributesFor(feed), expected: {} })
    },
    async remove(observer, id) {
      const listed = (await itemsOf(observer)).find((item) => item['feed_id']?.S === id)
      const { digest } = listed ?? {}
      if (!listed || !digest?.S) return false
      await requests.write({ key: calendarFeedKey(digest.S), remove: true, expected: {} })
      await requests.write({ key: keyOf(listed), remove: true, expected: { digest } })
      return true
    },
  }
}

const attributesFor = ({ id, observer, digest, madeAt }: CalendarFeed) =>
  attributesOf({ feed_id: id, observer, digest, made_at: madeAt })

const isOf = ({ digest }: CalendarFeed, item: Item | undefined) => item?.['digest']?.S === digest

function feedOf(item: Item): CalendarFeed {
  const fields = plainOf(item) as { feed_id: string; observer: ObserverId; digest: string; made_at: Instant }
  return { id: fields.feed_id, observer: fields.observer, digest: fields.digest, madeAt: fields.made_at }
}

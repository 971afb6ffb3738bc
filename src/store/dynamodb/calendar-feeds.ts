import type { Instant } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import type { CalendarFeed, CalendarFeeds } from '../port.ts'
import { retry, unavailable, withinDeadline } from './errors.ts'
import { calendarFeedKey, calendarFeedsKey, type Item, plainOf } from './items.ts'
import type { Requests } from './requests.ts'
import type { TableContext } from './table.ts'

/*
 * | item             | key                     | attributes                                        |
 * | ---------------- | ----------------------- | ------------------------------------------------- |
 * | secret feed      | calendar#feed#DIGEST    | observer, feed_id, made_at                        |
 * | observer's feeds | calendar#feeds#OBSERVER | feeds (JSON of id, digest and madeAt), version    |
 *
 * The list is written first when a feed is made, and last when it is removed. So what is interrupted leaves a feed that is
 * listed and not found, and can be removed.
 */

type Listed = Pick<CalendarFeed, 'id' | 'digest' | 'madeAt'>

/** Attempts to change a list that others change too, and the first pause between two of them. */
const MAX_ATTEMPTS = 6
const FIRST_PAUSE_MS = 20

/** The secret feeds in a table. */
export function openCalendarFeeds({ requests, state, newToken }: TableContext): CalendarFeeds {
  const lists = openFeedLists(requests, newToken)
  return {
    of: async (observer) => (await withinDeadline(lists.read(observer))).list.map((one) => ({ ...one, observer })),
    async find(digest) {
      const item = await withinDeadline(requests.get(calendarFeedKey(digest)))
      return item && feedOf(item, digest)
    },
    async add({ id, observer, digest, madeAt }, max) {
      // A table with other items than its state before its day items are in use would stay read-only.
      await state.assertWritable()
      if (!(await lists.add(observer, { id, digest, madeAt }, max))) return false
      const set = attributesOf({ observer, feed_id: id, made_at: madeAt })
      return requests.write({ key: calendarFeedKey(digest), set, expected: {} })
    },
    async remove(observer, id) {
      const found = (await lists.read(observer)).list.find((one) => one.id === id)
      if (!found) return false
      await requests.write({ key: calendarFeedKey(found.digest), remove: true, expected: {} })
      await lists.change(observer, (list) => list.filter((one) => one.id !== id))
      return true
    },
  }
}

function feedOf(item: Item, digest: string): CalendarFeed {
  const fields = plainOf(item) as { observer: ObserverId; feed_id: string; made_at: Instant }
  return { id: fields.feed_id, observer: fields.observer, digest, madeAt: fields.made_at }
}

/** The lists of the observers' feeds. Each change of one replaces its version. */
function openFeedLists(requests: Requests, newToken: () => string) {
  async function read(observer: ObserverId) {
    const item = await requests.get(calendarFeedsKey(observer))
    return { list: JSON.parse(item?.['feeds']?.S ?? '[]') as Listed[], version: item?.['version'] }
  }
  /** Replaces the list of an observer. @param changed returns undefined to leave it as it is */
  async function change(observer: ObserverId, changed: (list: readonly Listed[]) => readonly Listed[] | undefined) {
    const isDone = await retry(MAX_ATTEMPTS, FIRST_PAUSE_MS, async () => {
      const { list, version } = await read(observer)
      const next = changed(list)
      if (!next) return true
      const set = attributesOf({ feeds: JSON.stringify(next), version: newToken() })
      return requests.write({ key: calendarFeedsKey(observer), set, expected: { version } })
    })
    if (!isDone) throw unavailable(new Error('Others keep changing the same list of feeds.'))
  }
  /** @returns false if there are `max` already */
  async function add(observer: ObserverId, feed: Listed, max: number): Promise<boolean> {
    let isAdded = false
    await change(observer, (list) => {
      // The answer to an earlier attempt may have been lost.
      const isThere = list.some(({ id }) => id === feed.id)
      isAdded = isThere || list.length < max
      return isAdded && !isThere ? [...list, feed] : undefined
    })
    return isAdded
  }
  return { read, change, add }
}

import { withTimeout } from '../../concurrency.ts'
import { DAY, type Instant } from '../../domain/interval.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { DayItem } from './day-item.ts'
import {
  encodeLogEntry,
  endOf,
  LOG,
  LOG_NONCE,
  LOG_START,
  loggedSiteKey,
  logPartOf,
  nonceOf,
  segmentKey,
} from './feed-log.ts'
import { EXPIRES, type Item, type Key, keyAttributes, longItemKey } from './items.ts'
import { ABSENT, type ItemWrite } from './item-write.ts'
import type { RecordedChange } from './recorded-changes.ts'
import type { TableContext } from './table.ts'

/** With more entries than this, the log in a long item moves to a segment: they have less than a kilobyte, mostly. */
const MAX_IN_LONG_ITEM = 15
/** But not before it has the entries of several transactions, so that large ones do not each move it. */
const TRANSACTIONS_IN_LONG_ITEM = 4
/** Entries that are moved at once: an expression of DynamoDB names up to some 300 elements. */
const MAX_MOVED = 200
/** How long entries of the feed are kept at least. */
const KEEP_FEED_FOR = 30 * DAY

/** The entries that a transaction adds to the log of a site. */
export interface LogAddition {
  readonly site: SiteCode
  readonly key: Key
  readonly entries: readonly string[]
}

/** What changes add to the logs of their sites, in order. */
export function logAdditions(changes: readonly RecordedChange[], token: string): LogAddition[] {
  const texts = changes.flatMap(({ id, number: revision, change: { before, after, at } }) => {
    const sites = [...new Set([before?.reservation.site, after?.site].filter((site) => site !== undefined))]
    const nonce = nonceOf(token)
    return sites.map((site) => {
      const other = sites.find((one) => one !== site)
      return { site, text: encodeLogEntry({ nonce, at, id, revision, other }) }
    })
  })
  return [...Map.groupBy(texts, ({ site }) => site)].map(([site, some]) => ({
    site,
    key: longItemKey(site),
    entries: some.map(({ text }) => text),
  }))
}

/** The writes that add entries to logs. A site without a log is listed among those that have one. */
export const logWrites = (additions: readonly LogAddition[], dayItemAt: (key: Key) => DayItem): ItemWrite[] =>
  additions.flatMap(({ site, key, entries }) => {
    const added = { key, append: { [LOG]: entries }, expected: {} }
    const siteKey = loggedSiteKey(site)
    const isNew = dayItemAt(key).logLength === undefined
    return isNew ? [added, { key: siteKey, put: keyAttributes(siteKey), expected: {} }] : [added]
  })

/** The sites whose log is too long for their long item, once entries have been added. */
export const sitesWithFullLog = (additions: readonly LogAddition[], dayItemAt: (key: Key) => DayItem): SiteCode[] =>
  additions.flatMap(({ site, key, entries: { length } }) => {
    const max = Math.max(MAX_IN_LONG_ITEM, (TRANSACTIONS_IN_LONG_ITEM - 1) * length)
    return (dayItemAt(key).logLength ?? 0) + length > max ? [site] : []
  })

/** The response to a change waits no longer for the move, in milliseconds: the change is committed already. */
const MOVE_TIMEOUT_MS = 1000

/**
 * Moves logs from the long items of sites to segments. Without success the next change does it: a log is the same before and
 * after.
 * @param at when the change was made
 */
export async function moveLogsToSegments(
  { sitesWithFullLog: sites, at }: { readonly sitesWithFullLog: readonly SiteCode[]; readonly at: Instant },
  context: TableContext,
): Promise<void> {
  if (sites.length === 0) return
  const moves = Promise.all(sites.map((site) => moveLogToSegment(site, at, context)))
  // Another transaction was quicker, or DynamoDB does not answer.
  await withTimeout(moves, MOVE_TIMEOUT_MS, () => new Error('Too slow.')).catch(() => undefined)
}

async function moveLogToSegment(site: SiteCode, at: Instant, context: TableContext): Promise<void> {
  const { requests, newToken, keepFeedFor = KEEP_FEED_FOR } = context
  const item = (await requests.get(longItemKey(site))) ?? {}
  const { start, entries } = logPartOf(item)
  if (entries.length <= MAX_IN_LONG_ITEM) return
  const moved = { start, entries: entries.slice(0, MAX_MOVED) }
  const end = endOf(moved)
  const key = segmentKey(site, end.number)
  const segment: Item = {
    ...keyAttributes(key),
    [LOG]: { L: item[LOG]?.L?.slice(0, MAX_MOVED) ?? [] },
    [LOG_START]: { N: String(start.number) },
    [LOG_NONCE]: { S: start.nonce },
    [EXPIRES]: { N: String(at + keepFeedFor) },
  }
  const shortened: ItemWrite = {
    key: longItemKey(site),
    shift: { [LOG]: moved.entries.length },
    set: { [LOG_START]: { N: String(end.number) }, [LOG_NONCE]: { S: end.nonce } },
    expected: { [LOG_START]: item[LOG_START] },
  }
  await requests.transact([{ key, put: segment, expected: ABSENT }, shortened], newToken())
}

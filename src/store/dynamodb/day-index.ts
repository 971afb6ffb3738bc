import type { Interval } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { SiteCode } from '../../domain/site.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import type { Outline } from '../port.ts'
import { type DayItem, dayItemKeysOf, dayItemOf, encodeEntries, entryOf } from './day-item.ts'
import {
  dayItemKeys,
  dayOf,
  daysAround,
  distinctKeys,
  isGuardable,
  isShort,
  type Key,
  keyText,
  longItemKey,
  observerIndexId,
  siteIndexId,
} from './items.ts'
import { type ItemWrite, optional } from './item-write.ts'
import type { Requests } from './requests.ts'
import { rowIdentity, type Row } from './rows.ts'

/** Day items of a page. */
const PAGE_SIZE = 60

/** The items of a site that hold every entry which overlaps an interval, page by page. */
export async function* siteDayItems(site: SiteCode, during: Interval, requests: Requests) {
  const long = requests.get(longItemKey(site))
  // If reading the days fails first, nothing awaits this.
  long.catch(() => undefined)
  yield* requests.pages({ partition: siteIndexId(site), range: daysAround(during), limit: PAGE_SIZE })
  const item = await long
  if (item) yield [item]
}

/** The day items of an observer that hold every reservation which ends at an instant or later, page by page. */
export const observerDayItems = (observer: ObserverId, endingFrom: number, requests: Requests) =>
  requests.pages({ partition: observerIndexId(observer), range: [dayOf(endingFrom), 'day ~'], limit: PAGE_SIZE })

/** A site and an interval whose day items a change depends on. */
export interface GuardedWindow {
  readonly site: SiteCode
  readonly during: Interval
  /** Whether the child version of the long item guards it: it has too many days to guard each of them. */
  readonly byLong: boolean
}

/**
 * Guards of days that one change may have, since a transaction has at most 100 writes. With receivers of webhooks there are fewer:
 * each gets a message about each night of a series.
 */
const maxDayGuards = (receivers: number) => 50 - 2 * receivers

/**
 * A long window is guarded by the long item of its site; with too many days in all windows together, each of them is.
 * @param receivers the number of receivers of webhooks
 */
export function guardedWindows(
  windows: readonly Pick<GuardedWindow, 'site' | 'during'>[],
  receivers = 0,
): GuardedWindow[] {
  const short = windows.filter(({ during }) => isShort(during))
  const days = short.reduce((sum, { site, during }) => sum + dayItemKeys(site, during).length + 1, 0)
  const areTooMany = days > maxDayGuards(receivers)
  return windows.map(({ site, during }) => ({ site, during, byLong: areTooMany || !isShort(during) }))
}

/** The items of a site for a window, as a change needs them: see {@link Guard}. @returns undefined if one is being written */
export async function loadDayItems({ site, during, byLong }: GuardedWindow, requests: Requests) {
  if (byLong && isGuardable(during)) return loadSettledDayItems(site, during, requests)
  const dayItems: DayItem[] = []
  for await (const items of siteDayItems(site, during, requests)) {
    if (dayItems.length > 0) await yieldToEventLoop()
    dayItems.push(...items.map(dayItemOf))
  }
  return dayItems
}

/**
 * The long item is read first: every move on a day that is made afterwards changes its child version. Then the days are
 * read in transactions, which fail while a change is being written. They need not be read at one instant, and one
 * transaction could not hold them: a change that moves a reservation between two of the reads was made after the first.
 */
async function loadSettledDayItems(site: SiteCode, during: Interval, requests: Requests) {
  const long = await requests.get(longItemKey(site))
  const days = await requests.getSettled(dayItemKeys(site, during))
  return days && [...days, ...(long ? [long] : [])].map(dayItemOf)
}

/** A day item that must not change before a commit; `children`: nor may a reservation move on any day of its site. */
export interface Guard {
  readonly key: Key
  readonly children: boolean
}

/** The guards of a window; none if it is too long for that. */
export function guardsOf({ site, during, byLong }: GuardedWindow): Guard[] {
  if (!isGuardable(during)) return []
  const days = byLong ? [] : dayItemKeys(site, during)
  return [...days.map((key) => ({ key, children: false })), { key: longItemKey(site), children: byLong }]
}

/** What a change does to a row: `before` is deleted, `after` is written. */
export interface RowChange {
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** Whether the fields that decide which reservation has a site are the same. */
export function isSameOutline(a: Outline | undefined, b: Outline | undefined): boolean {
  const fields = ['id', 'site', 'start', 'end', 'observer', 'kind'] as const
  return fields.every((field) => a?.[field] === b?.[field])
}

/** The sites at which a change takes or frees time of a day. A new note or project does neither. */
function sitesOfMove(before: Row | undefined, after: Row | undefined): SiteCode[] {
  const moved = isSameOutline(before?.reservation, after?.reservation) ? [] : [before, after]
  return moved.flatMap((row) => (row && isShort(row.reservation) ? [row.reservation.site] : []))
}

const keysOf = (row: Row | undefined) => (row ? dayItemKeysOf(row.reservation) : [])

/** The keys of the items whose entries change. */
export const changedKeys = (rowChanges: readonly RowChange[]): Key[] =>
  distinctKeys(rowChanges.flatMap(({ before, after }) => [...keysOf(before), ...keysOf(after)]))

/**
 * What changes of rows do to day items, and checks of those that are guarded. Several may be of one item.
 * @param dayItemAt for changed and guarded keys
 */
export function dayItemWrites(
  rowChanges: readonly RowChange[],
  guards: readonly Guard[],
  dayItemAt: (key: Key) => DayItem,
  token: string,
): ItemWrite[] {
  const removed = new Set(rowChanges.flatMap(({ before }) => (before ? rowIdentity(before) : [])))
  const added = Map.groupBy(
    rowChanges.flatMap(({ after }) => keysOf(after).map((key) => ({ at: keyText(key), entry: entryOf(after!) }))),
    ({ at }) => at,
  )
  const changes = changedKeys(rowChanges).map((key): ItemWrite => {
    const { entries, version } = dayItemAt(key)
    const kept = entries.filter(({ id, start }) => !removed.has(rowIdentity({ reservation: { id, start } })))
    const all = [...kept, ...(added.get(keyText(key)) ?? []).map(({ entry }) => entry)]
    const set = { entries: { S: encodeEntries(all) }, version: { S: token } }
    return { key, set, expected: { version: optional(version) } }
  })
  const sites = rowChanges.flatMap(({ before, after }) => sitesOfMove(before, after))
  const moves = sites.map((site) => ({ key: longItemKey(site), set: { child_version: { S: token } }, expected: {} }))
  const checks = guards.map(({ key, children }): ItemWrite => {
    const { version, childVersion } = dayItemAt(key)
    return {
      key,
      expected: { version: optional(version), ...(children && { child_version: optional(childVersion) }) },
    }
  })
  return [...changes, ...moves, ...checks]
}

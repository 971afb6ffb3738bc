import type { Interval } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import { type Item, plainOf } from './attributes.ts'
import {
  dayItemKeys,
  dayOf,
  daysAround,
  isGuardable,
  isShort,
  type Key,
  keyOf,
  keyText,
  longItemKey,
  observerIndexId,
  siteIndexId,
} from './items.ts'
import { type ItemWrite, type Requests } from './requests.ts'
import { rowIdentity, type Row } from './rows.ts'

/** What a day item says of a reservation. */
export interface Entry extends Interval {
  readonly id: ReservationId
  readonly revision: number
  /** The sort key of its row. */
  readonly key: string
}

/**
 * A day of a site with the reservations that touch it, a day of an observer at a site with those that end on it, or the
 * long item of a site with its reservations of more than seven days.
 */
export interface DayItem {
  readonly key: Key
  readonly entries: readonly Entry[]
  /** Changes whenever the entries do; undefined if there have never been any. */
  readonly version: string | undefined
  /** For a long item: changes whenever a reservation is added to a day item of its site, removed, or moved. */
  readonly childVersion: string | undefined
}

export const emptyDayItem = (key: Key): DayItem => ({ key, entries: [], version: undefined, childVersion: undefined })

export function entryOf({ reservation: { id, start, end }, revision, key }: Row): Entry {
  return { id, start, end, revision, key }
}

type Placed = Pick<Reservation, 'site' | 'observer' | 'start' | 'end'>

/** The keys of the items that a reservation is on. */
export const dayItemKeysOf = (reservation: Placed): Key[] => [
  ...(isShort(reservation) ? dayItemKeys(reservation.site, reservation) : [longItemKey(reservation.site)]),
  // One for each site, since one program may reserve at all of them.
  { event_id: observerIndexId(reservation.observer), start: `${dayOf(reservation.end)} ${reservation.site}` },
]

type EncodedEntry = readonly [id: string, start: number, end: number, revision: number, key: string]

/** Entries as text. The same entries give the same text in any order. */
export const encodeEntries = (entries: Iterable<Entry>): string =>
  JSON.stringify(
    [...entries]
      .map(({ id, start, end, revision, key }): EncodedEntry => [id, start, end, revision, key])
      .toSorted(([a, start], [b, other]) => start - other || (a < b ? -1 : 1)),
  )

export function dayItemOf(item: Item): DayItem {
  const { entries = '[]', version, child_version: childVersion } = plainOf(item) as Record<string, string | undefined>
  const decode = ([id, start, end, revision, key]: EncodedEntry): Entry => ({ id, start, end, revision, key })
  return { key: keyOf(item), entries: (JSON.parse(entries) as EncodedEntry[]).map(decode), version, childVersion }
}

/** The items of a site that hold every entry which overlaps an interval, page by page. @param limit day items of a page */
export async function* siteDayItems(site: SiteCode, during: Interval, requests: Requests, limit?: number) {
  const long = requests.get(longItemKey(site))
  // If reading the days fails first, nothing awaits this.
  long.catch(() => undefined)
  yield* requests.pages({ eventId: siteIndexId(site), range: daysAround(during), limit })
  const item = await long
  if (item) yield [item]
}

/** The day items of an observer that hold every reservation which ends at an instant or later, page by page. */
export const observerDayItems = (observer: ObserverId, endingFrom: number, requests: Requests, limit: number) =>
  requests.pages({ eventId: observerIndexId(observer), range: [dayOf(endingFrom), 'day ~'], limit })

/** A long window has too many days to guard each of them: the child version of the long item guards it. */
const isGuardedByLong = (during: Interval) => !isShort(during) && isGuardable(during)

/** The items of a site for a window, as a change needs them: see {@link Guard}. @returns undefined if one is being written */
export async function loadDayItems(site: SiteCode, during: Interval, requests: Requests) {
  if (isGuardedByLong(during)) return loadSettledDayItems(site, during, requests)
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
export function guardsOf(site: SiteCode, during: Interval): Guard[] {
  if (!isGuardable(during)) return []
  const days = isShort(during) ? dayItemKeys(site, during) : []
  return [...days.map((key) => ({ key, children: false })), { key: longItemKey(site), children: !isShort(during) }]
}

/** What a change does to a row: `before` is deleted, `after` is written. */
export interface RowChange {
  readonly before: Row | undefined
  readonly after: Row | undefined
}

/** What a transaction does to one day item. */
export interface DayItemUpdate {
  readonly key: Key
  /** Rows whose entries it removes, by identity. */
  readonly removed: Set<string>
  readonly added: Entry[]
  /** Whether a reservation of the site is added, removed or moved. */
  changesChild: boolean
  guard: Guard | undefined
}

/** The fields that decide which reservation has a site, as text. */
function outlineOf(row: Row | undefined): string {
  const { id, site, start, end, observer, kind } = row?.reservation ?? {}
  return JSON.stringify([id, site, start, end, observer, kind])
}

/** The sites at which a change takes or frees time of a day. A new note or project does neither. */
function sitesOfMove(before: Row | undefined, after: Row | undefined): SiteCode[] {
  const moved = outlineOf(before) === outlineOf(after) ? [] : [before, after]
  return moved.flatMap((row) => (row && isShort(row.reservation) ? [row.reservation.site] : []))
}

/** What changes of rows do to day items; guarded ones are included although nothing may change there. */
export function dayItemUpdatesOf(rowChanges: readonly RowChange[], guards: readonly Guard[]): DayItemUpdate[] {
  const updates = new Map<string, DayItemUpdate>()
  const updateOf = (key: Key): DayItemUpdate => {
    const known = updates.get(keyText(key))
    const update = known ?? { key, removed: new Set(), added: [], changesChild: false, guard: undefined }
    updates.set(keyText(key), update)
    return update
  }
  const keysOf = (row: Row | undefined) => (row ? dayItemKeysOf(row.reservation) : [])
  for (const { before, after } of rowChanges) {
    for (const key of keysOf(before)) updateOf(key).removed.add(rowIdentity(before!))
    for (const key of keysOf(after)) updateOf(key).added.push(entryOf(after!))
    for (const site of sitesOfMove(before, after)) updateOf(longItemKey(site)).changesChild = true
  }
  for (const guard of guards) {
    const update = updateOf(guard.key)
    if (!update.guard?.children) update.guard = guard
  }
  return [...updates.values()]
}

/** An update as a write, or as a check if it changes nothing. */
export function dayItemWrite(update: DayItemUpdate, dayItem: DayItem, token: string): ItemWrite {
  const { key, removed, added, changesChild, guard } = update
  const changesEntries = removed.size > 0 || added.length > 0
  const kept = dayItem.entries.filter(({ id, start }) => !removed.has(rowIdentity({ reservation: { id, start } })))
  const text = (value: string | undefined) => (value === undefined ? undefined : { S: value })
  const set: Item = {
    ...(changesEntries && { entries: { S: encodeEntries([...kept, ...added]) }, version: { S: token } }),
    ...(changesChild && { child_version: { S: token } }),
  }
  const expected = {
    ...((changesEntries || guard) && { version: text(dayItem.version) }),
    ...(guard?.children && { child_version: text(dayItem.childVersion) }),
  }
  return Object.keys(set).length > 0 ? { key, set, expected } : { key, expected }
}

import type { Interval } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import { type Item, plainOf } from './attributes.ts'
import { dayOf, daysAround, daysOf, UNBOUNDED, type Key, monthsAround, observerIndexId, dayItemSortKeys, dayIndexId } from './items.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import type { Requests } from './requests.ts'
import type { Row } from './rows.ts'

/** What a day item says of a reservation. */
export interface Entry extends Interval {
  readonly id: ReservationId
  readonly revision: number
  /** The sort key of its row. */
  readonly key: string
}

/** One day or month of a site, or one day of an observer at a site: what touches it, or ends in it. */
export interface DayItem {
  readonly key: Key
  readonly entries: readonly Entry[]
  /** Another text after each change of the entries; undefined where there have never been any. */
  readonly version: string | undefined
  /** Of a month: another text after each change of a day item of its days. */
  readonly childVersion: string | undefined
}

export const emptyDayItem = (key: Key): DayItem => ({ key, entries: [], version: undefined, childVersion: undefined })

export const entryOf = ({ reservation: { id, start, end }, revision, key }: Row): Entry => ({ id, start, end, revision, key })

/** The day items of its site, and the one of its observer there, that a reservation is on. */
export const dayItemKeysOf = (reservation: Interval & { site: SiteCode; observer: ObserverId }): Key[] => [
  ...dayItemSortKeys(reservation).map((start) => ({ event_id: dayIndexId(reservation.site), start })),
  // For each site one, since a program may reserve at all of them in one name.
  { event_id: observerIndexId(reservation.observer), start: `${dayOf(reservation.end)} ${reservation.site}` },
]

type EncodedEntry = readonly [id: string, start: number, end: number, revision: number, key: string]

/** Entries as one text: in order, so that the same entries are the same text. */
export const writeEntries = (entries: readonly Entry[]): string =>
  JSON.stringify(entries.map(({ id, start, end, revision, key }): EncodedEntry => [id, start, end, revision, key]).toSorted(inOrder))

const inOrder = ([a, start]: EncodedEntry, [b, other]: EncodedEntry) => start - other || (a < b ? -1 : 1)

export function dayItemOf(item: Item): DayItem {
  const { event_id, start, entries, version, tally } = plainOf(item) as Record<string, string>
  const written = JSON.parse(entries ?? '[]') as EncodedEntry[]
  return {
    key: { event_id: event_id ?? '', start: start ?? '' },
    entries: written.map(([id, from, end, revision, key]) => ({ id, start: from, end, revision, key })),
    version,
    childVersion: tally,
  }
}

const between = (eventId: string, [first, last]: readonly [string, string]) => ({
  KeyConditionExpression: 'event_id = :id AND #start BETWEEN :first AND :last',
  ExpressionAttributeNames: { '#start': 'start' },
  ExpressionAttributeValues: { ':id': { S: eventId }, ':first': { S: first }, ':last': { S: last } },
})

/** The day items of a site on which all that overlaps an interval is to be found. */
export async function siteDayItems(site: SiteCode, during: Interval, requests: Requests): Promise<DayItem[]> {
  const dayItems: DayItem[] = []
  for await (const items of siteSheetPages(site, during, requests)) {
    if (dayItems.length > 0) await yieldToEventLoop()
    dayItems.push(...items.map(dayItemOf))
  }
  return dayItems
}

/** The same as they come, page by page. @param Limit how many day items of days are a page, where that is not left to DynamoDB */
export async function* siteSheetPages(site: SiteCode, during: Interval, requests: Requests, Limit?: number): AsyncGenerator<Item[]> {
  const long = longDayItems(site, during, requests)
  // Where the days fail before, nobody is there any more to hear that these do.
  long.catch(() => undefined)
  yield* requests.pagesOf({ ...between(dayIndexId(site), daysAround(during)), ...(Limit !== undefined && { Limit }) })
  yield await long
}

async function longDayItems(site: SiteCode, during: Interval, requests: Requests): Promise<Item[]> {
  const id = dayIndexId(site)
  const [months, ever] = await Promise.all([requests.query(between(id, monthsAround(during))), requests.get({ event_id: id, start: UNBOUNDED })])
  return [...months, ...(ever ? [ever] : [])]
}

/**
 * The same, for a place whose days are not guarded one by one but by the child versions of their months. Those are read first,
 * so that what is made afterwards changes them; and then each day in a transaction, which sees what was being made by
 * then or fails. Not all days in the same one, which holds 4 MB: what moves from a day that is yet to be read to one that
 * has been was made after the child versions were read.
 * @returns undefined where something is just being made there
 */
export async function guardedDayItems(site: SiteCode, during: Interval, requests: Requests): Promise<DayItem[] | undefined> {
  const long = await longDayItems(site, during, requests)
  const days = await requests.getSettled(daysOf(during).map((start) => ({ event_id: dayIndexId(site), start })))
  return days && [...days, ...long].map(dayItemOf)
}

/** The day items of an observer on which all that ends at an instant or later is to be found, page by page. */
export const observerSheetPages = (observer: ObserverId, endingFrom: number, requests: Requests, Limit: number): AsyncGenerator<Item[]> =>
  requests.pagesOf({ ...between(observerIndexId(observer), [dayOf(endingFrom), 'day ~']), Limit })

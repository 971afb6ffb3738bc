import { BEGINNING, DAY, FOREVER, type Instant, type Interval, overlaps } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import { type Gate, nextTurn } from '../../pace.ts'
import { type Row, rowKey } from './rows.ts'
import { type Reading, standingUnder } from './by-id.ts'
import { doubtfulIn, entryName, inTurns, LANES, type Named, namedBy, type Sought } from './named.ts'
import { ended, inBatches, inLanes, type Search } from './requests.ts'
import { type Entry, observerSheetPages, siteSheetPages } from './sheets.ts'
import { BY_OBSERVER, BY_SITE } from './table.ts'
import { nameOf } from './keys.ts'

/** What is read for a list. Whoever reads a long one goes through the gate. */
export interface Listing extends Reading {
  readonly longLists: Pick<Gate, 'enter'>
}

/** One list: where its sheets are, what of them belongs to it, and how its rows come cheaply. */
interface List extends Sought {
  readonly belongs: (row: Row) => boolean
  /** Searches in an index. It need not be up to date: what is missing or old is fetched by its key. */
  readonly searches: readonly Search[]
}

/** What is kept of a row: what the list is wanted for, and no more, as there may be many. */
interface Kept<T> {
  readonly id: ReservationId
  readonly revision: number
  readonly belongs: boolean
  readonly value: T
}

/** Up to so many rows are cheaper to fetch by their keys than by a search in an index. */
const FEW = 8
/** A list of more is a long one, and read by few at a time. */
const MANY = 1000
/** So many rows are read at a time, by a search or by their keys, and so many sheets. */
const ROWS_AT_ONCE = 250
const KEYS_AT_ONCE = 1000
const SHEETS_AT_ONCE = 60

/** All that stands at sites during an interval, from the sheets. In no order. */
export const standingAt = <T>(sites: ReadonlySet<SiteCode>, during: Interval, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> =>
  listed(
    {
      sheets: [...sites].map((site) => () => siteSheetPages(site, during, listing.requests, SHEETS_AT_ONCE)),
      holds: (interval) => overlaps(interval, during),
      belongs: ({ reservation }) => sites.has(reservation.site) && overlaps(reservation, during),
      searches: [...sites].map((site) => search(BY_SITE, 'site', site, [during.start + 1, during.end], listing)),
    },
    valueOf,
    listing,
  )

/** All of an observer's that ends at an instant or later, from the sheets. In no order. */
export const standingOf = <T>(observer: ObserverId, endingFrom: Instant, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> =>
  listed(
    {
      sheets: [() => observerSheetPages(observer, endingFrom, listing.requests, SHEETS_AT_ONCE)],
      holds: ({ end }) => end >= endingFrom,
      belongs: ({ reservation }) => reservation.observer === observer && reservation.end >= endingFrom,
      searches: [search(BY_OBSERVER, 'creator_id', observer, [endingFrom, FOREVER], listing)],
    },
    valueOf,
    listing,
  )

/** What turns out to be long is forgotten, and read anew when it is its turn: what waits for that holds next to nothing. */
async function listed<T>(list: List, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> {
  const few = await namedBy(list, MANY)
  if (few.size <= MANY) return listedFrom(few, list, valueOf, listing)
  few.clear()
  const leave = await listing.longLists.enter()
  try {
    return await listedFrom(await namedBy(list), list, valueOf, listing)
  } finally {
    leave()
  }
}

/**
 * The sheets are read twice, with the rows in between. What moves from one sheet to another meanwhile may be on neither
 * as it is read, or on both. So an id is looked up by itself when the readings differ about it, when it is named under
 * several keys, and when no row bears out what a sheet says. Only what moves during each of the two readings, and so
 * that each misses it, is missed.
 */
async function listedFrom<T>(first: Named, list: List, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> {
  const keep = (row: Row): Kept<T> => ({ id: row.reservation.id, revision: row.revision, belongs: list.belongs(row), value: valueOf(row) })
  const [second, indexed] = await ended([namedBy(list), fromIndex(first.size > FEW ? list.searches : [], keep, listing)])
  const doubtful = await doubtfulIn(first, second)

  const rows: Kept<T>[] = []
  const missing: Entry[] = []
  await inTurns(second, ([name, entry]) => {
    if (doubtful.has(entry.id)) return
    const row = indexed.get(name)
    if (row && row.revision >= entry.revision) rows.push(row)
    else missing.push(entry)
  })
  const fetched = await keptAt(missing, keep, listing)
  await inTurns(missing, (entry) => {
    const row = fetched.get(entryName(entry))
    if (row) rows.push(row)
    else doubtful.add(entry.id)
  })
  const lookedUp = await Promise.all([...doubtful].map((id) => standingUnder(id, listing)))
  const values = lookedUp.flat().filter(list.belongs).map(valueOf)
  await inTurns(rows, ({ id, belongs, value }) => void (belongs && !doubtful.has(id) && values.push(value)))
  return values
}

/** The rows that entries name, by name; those that are gone are missing. */
export const rowsAt = (entries: readonly Entry[], reading: Reading): Promise<Map<string, Row>> => keptAt(entries, (row) => row, reading)

async function keptAt<K>(entries: readonly Entry[], keep: (row: Row) => K, { requests, rowsOf }: Reading): Promise<Map<string, K>> {
  const kept = new Map<string, K>()
  const lots = inBatches(entries.map(({ id, key }) => ({ event_id: id, start: key })), KEYS_AT_ONCE)
  for (const keys of lots) {
    for (const items of inBatches(await requests.getAll(keys), ROWS_AT_ONCE)) {
      if (kept.size > 0) await nextTurn()
      for (const row of rowsOf(items)) kept.set(nameOf(rowKey(row)), keep(row))
    }
  }
  return kept
}

async function fromIndex<K>(searches: readonly Search[], keep: (row: Row) => K, { requests, rowsOf }: Reading): Promise<Map<string, K>> {
  const kept = new Map<string, K>()
  await inLanes(searches, LANES, async (one) => {
    for await (const items of requests.pagesOf({ ...one, Limit: ROWS_AT_ONCE })) {
      if (kept.size > 0) await nextTurn()
      for (const row of rowsOf(items)) kept.set(nameOf(rowKey(row)), keep(row))
    }
  })
  return kept
}

/** Rows by an index whose range is their end, first and last included, written as we write times. */
function search(IndexName: string, attribute: string, value: string, [first, last]: readonly [Instant, Instant], { codec }: Reading): Search {
  const [from, to] = [codec.time(Math.max(first, BEGINNING)), codec.time(Math.min(last, FOREVER - 1))]
  return {
    IndexName,
    KeyConditionExpression: '#whose = :whose AND #end BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#whose': attribute, '#end': 'end' },
    ExpressionAttributeValues: { ':whose': { S: value }, ':from': { S: from }, ':to': { S: to } },
  }
}

/**
 * The same two lists from a table without sheets, as the original made them: by index, which may lag a moment behind
 * and has no rows without an `end`. A day more is asked for, since ends may be written with an offset.
 */
export const indexedAt = <T>(sites: ReadonlySet<SiteCode>, during: Interval, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> =>
  indexed([...sites].map((site) => search(BY_SITE, 'site', site, [during.start - DAY, FOREVER], listing)), (row) => overlaps(row.reservation, during), valueOf, listing)

export const indexedOf = <T>(observer: ObserverId, endingFrom: Instant, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> =>
  indexed([search(BY_OBSERVER, 'creator_id', observer, [endingFrom - DAY, FOREVER], listing)], ({ reservation }) => reservation.end >= endingFrom, valueOf, listing)

/** How much belongs to it is not known beforehand, so each is a long one. */
async function indexed<T>(searches: readonly Search[], belongs: (row: Row) => boolean, valueOf: (row: Row) => T, listing: Listing): Promise<T[]> {
  const leave = await listing.longLists.enter()
  try {
    const kept = await fromIndex(searches, (row) => (belongs(row) ? { value: valueOf(row) } : undefined), listing)
    return [...kept.values()].flatMap((one) => (one ? [one.value] : []))
  } finally {
    leave()
  }
}

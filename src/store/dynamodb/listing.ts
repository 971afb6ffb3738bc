import { MIN_INSTANT, DAY, MAX_INSTANT, type Instant, type Interval, overlaps } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import { type Semaphore, yieldToEventLoop } from '../../concurrency.ts'
import { type Row, rowKey } from './rows.ts'
import { type ReadContext, storedUnder } from './by-id.ts'
import { doubtfulIn, entryName, inTurns, LANES, type Named, namedBy, type Sought } from './named.ts'
import { ended, inBatches, inLanes, type Search } from './requests.ts'
import { type Entry, observerSheetPages, siteSheetPages } from './day-index.ts'
import { BY_OBSERVER, BY_SITE } from './table.ts'
import { keyText } from './items.ts'

/** What is read for a list. Whoever reads a long one goes through the gate. */
export interface ListContext extends ReadContext {
  readonly longLists: Pick<Semaphore, 'acquire'>
}

/** One list: where its day items are, what of them belongs to it, and how its rows come cheaply. */
interface ListPlan extends Sought {
  readonly matches: (row: Row) => boolean
  /** Searches in an index. It need not be up to date: what is missing or old is fetched by its key. */
  readonly indexQueries: readonly Search[]
}

/** What is kept of a row: what the list is wanted for, and no more, as there may be many. */
interface ListedRow<T> {
  readonly id: ReservationId
  readonly revision: number
  readonly matches: boolean
  readonly value: T
}

/** Up to so many rows are cheaper to fetch by their keys than by a search in an index. */
const FEW = 8
/** A list of more is a long one, and read by few at a time. */
const MANY = 1000
/** So many rows are read at a time, by a search or by their keys, and so many day items. */
const ROWS_CONCURRENCY = 250
const KEYS_CONCURRENCY = 1000
const SHEETS_CONCURRENCY = 60

/** All that stands at sites during an interval, from the day items. In no order. */
export const listAtSites = <T>(sites: ReadonlySet<SiteCode>, during: Interval, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> =>
  runList(
    {
      sheets: [...sites].map((site) => () => siteSheetPages(site, during, context.requests, SHEETS_CONCURRENCY)),
      holds: (interval) => overlaps(interval, during),
      matches: ({ reservation }) => sites.has(reservation.site) && overlaps(reservation, during),
      indexQueries: [...sites].map((site) => search(BY_SITE, 'site', site, [during.start + 1, during.end], context)),
    },
    valueOf,
    context,
  )

/** All of an observer's that ends at an instant or later, from the day items. In no order. */
export const listOfObserver = <T>(observer: ObserverId, endingFrom: Instant, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> =>
  runList(
    {
      sheets: [() => observerSheetPages(observer, endingFrom, context.requests, SHEETS_CONCURRENCY)],
      holds: ({ end }) => end >= endingFrom,
      matches: ({ reservation }) => reservation.observer === observer && reservation.end >= endingFrom,
      indexQueries: [search(BY_OBSERVER, 'creator_id', observer, [endingFrom, MAX_INSTANT], context)],
    },
    valueOf,
    context,
  )

/** What turns out to be long is forgotten, and read anew when it is its turn: what waits for that holds next to nothing. */
async function runList<T>(list: ListPlan, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> {
  const few = await namedBy(list, MANY)
  if (few.size <= MANY) return listedFrom(few, list, valueOf, context)
  few.clear()
  const release = await context.longLists.acquire()
  try {
    return await listedFrom(await namedBy(list), list, valueOf, context)
  } finally {
    release()
  }
}

/**
 * The day items are read twice, with the rows in between. What moves from one day item to another meanwhile may be on neither
 * as it is read, or on both. So an id is looked up by itself when the readings differ about it, when it is named under
 * several keys, and when no row bears out what a day item says. Only what moves during each of the two readings, and so
 * that each misses it, is missed.
 */
async function listedFrom<T>(first: Named, list: ListPlan, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> {
  const keep = (row: Row): ListedRow<T> => ({ id: row.reservation.id, revision: row.revision, matches: list.matches(row), value: valueOf(row) })
  const [second, indexed] = await ended([namedBy(list), rowsFromIndex(first.size > FEW ? list.indexQueries : [], keep, context)])
  const stale = await doubtfulIn(first, second)

  const rows: ListedRow<T>[] = []
  const missing: Entry[] = []
  await inTurns(second, ([name, entry]) => {
    if (stale.has(entry.id)) return
    const row = indexed.get(name)
    if (row && row.revision >= entry.revision) rows.push(row)
    else missing.push(entry)
  })
  const fetched = await listedAt(missing, keep, context)
  await inTurns(missing, (entry) => {
    const row = fetched.get(entryName(entry))
    if (row) rows.push(row)
    else stale.add(entry.id)
  })
  const lookedUp = await Promise.all([...stale].map((id) => storedUnder(id, context)))
  const values = lookedUp.flat().filter(list.matches).map(valueOf)
  await inTurns(rows, ({ id, matches, value }) => void (matches && !stale.has(id) && values.push(value)))
  return values
}

/** The rows that entries name, by name; those that are gone are missing. */
export const rowsAt = (entries: readonly Entry[], reading: ReadContext): Promise<Map<string, Row>> => listedAt(entries, (row) => row, reading)

async function listedAt<K>(entries: readonly Entry[], keep: (row: Row) => K, { requests, rowsOf }: ReadContext): Promise<Map<string, K>> {
  const listed = new Map<string, K>()
  const lots = inBatches(entries.map(({ id, key }) => ({ event_id: id, start: key })), KEYS_CONCURRENCY)
  for (const keys of lots) {
    for (const items of inBatches(await requests.getAll(keys), ROWS_CONCURRENCY)) {
      if (listed.size > 0) await yieldToEventLoop()
      for (const row of rowsOf(items)) listed.set(keyText(rowKey(row)), keep(row))
    }
  }
  return listed
}

async function rowsFromIndex<K>(searches: readonly Search[], keep: (row: Row) => K, { requests, rowsOf }: ReadContext): Promise<Map<string, K>> {
  const listed = new Map<string, K>()
  await inLanes(searches, LANES, async (one) => {
    for await (const items of requests.pagesOf({ ...one, Limit: ROWS_CONCURRENCY })) {
      if (listed.size > 0) await yieldToEventLoop()
      for (const row of rowsOf(items)) listed.set(keyText(rowKey(row)), keep(row))
    }
  })
  return listed
}

/** Rows by an index whose range is their end, first and last included, written as we write times. */
function search(IndexName: string, attribute: string, value: string, [first, last]: readonly [Instant, Instant], { codec }: ReadContext): Search {
  const [from, to] = [codec.time(Math.max(first, MIN_INSTANT)), codec.time(Math.min(last, MAX_INSTANT - 1))]
  return {
    IndexName,
    KeyConditionExpression: '#whose = :whose AND #end BETWEEN :from AND :to',
    ExpressionAttributeNames: { '#whose': attribute, '#end': 'end' },
    ExpressionAttributeValues: { ':whose': { S: value }, ':from': { S: from }, ':to': { S: to } },
  }
}

/**
 * The same two lists from a table without day items, as the original made them: by index, which may lag a moment behind
 * and has no rows without an `end`. A day more is asked for, since ends may be written with an offset.
 */
export const indexedAt = <T>(sites: ReadonlySet<SiteCode>, during: Interval, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> =>
  indexed([...sites].map((site) => search(BY_SITE, 'site', site, [during.start - DAY, MAX_INSTANT], context)), (row) => overlaps(row.reservation, during), valueOf, context)

export const indexedOf = <T>(observer: ObserverId, endingFrom: Instant, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> =>
  indexed([search(BY_OBSERVER, 'creator_id', observer, [endingFrom - DAY, MAX_INSTANT], context)], ({ reservation }) => reservation.end >= endingFrom, valueOf, context)

/** How much belongs to it is not known beforehand, so each is a long one. */
async function indexed<T>(searches: readonly Search[], belongs: (row: Row) => boolean, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> {
  const release = await context.longLists.acquire()
  try {
    const listed = await rowsFromIndex(searches, (row) => (belongs(row) ? { value: valueOf(row) } : undefined), context)
    return [...listed.values()].flatMap((one) => (one ? [one.value] : []))
  } finally {
    release()
  }
}

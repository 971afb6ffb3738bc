import { waitForAll, chunksOf, mapConcurrently, type Semaphore, yieldToEventLoop } from '../../concurrency.ts'
import { MIN_INSTANT, DAY, MAX_INSTANT, type Instant, overlaps } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { asListed, codesOf, isListed } from '../closures.ts'
import type { Query, SiteQuery } from '../port.ts'
import { observerDayItems, siteDayItems } from './day-index.ts'
import type { Entry } from './day-item.ts'
import {
  changedBetween,
  CONCURRENCY,
  type Entries,
  type EntrySearch,
  entryName,
  forEachInChunks,
  readEntries,
} from './entries.ts'
import { BY_OBSERVER, BY_SITE, keyText } from './items.ts'
import type { Search } from './requests.ts'
import { findRows } from './rows-by-id.ts'
import { type Row, rowKey } from './rows.ts'
import type { TableContext } from './table.ts'

type ObserverQuery = Extract<Query, { observer: unknown }>

export interface ListContext extends TableContext {
  /** Limits how many long lists are read concurrently. */
  readonly longLists: Pick<Semaphore, 'acquire'>
}

/** How to read a list. */
interface ListPlan extends EntrySearch {
  readonly matches: (row: Row) => boolean
  /** May be behind: a row that is missing or old in an index is read by its key. */
  readonly indexSearches: readonly Search[]
  /** For a table without day items. They cover a day more, since the original writes ends with offsets. */
  readonly wideIndexSearches: readonly Search[]
}

/** A row of a list, reduced to what the caller wants of it, since there may be many. */
interface ListedRow<T> {
  readonly id: ReservationId
  readonly revision: number
  readonly matches: boolean
  readonly value: T
}

/** For up to this many rows, reading them by key is cheaper than searching an index. */
const FEW = 8
/** A list of more is a long one. */
const MANY = 1000
/** Page sizes: rows that are decoded in one turn of the event loop, and keys read together. */
const ROWS_PER_PAGE = 250
const KEYS_PER_PAGE = 1000

/** Everything that a query finds, in no order, as `valueOf` maps it. */
export async function listRows<T>(query: Query, valueOfRow: (row: Row) => T, context: ListContext): Promise<T[]> {
  const valueOf = (row: Row) => valueOfRow(asListed(query, row))
  const plan = 'sites' in query ? siteListPlan(query, context) : observerListPlan(query, context)
  if ((await context.state.read()) !== 'built') return listFromIndex(plan, valueOf, context)
  const few = await readEntries(plan, MANY)
  if (few.size <= MANY) return listFromEntries(few, plan, valueOf, context)
  // A long list is read again when it is its turn, so that a waiting one holds no memory.
  few.clear()
  const release = await context.longLists.acquire()
  try {
    return await listFromEntries(await readEntries(plan), plan, valueOf, context)
  } finally {
    release()
  }
}

function siteListPlan(query: SiteQuery, context: TableContext): ListPlan {
  const { during } = query
  const names = codesOf(query)
  const wanted = new Set(names)
  const searches = (...ends: Ends) => names.map((site) => indexSearch(BY_SITE, site, ends, context))
  return {
    dayItems: names.map((site) => () => siteDayItems(site, during, context.requests)),
    includes: (interval) => overlaps(interval, during),
    matches: ({ reservation }) =>
      wanted.has(reservation.site) && isListed(query, reservation) && overlaps(reservation, during),
    indexSearches: searches(during.start + 1, during.end),
    wideIndexSearches: searches(during.start - DAY, MAX_INSTANT),
  }
}

function observerListPlan({ observer, endingFrom }: ObserverQuery, context: TableContext): ListPlan {
  const searches = (from: Instant) => [indexSearch(BY_OBSERVER, observer, [from, MAX_INSTANT], context)]
  return {
    dayItems: [() => observerDayItems(observer, endingFrom, context.requests)],
    includes: ({ end }) => end >= endingFrom,
    matches: ({ reservation }) => reservation.observer === observer && reservation.end >= endingFrom,
    indexSearches: searches(endingFrom),
    wideIndexSearches: searches(endingFrom - DAY),
  }
}

type Ends = readonly [first: Instant, last: Instant]

function indexSearch(
  index: NonNullable<Search['index']>,
  partition: string,
  [first, last]: Ends,
  { codec }: TableContext,
): Search {
  const range = [codec.time(Math.max(first, MIN_INSTANT)), codec.time(Math.min(last, MAX_INSTANT - 1))] as const
  return { index, partition, range, limit: ROWS_PER_PAGE }
}

/**
 * Reads the day items a second time, and the rows meanwhile. A reservation that moves between day items may be missed by a
 * reading, or found twice. So an id is looked up by itself if the readings disagree about it, if it has several keys, or
 * if a row is not as its entry says. Only one that moves during both readings, so that each misses it, is missed.
 */
async function listFromEntries<T>(first: Entries, plan: ListPlan, valueOf: (row: Row) => T, context: ListContext) {
  const toListed = (row: Row): ListedRow<T> => {
    const { reservation, revision } = row
    return { id: reservation.id, revision, matches: plan.matches(row), value: valueOf(row) }
  }
  const searches = first.size > FEW ? plan.indexSearches : []
  const [second, indexed] = await waitForAll([readEntries(plan), rowsFromIndex(searches, toListed, context)])
  const changed = await changedBetween(first, second)

  const rows: ListedRow<T>[] = []
  const missing: Entry[] = []
  await forEachInChunks(second, ([name, entry]) => {
    if (changed.has(entry.id)) return
    const row = indexed.get(name)
    if (row && row.revision >= entry.revision) rows.push(row)
    else missing.push(entry)
  })
  const fetched = await rowsByKey(missing, toListed, context)
  await forEachInChunks(missing, (entry) => {
    const row = fetched.get(entryName(entry))
    if (row) rows.push(row)
    else changed.add(entry.id)
  })
  const lookedUp = await Promise.all([...changed].map((id) => findRows(id, context)))
  const values = lookedUp.flat().filter(plan.matches).map(valueOf)
  await forEachInChunks(rows, ({ id, matches, value }) => void (matches && !changed.has(id) && values.push(value)))
  return values
}

/** The list as the original made it. How long it is, is not known before: it counts as long. */
async function listFromIndex<T>(plan: ListPlan, valueOf: (row: Row) => T, context: ListContext): Promise<T[]> {
  const release = await context.longLists.acquire()
  try {
    const toValue = (row: Row) => (plan.matches(row) ? { value: valueOf(row) } : undefined)
    const listed = await rowsFromIndex(plan.wideIndexSearches, toValue, context)
    return [...listed.values()].flatMap((one) => (one ? [one.value] : []))
  } finally {
    release()
  }
}

/** The rows of entries, by name. One that has been deleted is missing. */
export async function rowsByKey<T>(entries: readonly Entry[], valueOf: (row: Row) => T, context: TableContext) {
  const listed = new Map<string, T>()
  const keys = entries.map(({ id, key }) => ({ event_id: id, start: key }))
  for (const page of chunksOf(keys, KEYS_PER_PAGE)) {
    for (const items of chunksOf(await context.requests.getAll(page), ROWS_PER_PAGE)) {
      if (listed.size > 0) await yieldToEventLoop()
      for (const row of context.rowsOf(items)) listed.set(keyText(rowKey(row)), valueOf(row))
    }
  }
  return listed
}

async function rowsFromIndex<T>(searches: readonly Search[], valueOf: (row: Row) => T, context: TableContext) {
  const listed = new Map<string, T>()
  await mapConcurrently(searches, CONCURRENCY, async (search) => {
    for await (const items of context.requests.pages(search)) {
      if (listed.size > 0) await yieldToEventLoop()
      for (const row of context.rowsOf(items)) listed.set(keyText(rowKey(row)), valueOf(row))
    }
  })
  return listed
}

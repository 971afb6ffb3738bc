import { BEGINNING, DAY, FOREVER, type Instant, type Interval, overlaps } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { Item } from './attributes.ts'
import { type Row, type RowReader, rowKey } from './rows.ts'
import { type Reading, standingUnder } from './by-id.ts'
import type { Search } from './requests.ts'
import { type Entry, observerSheets, type Sheet, siteSheets } from './sheets.ts'
import { BY_OBSERVER, BY_SITE } from './table.ts'
import { nameOf } from './keys.ts'

/** One list: what its sheets are, what of them belongs to it, and how its rows come cheaply. */
interface List {
  readonly sheets: () => Promise<Sheet[]>
  readonly holds: (interval: Interval) => boolean
  readonly belongs: (row: Row) => boolean
  /** Searches in an index. It need not be up to date: what is missing or old is fetched by its key. */
  readonly searches: readonly Search[]
}

/** Up to so many rows are cheaper to fetch by their keys than by a search in an index. */
const FEW = 8

/** All that stands at sites during an interval, from the sheets. In no order. */
export const standingAt = (sites: ReadonlySet<SiteCode>, during: Interval, reading: Reading): Promise<Row[]> =>
  listed(
    {
      sheets: async () => (await Promise.all([...sites].map((site) => siteSheets(site, during, reading.requests)))).flat(),
      holds: (interval) => overlaps(interval, during),
      belongs: ({ reservation }) => sites.has(reservation.site) && overlaps(reservation, during),
      searches: [...sites].map((site) => search(BY_SITE, 'site', site, [during.start + 1, during.end], reading)),
    },
    reading,
  )

/** All of an observer's that ends at an instant or later, from the sheets. In no order. */
export const standingOf = (observer: ObserverId, endingFrom: Instant, reading: Reading): Promise<Row[]> =>
  listed(
    {
      sheets: () => observerSheets(observer, endingFrom, reading.requests),
      holds: ({ end }) => end >= endingFrom,
      belongs: ({ reservation }) => reservation.observer === observer && reservation.end >= endingFrom,
      searches: [search(BY_OBSERVER, 'creator_id', observer, [endingFrom, FOREVER], reading)],
    },
    reading,
  )

/**
 * The sheets are read twice, with the rows in between. What moves from one sheet to another meanwhile may be on neither
 * as it is read, or on both. So an id is looked up by itself when the readings differ about it, when it is named under
 * several keys, and when no row bears out what a sheet says. Only what moves during each of the two readings, and so
 * that each misses it, is missed.
 */
async function listed(list: List, reading: Reading): Promise<Row[]> {
  const named = async () => entriesOf(await list.sheets()).filter(list.holds)
  const first = await named()
  const [second, indexed] = await Promise.all([named(), fromIndex(first.length > FEW ? list.searches : [], reading)])
  const doubtful = doubtfulIn(first, second)
  const sure = second.filter(({ id }) => !doubtful.has(id))

  const isFresh = (entry: Entry) => (indexed.get(entryName(entry))?.revision ?? -1) >= entry.revision
  const fetched = await rowsAt(sure.filter((entry) => !isFresh(entry)), reading)
  const rows: Row[] = []
  for (const entry of sure) {
    const row = isFresh(entry) ? indexed.get(entryName(entry)) : fetched.get(entryName(entry))
    if (row) rows.push(row)
    else doubtful.add(entry.id)
  }
  const lookedUp = await Promise.all([...doubtful].map((id) => standingUnder(id, reading)))
  return [...rows.filter(({ reservation }) => !doubtful.has(reservation.id)), ...lookedUp.flat()].filter(list.belongs)
}

/** The ids that two readings do not agree about, or name under several keys. */
function doubtfulIn(first: readonly Entry[], second: readonly Entry[]): Set<ReservationId> {
  const kept = new Set(second.map(entryName))
  const doubtful = new Set(first.filter((entry) => !kept.has(entryName(entry))).map(({ id }) => id))
  const seen = new Set<ReservationId>()
  for (const { id } of second) (seen.has(id) ? doubtful : seen).add(id)
  return doubtful
}

/** What the sheets name, each once, as the newest of them says. */
export function entriesOf(sheets: readonly Sheet[]): Entry[] {
  const entries = new Map<string, Entry>()
  for (const entry of sheets.flatMap((sheet) => sheet.entries)) {
    const name = entryName(entry)
    if ((entries.get(name)?.revision ?? -1) < entry.revision) entries.set(name, entry)
  }
  return [...entries.values()]
}

const entryName = ({ id, key }: Entry) => nameOf({ event_id: id, start: key })

/** The rows that entries name, by name; those that are gone are missing. */
export async function rowsAt(entries: readonly Entry[], { requests, rowsOf }: Reading): Promise<Map<string, Row>> {
  const keys = new Map(entries.map((entry) => [entryName(entry), { event_id: entry.id, start: entry.key }]))
  return byName(await requests.getAll([...keys.values()]), rowsOf)
}

const byName = (items: readonly Item[], rowsOf: RowReader) => new Map(rowsOf(items).map((row) => [nameOf(rowKey(row)), row]))

async function fromIndex(searches: readonly Search[], { requests, rowsOf }: Reading): Promise<Map<string, Row>> {
  const found = await Promise.all(searches.map((one) => requests.query(one)))
  return byName(found.flat(), rowsOf)
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
export async function indexedAt(sites: ReadonlySet<SiteCode>, during: Interval, reading: Reading): Promise<Row[]> {
  const searches = [...sites].map((site) => search(BY_SITE, 'site', site, [during.start - DAY, FOREVER], reading))
  return [...(await fromIndex(searches, reading)).values()].filter(({ reservation }) => overlaps(reservation, during))
}

export async function indexedOf(observer: ObserverId, endingFrom: Instant, reading: Reading): Promise<Row[]> {
  const searches = [search(BY_OBSERVER, 'creator_id', observer, [endingFrom - DAY, FOREVER], reading)]
  return [...(await fromIndex(searches, reading)).values()].filter(({ reservation }) => reservation.end >= endingFrom)
}

import { BEGINNING, DAY, FOREVER, type Instant, type Interval, overlaps } from '../../domain/interval.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { RowCodec } from '../store.ts'
import type { Item } from './attributes.ts'
import { placeOf, type Row, type RowReader, rowKey } from './rows.ts'
import type { Requests, Search } from './requests.ts'
import { type Entry, observerSheets, type Sheet, siteSheets } from './sheets.ts'
import { BY_OBSERVER, BY_SITE } from './table.ts'
import { nameOf } from './keys.ts'

interface Reading {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly codec: RowCodec
}

/** One list: what its sheets are, what of them belongs to it, and how its rows come cheaply. */
interface List {
  readonly sheets: () => Promise<Sheet[]>
  readonly holds: (interval: Interval) => boolean
  readonly belongs: (row: Row) => boolean
  /** A search in an index. It need not be up to date: what is missing or old is fetched by its key. */
  readonly index: Search
}

/** Up to so many rows are cheaper to fetch by their keys than by a search in an index. */
const FEW = 8

/** All that stands at a site during an interval, from the sheets. In no order. */
export const standingAt = (site: SiteCode, during: Interval, reading: Reading): Promise<Row[]> =>
  listed(
    {
      sheets: () => siteSheets(site, during, reading.requests),
      holds: (interval) => overlaps(interval, during),
      belongs: ({ reservation }) => reservation.site === site && overlaps(reservation, during),
      index: search(BY_SITE, 'site', site, [during.start + 1, during.end], reading),
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
      index: search(BY_OBSERVER, 'creator_id', observer, [endingFrom, FOREVER], reading),
    },
    reading,
  )

/**
 * The sheets are read twice, with the rows in between. What moves from one sheet to another meanwhile may be on neither
 * as it is read, but only if it moves twice can both readings miss it. Whatever one of them names and no row bears out
 * is looked up by its id.
 */
async function listed(list: List, reading: Reading): Promise<Row[]> {
  const named = async () => entriesOf(await list.sheets()).filter(list.holds)
  const first = await named()
  const [second, indexed] = await Promise.all([named(), first.length > FEW ? fromIndex(list.index, reading) : new Map<string, Row>()])
  const rows = new Map<string, Row>()
  const take = (row: Row) => void (list.belongs(row) && rows.set(placeOf(row), row))

  const isFresh = (entry: Entry) => (indexed.get(entryName(entry))?.revision ?? -1) >= entry.revision
  const [fresh, stale] = [second.filter(isFresh), second.filter((entry) => !isFresh(entry))]
  for (const entry of fresh) take(indexed.get(entryName(entry)) as Row)
  const fetched = await rowsAt(stale, reading)
  for (const row of fetched.values()) take(row)

  const kept = new Set(second.map(entryName))
  const doubtful = [...stale.filter((entry) => !fetched.has(entryName(entry))), ...first.filter((entry) => !kept.has(entryName(entry)))]
  for (const row of await rowsUnder([...new Set(doubtful.map(({ id }) => id))], reading)) take(row)
  return [...rows.values()]
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

/** What stands under ids. */
export async function rowsUnder(ids: readonly ReservationId[], { requests, rowsOf }: Reading): Promise<Row[]> {
  const found = await Promise.all(ids.map(async (id) => rowsOf(await requests.query(under(id)))))
  return found.flat()
}

const under = (id: ReservationId): Search => ({
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: id } },
})

const fromIndex = async (index: Search, { requests, rowsOf }: Reading) => byName(await requests.query(index), rowsOf)

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
export async function indexedAt(site: SiteCode, during: Interval, reading: Reading): Promise<Row[]> {
  const rows = await fromIndex(search(BY_SITE, 'site', site, [during.start - DAY, FOREVER], reading), reading)
  return [...rows.values()].filter(({ reservation }) => overlaps(reservation, during))
}

export async function indexedOf(observer: ObserverId, endingFrom: Instant, reading: Reading): Promise<Row[]> {
  const rows = await fromIndex(search(BY_OBSERVER, 'creator_id', observer, [endingFrom - DAY, FOREVER], reading), reading)
  return [...rows.values()].filter(({ reservation }) => reservation.end >= endingFrom)
}

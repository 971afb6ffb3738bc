import type { Viewer } from '../../domain/access.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { yieldToEventLoop, CHUNK_BYTES, takeChunk } from '../../concurrency.ts'
import { MAX_DECODED_BYTES, MAX_LIST_BYTES, type SortEntry, LONG_LIST_BYTES, sorted, listTooLarge } from '../long-lists.ts'
import type { Codec, Outline, Query, Store } from '../port.ts'
import { type Key, type ListStatements, longestOf, MAX_MEASURED, MAX_OF_OBSERVER, type Row } from './list-statements.ts'
import { decodeListed } from './rows.ts'
import type { Scrubber } from './scrubber.ts'
import type { ReadTransactions } from './read-transactions.ts'

/** So many rows are made objects in one turn of the event loop. */
const MAX_OBJECTS = 5000
/** What it takes to look at a row, as if it were so many bytes. */
const ROW_COST = 300
/** So many ids at a time. */
const IDS_PER_READ = 1000

type GuardedRead = <T>(question: () => T) => Promise<T>

/**
 * Lists. A usual one is had at once, by one statement. A longer one is gone through in pieces, in a snapshot, by few at
 * a time.
 */
export function openLists(sql: ListStatements, { snapshots: listReads, glances: outlineReads }: { readonly snapshots: ReadTransactions; readonly glances: ReadTransactions }, read: GuardedRead, codec: Codec, scrubber: Scrubber): Pick<Store, 'list' | 'listBytes' | 'outlines' | 'planned'> {
  /** What a long list is made of, in its order. */
  async function collect<T>(query: Query, viewer: ViewerParams | undefined, maxBytes: number, valuesOf: (row: TextRow) => readonly T[]): Promise<T[]> {
    const readTransaction = await listReads.open()
    const listed: SortEntry<T>[] = []
    try {
      let bytes = 0
      for await (const chunk of chunkPerTurn(streamTexts(query, viewer, readTransaction.sql), read)) {
        for (const row of chunk) {
          if ((bytes += Buffer.byteLength(row.text)) > maxBytes) throw listTooLarge(maxBytes)
          for (const value of valuesOf(row)) listed.push({ sortKey: 'sites' in query ? row.start : row.end, id: row.id, value })
        }
      }
    } finally {
      readTransaction.close()
    }
    return (await sorted(listed)).map(({ value }) => value)
  }

  async function* streamOutlines(query: SiteQuery): AsyncGenerator<Outline[]> {
    const readTransaction = await outlineReads.open()
    try {
      const rowsFrom = (range: object) => readTransaction.sql.inClassOutlines.iterate(range) as Iterable<Outline & Key>
      yield* chunkPerTurn(streamClasses(query, readTransaction.sql, rowsFrom, () => 0), read)
    } finally {
      readTransaction.close()
    }
  }

  return {
    async list(query, valueOf) {
      const params = queryParams(query)
      const valuesOf = (row: Row) => decodeListed(row, codec).map(valueOf)
      const short = await read(() => (isSmall(params, MAX_OBJECTS, CHUNK_BYTES, sql) ? allRows(params, sql).flatMap(valuesOf) : undefined))
      return short ?? collect(query, undefined, MAX_DECODED_BYTES, (row) => valuesOf({ ...row, doc: row.text }))
    },
    async listBytes(query, viewerOption, maxBytes = MAX_LIST_BYTES) {
      const viewer = viewerParams(viewerOption)
      const params = { ...queryParams(query), ...viewer }
      const short = await read(() => (isSmall(params, MAX_MEASURED, Math.min(maxBytes, LONG_LIST_BYTES), sql) ? verifiedBytes(params) : undefined))
      if (short && short.length <= maxBytes) return short
      if (maxBytes < LONG_LIST_BYTES) throw listTooLarge(maxBytes)
      const write = writer()
      // It goes through this thread in pieces, so that each text can be looked at.
      return jsonArray(await collect(query, viewer, Math.min(maxBytes, MAX_LIST_BYTES), (row) => (isReadable(row) ? [write(row.text)] : [])))
    },
    async *outlines({ site, during }) {
      const query = { sites: [site], during }
      const short = await read(() => ((sql.countAround.get(siteParams(query)) as number) < MAX_OBJECTS ? (sql.overlappingOutlines.all(siteParams(query)) as Outline[]) : undefined))
      if (short) yield short
      else yield* streamOutlines(query)
    },
    async *planned({ site, startingAfter, endingAfter }) {
      for (let last: PlannedKey | undefined = { start: startingAfter + 1, id: '', end: 0 }; last; ) {
        const rows: PlannedKey[] = await read(plannedAfter(site, last))
        yield rows.filter(({ end }) => end > endingAfter).map(({ id }) => id)
        last = rows.at(-1)
        await yieldToEventLoop()
      }
    },
  }

  /** Where others have written since all texts were looked over, they are looked at after all. */
  function verifiedBytes(params: QueryParams & ViewerParams): Uint8Array<ArrayBuffer> {
    const unverified = scrubber.isProbablyClean() ? allBytes(params, 1, sql) : undefined
    return unverified && scrubber.isClean() ? unverified : allBytes(params, 0, sql)
  }

  function plannedAfter(site: string, { start, id }: PlannedKey) {
    return () => takeChunk(sql.planned.iterate({ site, start, id }) as Iterable<PlannedKey>, () => 0, IDS_PER_READ)
  }
}

type PlannedKey = Pick<Key, 'start' | 'end' | 'id'>

type SiteQuery = Extract<Query, { readonly sites: unknown }>

export const siteParams = ({ sites, during: { start, end } }: SiteQuery) => ({ sites: JSON.stringify([...new Set(sites)]), start, end })

/** A query as statements have it. */
type QueryParams = ReturnType<typeof siteParams> | Exclude<Query, SiteQuery>

const queryParams = (query: Query): QueryParams => ('sites' in query ? siteParams(query) : query)

/** However few they are, they may be large. */
function isSmall(params: QueryParams, mostRows: number, mostBytes: number, sql: ListStatements): boolean {
  const isAtSites = 'sites' in params
  const [rows, bytes] = (isAtSites ? sql.sizeOfOverlapping : sql.sizeOfObserver).get(params) as [number, number]
  return rows < (isAtSites ? mostRows : MAX_OF_OBSERVER) && bytes <= mostBytes
}

const allRows = (params: QueryParams, sql: ListStatements) => ('sites' in params ? sql.overlapping : sql.ofObserver).all(params) as Row[]

/** Whose events are seen whole: everybody's, one observer's, or nobody's. */
type ViewerParams = ReturnType<typeof viewerParams>
const viewerParams = (viewerOption: Viewer) => ({ whole: viewerOption.sees === 'everything' ? 1 : 0, eyes: viewerOption.sees === 'own' ? (viewerOption.observer ?? null) : null })

const allBytes = (params: QueryParams & ViewerParams, isVerified: 0 | 1, sql: ListStatements) =>
  ('sites' in params ? sql.overlappingBytes : sql.ofObserverBytes).get({ ...params, sure: isVerified }) as Uint8Array<ArrayBuffer>

/** Whether a text is the event that its row says. */
function isReadable({ id, text }: TextRow): boolean {
  try {
    return (JSON.parse(text) as { event_id?: unknown } | null)?.event_id === id
  } catch {
    return false
  }
}

/** A row with its text. */
export interface TextRow extends Key {
  readonly text: string
  readonly revision: number
  /** Of what is at a site. */
  readonly observer?: string
  readonly kind?: string
}

/** Each piece in a turn of the event loop of its own. */
export async function* chunkPerTurn<T>(chunks: Iterator<T, void>, read: GuardedRead): AsyncGenerator<T> {
  for (;;) {
    await yieldToEventLoop()
    const next = await read(() => chunks.next())
    if (next.done) return
    yield next.value
  }
}

/** All rows of a query, in pieces, in the order of an index: as they are kept, or as `seen`. */
export function streamTexts(query: Query, viewer: ViewerParams | undefined, sql: ListStatements): Generator<TextRow[], void> {
  const sizeOf = ({ text }: TextRow) => text.length
  const params = { ...query, ...viewer }
  if ('sites' in query) return streamClasses(query, sql, (range) => (viewer ? sql.inClassSeen : sql.inClass).iterate({ ...params, ...range }) as Iterable<TextRow>, sizeOf)
  return streamObserver(query, (key) => (viewer ? sql.onFromSeen : sql.onFrom).iterate({ ...params, ...key }) as Iterable<TextRow>, sizeOf)
}

/** Between two pieces no statement is open, so that others may use the connection. */
function* streamClasses<R extends Key>(query: SiteQuery, sql: ListStatements, rowsFrom: (range: object) => Iterable<R>, sizeOf: (row: R) => number): Generator<R[], void> {
  const { start: from, end: before } = query.during
  let [chunk, cost]: [R[], number] = [[], 0]
  for (const { site, k } of sql.classesAt.all(siteParams(query)) as Pick<Key, 'site' | 'k'>[]) {
    let key: Pick<Key, 'start' | 'id'> | undefined = { start: from - longestOf(k) + 1, id: '' }
    while (key) {
      const rows = rowsFrom({ site, k, from, before, start: key.start, id: key.id })
      key = undefined
      for (const row of rows) {
        cost += ROW_COST
        if (row.end > from) {
          chunk.push(row)
          cost += sizeOf(row)
        }
        if (cost < CHUNK_BYTES) continue
        key = row
        break
      }
      if (cost < CHUNK_BYTES) continue
      yield chunk
      ;[chunk, cost] = [[], 0]
    }
  }
  yield chunk
}

function* streamObserver<R extends Key>(query: Exclude<Query, SiteQuery>, rowsFrom: (key: Key) => Iterable<R>, sizeOf: (row: R) => number): Generator<R[], void> {
  let key: Key | undefined = { end: query.endingFrom, site: '', k: 0, start: 0, id: '' }
  while (key) {
    let [chunk, cost]: [R[], number] = [[], 0]
    const { end, site, k, start, id }: Key = key
    key = undefined
    for (const row of rowsFrom({ end, site, k, start, id })) {
      chunk.push(row)
      cost += ROW_COST + sizeOf(row)
      if (cost < CHUNK_BYTES) continue
      key = row
      break
    }
    yield chunk
  }
}

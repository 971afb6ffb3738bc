import type { Viewer } from '../../domain/access.ts'
import { jsonArray, writer } from '../../json-bytes.ts'
import { yieldToEventLoop, CHUNK_BYTES, takeChunk } from '../../concurrency.ts'
import {
  MAX_DECODED_BYTES,
  MAX_LIST_BYTES,
  type SortEntry,
  LONG_LIST_BYTES,
  sorted,
  listTooLarge,
} from '../long-lists.ts'
import { asListed, isListed, queryOf, shownResource, withResource } from '../closures.ts'
import { bytesInEffect, wantsInEffect } from '../in-effect.ts'
import type { Codec, Outline, PlannedQuery, Query, SiteQuery, Store } from '../port.ts'
import { type Key, type ListStatements, MAX_MEASURED, MAX_OF_OBSERVER, type Row } from './list-statements.ts'
import {
  chunkPerTurn,
  siteParams,
  streamClasses,
  streamTexts,
  type TextRow,
  type ViewerParams,
} from './list-streams.ts'
import { decodeListed } from './rows.ts'
import type { Scrubber } from './scrubber.ts'
import type { GuardedRead } from './file-guard.ts'
import type { ReadTransactions } from './read-transactions.ts'

/** Rows that one turn of the event loop decodes. */
const MAX_OBJECTS = 5000
const IDS_PER_READ = 1000

interface ListContext {
  readonly sql: ListStatements
  readonly read: GuardedRead
  readonly codec: Codec
  readonly scrubber: Scrubber
  readonly listReads: ReadTransactions
  readonly outlineReads: ReadTransactions
}

/** Short lists are read by one statement; long ones in chunks within a read transaction, by few callers at a time. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function openLists(context: ListContext): Pick<Store, 'list' | 'listBytes' | 'outlines' | 'planned'> {
  const { sql, read, codec } = context
  const list: Store['list'] = async (query, valueOf) => {
    const params = queryParams(query)
    const valuesOf = (row: Row) =>
      decodeListed(row, codec).flatMap((stored) =>
        isListed(query, stored.reservation) ? [valueOf(asListed(query, stored), row.firstStart ?? row.start)] : [],
      )
    const short = await read(() =>
      isShort(params, MAX_OBJECTS, CHUNK_BYTES, sql) ? allRows(params, sql).flatMap(valuesOf) : undefined,
    )
    return (
      short ??
      collect(
        query,
        undefined,
        { maxBytes: MAX_DECODED_BYTES, valuesOf: (row) => valuesOf({ ...row, doc: row.text }) },
        context,
      )
    )
  }
  return {
    list,
    async listBytes(query, viewer, maxBytes = MAX_LIST_BYTES) {
      if (wantsInEffect(query)) return bytesInEffect(list, query, viewer, codec)
      const masking = viewerParams(viewer)
      const params = { ...queryParams(query), ...masking }
      const short = await read(() =>
        isShort(params, MAX_MEASURED, Math.min(maxBytes, LONG_LIST_BYTES), sql)
          ? verifiedBytes(params, context)
          : undefined,
      )
      if (short && short.length <= maxBytes) return short
      if (maxBytes < LONG_LIST_BYTES) throw listTooLarge(maxBytes)
      const write = writer()
      const shownText = ({ site, text }: TextRow) => {
        const resource = shownResource(query, site)
        return resource === undefined ? text : withResource(text, resource, codec)
      }
      const valuesOf = (row: TextRow) => (isReadable(row) ? [write(shownText(row))] : [])
      return jsonArray(
        await collect(query, masking, { maxBytes: Math.min(maxBytes, MAX_LIST_BYTES), valuesOf }, context),
      )
    },
    async *outlines(window) {
      const query = queryOf(window)
      const params = siteParams(query)
      const short = await read(() =>
        (sql.countAround.get(params) as number) < MAX_OBJECTS
          ? (sql.overlappingOutlines.all(params) as Outline[])
          : undefined,
      )
      if (short) yield short.filter((row) => isListed(query, row))
      else yield* streamOutlines(query, context)
    },
    planned: (query) => streamPlanned(query, context),
  }
}

interface Collected<T> {
  readonly maxBytes: number
  readonly valuesOf: (row: TextRow) => readonly T[]
}

/** The values of a long list, sorted. */
async function collect<T>(
  query: Query,
  viewer: ViewerParams | undefined,
  { maxBytes, valuesOf }: Collected<T>,
  { read, listReads }: ListContext,
): Promise<T[]> {
  const transaction = await listReads.open()
  const entries: SortEntry<T>[] = []
  try {
    let bytes = 0
    for await (const chunk of chunkPerTurn(streamTexts(query, viewer, transaction.sql), read)) {
      for (const row of chunk) {
        if (!isListed(query, row)) continue
        if ((bytes += Buffer.byteLength(row.text)) > maxBytes) throw listTooLarge(maxBytes)
        for (const value of valuesOf(row))
          entries.push({ sortKey: 'sites' in query ? row.start : row.end, id: row.id, value })
      }
    }
  } finally {
    transaction.close()
  }
  return (await sorted(entries)).map(({ value }) => value)
}

async function* streamOutlines(query: SiteQuery, { read, outlineReads }: ListContext): AsyncGenerator<Outline[]> {
  const transaction = await outlineReads.open()
  try {
    const rowsFrom = (range: object) => transaction.sql.inClassOutlines.iterate(range) as Iterable<Outline & Key>
    const chunks = streamClasses(query, transaction.sql, rowsFrom, () => 0)
    for await (const chunk of chunkPerTurn(chunks, read)) yield chunk.filter((row) => isListed(query, row))
  } finally {
    transaction.close()
  }
}

type PlannedKey = Pick<Key, 'start' | 'end' | 'id'>

async function* streamPlanned(
  { site, startingAfter, endingAfter }: PlannedQuery,
  { sql, read }: ListContext,
): AsyncGenerator<string[]> {
  for (let last: PlannedKey | undefined = { start: startingAfter + 1, id: '', end: 0 }; last;) {
    const { start, id }: PlannedKey = last
    const rows: PlannedKey[] = await read(() =>
      takeChunk(sql.planned.iterate({ site, start, id }) as Iterable<PlannedKey>, () => 0, IDS_PER_READ),
    )
    yield rows.filter(({ end }) => end > endingAfter).map((row) => row.id)
    last = rows.at(-1)
    await yieldToEventLoop()
  }
}

/** A query as parameters of the statements. */
type QueryParams = ReturnType<typeof siteParams> | Exclude<Query, SiteQuery>

const queryParams = (query: Query): QueryParams => ('sites' in query ? siteParams(query) : query)

const viewerParams = (viewer: Viewer): ViewerParams => ({
  seesEverything: viewer.sees === 'everything' ? 1 : 0,
  viewer: viewer.sees === 'own' ? (viewer.observer ?? null) : null,
})

/** Whether a list is below both limits. */
function isShort(params: QueryParams, maxRows: number, maxBytes: number, sql: ListStatements): boolean {
  const isAtSites = 'sites' in params
  const [rows, bytes] = (isAtSites ? sql.sizeOfOverlapping : sql.sizeOfObserver).get(params) as [number, number]
  return rows < (isAtSites ? maxRows : MAX_OF_OBSERVER) && bytes <= maxBytes
}

const allRows = (params: QueryParams, sql: ListStatements) =>
  ('sites' in params ? sql.overlapping : sql.ofObserver).all(params) as Row[]

/** A short list without damaged texts. Checks each text, unless all are known to be intact. */
function verifiedBytes(params: QueryParams & ViewerParams, { sql, scrubber }: ListContext): Uint8Array<ArrayBuffer> {
  const unchecked = scrubber.isProbablyClean() ? allBytes(params, 1, sql) : undefined
  return unchecked && scrubber.isClean() ? unchecked : allBytes(params, 0, sql)
}

const allBytes = (params: QueryParams & ViewerParams, isClean: 0 | 1, sql: ListStatements) =>
  bytesStatement(params, sql).get({ ...params, isClean }) as Uint8Array<ArrayBuffer>

function bytesStatement(params: QueryParams, sql: ListStatements) {
  if (!('sites' in params)) return sql.ofObserverBytes
  return params.wemas === '[]' ? sql.overlappingBytes : sql.overlappingBytesWithClosures
}

/** Whether a text is intact: the event with the row's id. */
function isReadable({ id, text }: TextRow): boolean {
  try {
    return (JSON.parse(text) as { event_id?: unknown } | null)?.event_id === id
  } catch {
    return false
  }
}

import type { Kind } from '../../domain/reservation.ts'
import { yieldToEventLoop, CHUNK_BYTES } from '../../concurrency.ts'
import { codesOf } from '../closures.ts'
import type { Query, SiteQuery } from '../port.ts'
import { type Key, type ListStatements, longestOf } from './list-statements.ts'
import type { GuardedRead } from './file-guard.ts'

/** The cost of reading a row without its text, in bytes of text that take the same time. */
const ROW_COST = 300

/** The time to read and decode a text, in the time that reading it takes. */
const READING_AND_DECODING = 2

/** A query by sites as parameters of the statements. */
export const siteParams = (query: SiteQuery) => ({
  sites: JSON.stringify(codesOf(query)),
  wemas: JSON.stringify(query.wemas ?? []),
  resource: query.resource ?? null,
  start: query.during.start,
  end: query.during.end,
})

/** A viewer as parameters of the statements. */
export interface ViewerParams {
  readonly seesEverything: 0 | 1
  /** The observer who sees their own reservations unmasked. */
  readonly viewer: string | null
}

/** A row with its text. */
export interface TextRow extends Key {
  readonly text: string
  readonly revision: number
  /** Null if it is the start; only where the text is not masked. */
  readonly firstStart?: number | null
  /** Only in queries by sites. */
  readonly observer?: string
  readonly kind?: Kind
}

/** Reads each chunk in its own turn of the event loop. */
export async function* chunkPerTurn<T>(chunks: Iterator<T, void>, read: GuardedRead): AsyncGenerator<T> {
  for (;;) {
    await yieldToEventLoop()
    const next = await read(() => chunks.next())
    if (next.done) return
    yield next.value
  }
}

/** All rows of a query in chunks, in the order of an index: unmasked, which are then decoded, or masked for a viewer. */
export function streamTexts(
  query: Query,
  viewer: ViewerParams | undefined,
  sql: ListStatements,
): Generator<TextRow[], void> {
  const sizeOf = ({ text }: TextRow) => text.length * (viewer ? 1 : READING_AND_DECODING)
  const params = { ...query, ...viewer }
  if ('sites' in query)
    return streamClasses(
      query,
      sql,
      (range) => (viewer ? sql.inClassSeen : sql.inClass).iterate({ ...params, ...range }) as Iterable<TextRow>,
      sizeOf,
    )
  return streamObserver(
    query,
    (key) => (viewer ? sql.onFromSeen : sql.onFrom).iterate({ ...params, ...key }) as Iterable<TextRow>,
    sizeOf,
  )
}

/** The overlapping rows of all length classes, in chunks. No statement is open between two chunks, so that others can use the connection. */
export function* streamClasses<R extends Key>(
  query: SiteQuery,
  sql: ListStatements,
  rowsFrom: (range: object) => Iterable<R>,
  sizeOf: (row: R) => number,
): Generator<R[], void> {
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

function* streamObserver<R extends Key>(
  query: Exclude<Query, SiteQuery>,
  rowsFrom: (key: Key) => Iterable<R>,
  sizeOf: (row: R) => number,
): Generator<R[], void> {
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

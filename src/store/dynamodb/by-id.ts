import { setTimeout as sleep } from 'node:timers/promises'
import type { ReservationId, Revision } from '../../domain/reservation.ts'
import type { HistoryRange, RowCodec } from '../port.ts'
import { historyId, isReservedKey, revisionKey } from './items.ts'
import type { LoadedRows } from './plan.ts'
import { inBatches, type Requests } from './requests.ts'
import { byStart, storedRevisionOf, type StoredRevision, type Row, type RowReader, revisionOf } from './rows.ts'

export interface ReadContext {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly codec: RowCodec
}

/** The rows under an id, as they are found. */
export const rowsUnder = async (id: ReservationId, { requests, rowsOf }: ReadContext): Promise<Row[]> =>
  rowsOf(await requests.query({ KeyConditionExpression: 'event_id = :id', ExpressionAttributeValues: { ':id': { S: id } } })).toSorted(byStart)

/** How often what stands under an id is read when it is not as its last revision left it. */
const MAX_READS = 3
const PAUSE_BETWEEN_READS_MS = 20

/**
 * The last revision is read first: whatever changes the rows after that makes another, and the commit fails. A
 * transaction becomes visible row by row, so what is not as it was left is read again; but the original, after a
 * rollback, may have left it otherwise.
 */
export async function loadRows(id: ReservationId, context: ReadContext): Promise<LoadedRows> {
  if (isReservedKey(id)) return { rows: [], lastRevision: 0, largestSize: 0 }
  for (let reads = 1; ; reads += 1) {
    const [last] = await lastRevisions(id, 1, context)
    const rows = await rowsUnder(id, context)
    const isSettled = last?.after === undefined || rows.some(({ revision }) => revision === last.number)
    if (isSettled || reads === MAX_READS) return { rows, lastRevision: last?.number ?? 0, largestSize: last ? last.largestSize : 0 }
    await sleep(PAUSE_BETWEEN_READS_MS)
  }
}

/** What stands under an id, and surely nothing where there is nothing. */
export async function storedUnder(id: ReservationId, context: ReadContext): Promise<readonly Row[]> {
  if (isReservedKey(id)) return []
  const rows = await rowsUnder(id, context)
  return rows.length > 0 ? rows : (await loadRows(id, context)).rows
}

/** So many are looked up one by one, side by side. */
const MAX_SINGLE_READS = 8

/** `loadRows` for several ids at once. */
export async function loadAllRows(ids: readonly ReservationId[], context: ReadContext): Promise<ReadonlyMap<ReservationId, LoadedRows>> {
  if (ids.length <= 2) return loadOneByOne(ids, context)
  const found = await rowsUnderAll(ids, context)
  const lastOf = (rows: readonly Row[]) => Math.max(...rows.map(({ revision }) => revision))
  const keys = [...found].flatMap(([id, rows]) => [lastOf(rows), lastOf(rows) + 1].filter((number) => number > 0).map((number) => revisionKey(id, number)))
  const recorded = new Map((await context.requests.getAll(keys)).map((item) => storedRevisionOf(item, context.codec)).map((one) => [`${one.id}\n${one.number}`, one]))
  const named = new Map<ReservationId, LoadedRows>()
  for (const [id, rows] of found) {
    const number = lastOf(rows)
    const last = recorded.get(`${id}\n${number}`)
    // What was changed since, or is only half visible yet, is looked up by itself.
    if (recorded.has(`${id}\n${number + 1}`) || (number > 0 && !last)) continue
    named.set(id, { rows, lastRevision: number, largestSize: last ? last.largestSize : 0 })
  }
  return new Map([...named, ...(await loadOneByOne(ids.filter((id) => !named.has(id)), context))])
}

async function loadOneByOne(ids: readonly ReservationId[], context: ReadContext): Promise<Map<ReservationId, LoadedRows>> {
  const named = new Map<ReservationId, LoadedRows>()
  for await (const [id, one] of eachLookedUp(ids, context)) named.set(id, one)
  return named
}

/** `loadRows` for one after the other, some of them side by side. */
export async function* eachLookedUp(ids: readonly ReservationId[], context: ReadContext): AsyncGenerator<readonly [ReservationId, LoadedRows]> {
  for (const batch of inBatches(ids, MAX_SINGLE_READS)) yield* await Promise.all(batch.map(async (id) => [id, await loadRows(id, context)] as const))
}

/** The rows under many ids as they are found, by start; without those under which there are none. */
async function rowsUnderAll(ids: readonly ReservationId[], { requests, rowsOf }: ReadContext): Promise<Map<ReservationId, readonly Row[]>> {
  const rows = new Map<ReservationId, Row[]>()
  for (const row of await requests.under(ids.filter((id) => !isReservedKey(id)), rowsOf)) {
    const others = rows.get(row.reservation.id)
    if (others) others.push(row)
    else rows.set(row.reservation.id, [row])
  }
  return new Map([...rows].map(([id, batch]) => [id, batch.toSorted(byStart)]))
}

/** The last of them, newest first. */
export async function lastRevisions(id: ReservationId, count: number, { requests, codec }: Pick<ReadContext, 'requests' | 'codec'>): Promise<StoredRevision[]> {
  const search = { ...revisionsOf(id), ScanIndexForward: false, Limit: count }
  for await (const items of requests.pagesOf(search)) return items.map((item) => storedRevisionOf(item, codec))
  return []
}

/** So many revisions are looked at in one turn of the event loop for one of a kind. */
const LOOKED_AT = 25

/** The last revision of a kind, undefined where there is none; and the number of the last of all, 0 where there is none. */
export async function lastSuch(id: ReservationId, isSuch: (one: StoredRevision) => boolean, { requests, codec }: Pick<ReadContext, 'requests' | 'codec'>): Promise<{ such: StoredRevision | undefined; last: number }> {
  let last = 0
  for await (const items of requests.pagesOf({ ...revisionsOf(id), ScanIndexForward: false, Limit: LOOKED_AT })) {
    for (const one of items.map((item) => storedRevisionOf(item, codec))) {
      last ||= one.number
      if (isSuch(one)) return { such: one, last }
    }
  }
  return { such: undefined, last }
}

const revisionsOf = (id: ReservationId) => ({
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: historyId(id) } },
})

/** So few that they are read in one turn of the event loop; DynamoDB itself ends a page at 1 MB. */
const MAX_AT_ONCE = 250

/** A piece of the history of an id, oldest first. */
export async function historyUnder(id: ReservationId, { after = 0, before = NO_END, limit = MAX_AT_ONCE, fromEnd = false }: HistoryRange, { requests, codec }: Pick<ReadContext, 'requests' | 'codec'>): Promise<Revision[]> {
  if (after + 1 >= before) return []
  const between = { ':first': { S: revisionKey(id, after + 1).start }, ':last': { S: revisionKey(id, before - 1).start } }
  const search = {
    KeyConditionExpression: 'event_id = :id AND #start BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#start': 'start' },
    ExpressionAttributeValues: { ...revisionsOf(id).ExpressionAttributeValues, ...between },
    ScanIndexForward: !fromEnd,
    Limit: Math.min(limit, MAX_AT_ONCE),
  }
  for await (const items of requests.pagesOf(search)) {
    const chunk = items.map((item) => revisionOf(storedRevisionOf(item, codec)))
    return fromEnd ? chunk.toReversed() : chunk
  }
  return []
}

/** Above what the keys of revisions have digits for there are none. */
const NO_END = 1_000_000_000

/** All of it, for whoever looks a table over or moves it. */
export async function wholeHistoryUnder(id: ReservationId, { requests, codec }: Pick<ReadContext, 'requests' | 'codec'>): Promise<Revision[]> {
  const history: Revision[] = []
  for await (const items of requests.pagesOf(revisionsOf(id))) for (const item of items) history.push(revisionOf(storedRevisionOf(item, codec)))
  return history
}

/** The size of the largest that an id has ever been, where its last revision does not say it. */
export async function largestSizeUnder(id: ReservationId, { requests, codec }: Pick<ReadContext, 'requests' | 'codec'>): Promise<number> {
  let largest = 0
  for await (const items of requests.pagesOf(revisionsOf(id))) {
    for (const item of items) {
      const { before, after } = storedRevisionOf(item, codec)
      for (const one of [before, after]) if (one) largest = Math.max(largest, codec.sizeOf(one))
    }
  }
  return largest
}

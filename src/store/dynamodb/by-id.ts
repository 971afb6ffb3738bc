import { setTimeout as sleep } from 'node:timers/promises'
import type { ReservationId, Revision } from '../../domain/reservation.ts'
import type { Part, RowCodec } from '../store.ts'
import { historyOf, isOurs, revisionKey } from './keys.ts'
import type { Named } from './plan.ts'
import { inBatches, type Requests } from './requests.ts'
import { byStart, recordedOf, type Recorded, type Row, type RowReader, told } from './rows.ts'

export interface Reading {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly codec: RowCodec
}

/** The rows under an id, as they are found. */
export const rowsUnder = async (id: ReservationId, { requests, rowsOf }: Reading): Promise<Row[]> =>
  rowsOf(await requests.query({ KeyConditionExpression: 'event_id = :id', ExpressionAttributeValues: { ':id': { S: id } } })).toSorted(byStart)

/** How often what stands under an id is read when it is not as its last revision left it. */
const READINGS = 3
const BETWEEN_READINGS_MS = 20

/**
 * The last revision is read first: whatever changes the rows after that makes another, and the commit fails. A
 * transaction becomes visible row by row, so what is not as it was left is read again; but the original, after a
 * rollback, may have left it otherwise.
 */
export async function lookUp(id: ReservationId, reading: Reading): Promise<Named> {
  if (isOurs(id)) return { rows: [], last: 0, largest: 0 }
  for (let times = 1; ; times += 1) {
    const [last] = await lastRevisions(id, 1, reading)
    const rows = await rowsUnder(id, reading)
    const asLeft = last?.after === undefined || rows.some(({ revision }) => revision === last.number)
    if (asLeft || times === READINGS) return { rows, last: last?.number ?? 0, largest: last ? last.largest : 0 }
    await sleep(BETWEEN_READINGS_MS)
  }
}

/** What stands under an id, and surely nothing where there is nothing. */
export async function standingUnder(id: ReservationId, reading: Reading): Promise<readonly Row[]> {
  if (isOurs(id)) return []
  const rows = await rowsUnder(id, reading)
  return rows.length > 0 ? rows : (await lookUp(id, reading)).rows
}

/** So many are looked up one by one, side by side. */
const MOST_SINGLY = 8

/** `lookUp` for several ids at once. */
export async function lookUpAll(ids: readonly ReservationId[], reading: Reading): Promise<ReadonlyMap<ReservationId, Named>> {
  if (ids.length <= 2) return singly(ids, reading)
  const found = await rowsUnderAll(ids, reading)
  const lastOf = (rows: readonly Row[]) => Math.max(...rows.map(({ revision }) => revision))
  const keys = [...found].flatMap(([id, rows]) => [lastOf(rows), lastOf(rows) + 1].filter((number) => number > 0).map((number) => revisionKey(id, number)))
  const recorded = new Map((await reading.requests.getAll(keys)).map((item) => recordedOf(item, reading.codec)).map((one) => [`${one.id}\n${one.number}`, one]))
  const named = new Map<ReservationId, Named>()
  for (const [id, rows] of found) {
    const number = lastOf(rows)
    const last = recorded.get(`${id}\n${number}`)
    // What was changed since, or is only half visible yet, is looked up by itself.
    if (recorded.has(`${id}\n${number + 1}`) || (number > 0 && !last)) continue
    named.set(id, { rows, last: number, largest: last ? last.largest : 0 })
  }
  return new Map([...named, ...(await singly(ids.filter((id) => !named.has(id)), reading))])
}

async function singly(ids: readonly ReservationId[], reading: Reading): Promise<Map<ReservationId, Named>> {
  const named = new Map<ReservationId, Named>()
  for await (const [id, one] of eachLookedUp(ids, reading)) named.set(id, one)
  return named
}

/** `lookUp` for one after the other, some of them side by side. */
export async function* eachLookedUp(ids: readonly ReservationId[], reading: Reading): AsyncGenerator<readonly [ReservationId, Named]> {
  for (const some of inBatches(ids, MOST_SINGLY)) yield* await Promise.all(some.map(async (id) => [id, await lookUp(id, reading)] as const))
}

/** The rows under many ids as they are found, by start; without those under which there are none. */
async function rowsUnderAll(ids: readonly ReservationId[], { requests, rowsOf }: Reading): Promise<Map<ReservationId, readonly Row[]>> {
  const rows = new Map<ReservationId, Row[]>()
  for (const row of await requests.under(ids.filter((id) => !isOurs(id)), rowsOf)) {
    const others = rows.get(row.reservation.id)
    if (others) others.push(row)
    else rows.set(row.reservation.id, [row])
  }
  return new Map([...rows].map(([id, some]) => [id, some.toSorted(byStart)]))
}

/** The last of them, newest first. */
export async function lastRevisions(id: ReservationId, count: number, { requests, codec }: Pick<Reading, 'requests' | 'codec'>): Promise<Recorded[]> {
  const search = { ...revisionsOf(id), ScanIndexForward: false, Limit: count }
  for await (const items of requests.pagesOf(search)) return items.map((item) => recordedOf(item, codec))
  return []
}

/** So many revisions are looked at in one turn of the event loop for one of a kind. */
const LOOKED_AT = 25

/** The last revision of a kind, undefined where there is none; and the number of the last of all, 0 where there is none. */
export async function lastSuch(id: ReservationId, isSuch: (one: Recorded) => boolean, { requests, codec }: Pick<Reading, 'requests' | 'codec'>): Promise<{ such: Recorded | undefined; last: number }> {
  let last = 0
  for await (const items of requests.pagesOf({ ...revisionsOf(id), ScanIndexForward: false, Limit: LOOKED_AT })) {
    for (const one of items.map((item) => recordedOf(item, codec))) {
      last ||= one.number
      if (isSuch(one)) return { such: one, last }
    }
  }
  return { such: undefined, last }
}

const revisionsOf = (id: ReservationId) => ({
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: historyOf(id) } },
})

/** So few that they are read in one turn of the event loop; DynamoDB itself ends a page at 1 MB. */
const MOST_AT_ONCE = 250

/** A piece of the history of an id, oldest first. */
export async function historyUnder(id: ReservationId, { after = 0, before = NO_END, most = MOST_AT_ONCE, newest = false }: Part, { requests, codec }: Pick<Reading, 'requests' | 'codec'>): Promise<Revision[]> {
  if (after + 1 >= before) return []
  const between = { ':first': { S: revisionKey(id, after + 1).start }, ':last': { S: revisionKey(id, before - 1).start } }
  const search = {
    KeyConditionExpression: 'event_id = :id AND #start BETWEEN :first AND :last',
    ExpressionAttributeNames: { '#start': 'start' },
    ExpressionAttributeValues: { ...revisionsOf(id).ExpressionAttributeValues, ...between },
    ScanIndexForward: !newest,
    Limit: Math.min(most, MOST_AT_ONCE),
  }
  for await (const items of requests.pagesOf(search)) {
    const piece = items.map((item) => told(recordedOf(item, codec)))
    return newest ? piece.toReversed() : piece
  }
  return []
}

/** Above what the keys of revisions have digits for there are none. */
const NO_END = 1_000_000_000

/** All of it, for whoever looks a table over or moves it. */
export async function wholeHistoryUnder(id: ReservationId, { requests, codec }: Pick<Reading, 'requests' | 'codec'>): Promise<Revision[]> {
  const history: Revision[] = []
  for await (const items of requests.pagesOf(revisionsOf(id))) for (const item of items) history.push(told(recordedOf(item, codec)))
  return history
}

/** The size of the largest that an id has ever been, where its last revision does not say it. */
export async function largestUnder(id: ReservationId, { requests, codec }: Pick<Reading, 'requests' | 'codec'>): Promise<number> {
  let largest = 0
  for await (const items of requests.pagesOf(revisionsOf(id))) {
    for (const item of items) {
      const { before, after } = recordedOf(item, codec)
      for (const one of [before, after]) if (one) largest = Math.max(largest, codec.sizeOf(one))
    }
  }
  return largest
}

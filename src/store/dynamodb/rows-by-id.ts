import { CHUNK_BYTES, mapConcurrently, yieldToEventLoop } from '../../concurrency.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Slot } from '../port.ts'
import { slotOf } from '../slot.ts'
import type { Item } from './attributes.ts'
import { retry } from './errors.ts'
import { lastRevisions, storedRevisionOf } from './history.ts'
import { idOfHistory, isReservedId, keyOf, keyText, revisionKey } from './items.ts'
import { allItems } from './requests.ts'
import { byStart, EXTRA_FIELDS, keepFirst, type Row, rowIdentity } from './rows.ts'
import type { TableContext } from './table.ts'

/** The rows of an id, and its last revision. */
export interface LoadedRows {
  readonly rows: readonly Row[]
  /** 0 if there is no history. */
  readonly lastRevision: number
  /** The size of the largest that its history knows, in bytes of the wire's JSON. */
  readonly largestSize: number
}

/** The rows of an id, as they are. While a change is being written some of its items may be visible, and others not. */
export const rowsUnder = async (id: ReservationId, { requests, rowsOf }: TableContext): Promise<Row[]> =>
  rowsOf(await allItems(requests.pages({ eventId: id }))).toSorted(byStart)

/** Reads of an id whose rows are not as its last revision left them, and the pause after the first. */
const MAX_READS = 3
const FIRST_PAUSE_MS = 20

/**
 * The rows of an id, as its last revision left them. The revision is read first: a change made later adds another one,
 * and then the commit fails. Rows that differ from it are read again, since a change may be half visible; but not for
 * ever, since the original may have written them after a rollback.
 */
export async function loadRows(id: ReservationId, context: TableContext): Promise<LoadedRows> {
  let loaded: LoadedRows = { rows: [], lastRevision: 0, largestSize: 0 }
  if (isReservedId(id)) return loaded
  await retry(MAX_READS, FIRST_PAUSE_MS, async () => {
    const [last] = await lastRevisions(id, 1, context)
    const rows = await rowsUnder(id, context)
    loaded = { rows, lastRevision: last?.number ?? 0, largestSize: last?.largestSize ?? 0 }
    return last?.after === undefined || rows.some(({ revision }) => revision === last.number)
  })
  return loaded
}

/** The rows of an id; none only if there are none. */
export async function findRows(id: ReservationId, context: TableContext): Promise<readonly Row[]> {
  if (isReservedId(id)) return []
  const rows = await rowsUnder(id, context)
  return rows.length > 0 ? rows : (await loadRows(id, context)).rows
}

/** Ids whose rows are loaded concurrently, one by one. */
const CONCURRENCY = 8
/** For more ids than this, loading them together takes fewer requests. */
const MAX_ONE_BY_ONE = 2

/** `loadRows` for several ids. */
export async function loadAllRows(ids: readonly ReservationId[], context: TableContext) {
  const loaded = ids.length > MAX_ONE_BY_ONE ? await loadTogether(ids, context) : new Map<ReservationId, LoadedRows>()
  const rest = ids.filter((id) => !loaded.has(id))
  await mapConcurrently(rest, CONCURRENCY, async (id) => void loaded.set(id, await loadRows(id, context)))
  return loaded
}

/** The ids of which all rows are as their last revision left them. */
async function loadTogether(ids: readonly ReservationId[], context: TableContext) {
  const { requests, rowsOf, codec } = context
  const items: Item[] = []
  await requests.eachUnder(
    ids.filter((id) => !isReservedId(id)),
    (page) => void items.push(...page),
  )
  const found = [...Map.groupBy(rowsOf(items), ({ reservation }) => reservation.id)].map(([id, rows]) => ({
    id,
    rows: rows.toSorted(byStart),
    number: Math.max(...rows.map(({ revision }) => revision)),
  }))
  const keys = found.flatMap(({ id, number }) =>
    [number, number + 1].filter((n) => n > 0).map((n) => revisionKey(id, n)),
  )
  const revisions = new Map(
    (await requests.getAll(keys)).map((item) => [keyText(keyOf(item)), storedRevisionOf(item, codec)]),
  )
  const loaded = new Map<ReservationId, LoadedRows>()
  for (const { id, rows, number } of found) {
    const last = revisions.get(keyText(revisionKey(id, number)))
    if (revisions.has(keyText(revisionKey(id, number + 1))) || (number > 0 && !last)) continue
    loaded.set(id, { rows, lastRevision: number, largestSize: last?.largestSize ?? 0 })
  }
  return loaded
}

/** The attributes that a slot needs. A project's id that DynamoDB would not return unchanged is among the extra fields. */
const SLOT_ATTRIBUTES = ['event_id', 'start', 'end', 'site', 'project_id', EXTRA_FIELDS]
/** The cost of reading a row, as a number of bytes. */
const ROW_COST = 5000

/** The slots of many ids; none for an id only if it has no row. */
export async function slotsUnder(ids: readonly ReservationId[], context: TableContext) {
  const { requests, rowsOf } = context
  const rows = new Map<string, Slot & { readonly id: ReservationId; readonly key: string }>()
  const readable = ids.filter((id) => !isReservedId(id))
  const addSlots = async (items: readonly Item[]) => {
    let cost = 0
    for (const item of items) {
      if (cost >= CHUNK_BYTES) [cost] = [0, await yieldToEventLoop()]
      for (const row of rowsOf([item]))
        keepFirst(rowIdentity(row), { ...slotOf(row), id: row.reservation.id, key: row.key }, rows)
      cost += ROW_COST + (item[EXTRA_FIELDS]?.S?.length ?? 0)
    }
  }
  await requests.eachUnder(readable, addSlots, SLOT_ATTRIBUTES)
  const inOrder = (slots: readonly Slot[]) =>
    slots.map(slotOf).toSorted((a, b) => a.reservation.start - b.reservation.start)
  const found = new Map([...Map.groupBy(rows.values(), ({ id }) => id)].map(([id, slots]) => [id, inOrder(slots)]))
  // One with a history may be on its way from one start to another.
  const missing = await requests.getAll(
    readable.filter((id) => !found.has(id)).map((id) => revisionKey(id, 1)),
    ['event_id'],
  )
  const withHistory = missing.flatMap((item) => idOfHistory(keyOf(item).event_id) ?? [])
  await mapConcurrently(
    withHistory,
    CONCURRENCY,
    async (id) => void found.set(id, inOrder((await loadRows(id, context)).rows)),
  )
  return new Map(ids.map((id) => [id, found.get(id) ?? []]))
}

import { CHUNK_BYTES, mapConcurrently, yieldToEventLoop } from '../../concurrency.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Slot } from '../port.ts'
import { slotOf } from '../slot.ts'
import { tooMuch, untilVisible } from './errors.ts'
import { lastRevisions } from './history.ts'
import { isReservedId, type Item, keyOf, keyText, revisionKey, sizeOf } from './items.ts'
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
  isReservedId(id) ? [] : rowsOf(await allItems(requests.pages({ partition: id }))).toSorted(byStart)

/**
 * The rows of an id, as its last revision left them. The revision is read first: a change made later adds another one,
 * and then the commit fails. Rows that differ from it are read again, since a change may be half visible; but not for
 * ever, since the original may have written them after a rollback.
 */
export async function loadRows(id: ReservationId, context: TableContext): Promise<LoadedRows> {
  let loaded: LoadedRows = { rows: [], lastRevision: 0, largestSize: 0 }
  await untilVisible(async () => {
    const [last] = await lastRevisions(id, 1, context)
    const rows = await rowsUnder(id, context)
    loaded = { rows, lastRevision: last?.number ?? 0, largestSize: last?.largestSize ?? 0 }
    return last?.after === undefined || rows.some(({ revision }) => revision === last.number)
  })
  return loaded
}

/** The rows of an id; none only if there are none. */
export async function findRows(id: ReservationId, context: TableContext): Promise<readonly Row[]> {
  const rows = await rowsUnder(id, context)
  return rows.length > 0 ? rows : (await loadRows(id, context)).rows
}

/** Ids whose rows are loaded concurrently, one by one. */
const CONCURRENCY = 8
/** For more ids than this, loading them together takes fewer requests. */
const MAX_ONE_BY_ONE = 2

/**
 * `loadRows` for several ids.
 * @throws Failure `too_large` if the rows of more than two are larger than `maxBytes` together
 */
export async function loadAllRows(ids: readonly ReservationId[], context: TableContext, maxBytes = Infinity) {
  const loaded =
    ids.length > MAX_ONE_BY_ONE ? await loadTogether(ids, context, maxBytes) : new Map<string, LoadedRows>()
  const rest = ids.filter((id) => !loaded.has(id))
  await mapConcurrently(rest, CONCURRENCY, async (id) => void loaded.set(id, await loadRows(id, context)))
  return loaded
}

/** The ids of which all rows are as their last revision left them: it is there, and no further one. */
async function loadTogether(ids: readonly ReservationId[], { requests, rowsOf }: TableContext, maxBytes: number) {
  const items: Item[] = []
  let size = 0
  await requests.eachUnder(withoutReserved(ids), (page) => {
    size += page.reduce((sum, item) => sum + sizeOf(item), 0)
    if (size > maxBytes) throw tooMuch()
    items.push(...page)
  })
  const rowsById = Map.groupBy(rowsOf(items), ({ reservation }) => reservation.id)
  const found = ids.map((id) => {
    const rows = (rowsById.get(id) ?? []).toSorted(byStart)
    const number = Math.max(0, ...rows.map(({ revision }) => revision))
    return { id, rows, last: revisionKey(id, number), next: revisionKey(id, number + 1), lastRevision: number }
  })
  const keys = found.flatMap(({ last, next, lastRevision }) => (lastRevision > 0 ? [last, next] : [next]))
  const revisions = await requests.getAll(keys, ['event_id', 'start', 'largest_size'])
  const sizes = new Map(revisions.map((item) => [keyText(keyOf(item)), Number(item['largest_size']?.N)]))
  const loaded = new Map<ReservationId, LoadedRows>()
  for (const { id, rows, last, next, lastRevision } of found) {
    const largestSize = lastRevision > 0 ? sizes.get(keyText(last)) : 0
    if (largestSize !== undefined && !sizes.has(keyText(next))) loaded.set(id, { rows, lastRevision, largestSize })
  }
  return loaded
}

const withoutReserved = (ids: readonly ReservationId[]) => ids.filter((id) => !isReservedId(id))

/** The attributes that a slot needs. A project's id that DynamoDB would not return unchanged is among the extra fields. */
const SLOT_ATTRIBUTES = ['event_id', 'start', 'end', 'site', 'project_id', EXTRA_FIELDS]
/** The cost of reading a row, as a number of bytes. */
const ROW_COST = 5000

/** The slots of many ids; none for an id only if it has no row. */
export async function slotsUnder(ids: readonly ReservationId[], context: TableContext) {
  const { requests, rowsOf } = context
  const rows = new Map<string, Slot & { readonly id: ReservationId; readonly key: string }>()
  const addSlots = async (items: readonly Item[]) => {
    let cost = 0
    for (const item of items) {
      if (cost >= CHUNK_BYTES) [cost] = [0, await yieldToEventLoop()]
      for (const row of rowsOf([item]))
        keepFirst(rowIdentity(row), { ...slotOf(row), id: row.reservation.id, key: row.key }, rows)
      cost += ROW_COST + (item[EXTRA_FIELDS]?.S?.length ?? 0)
    }
  }
  await requests.eachUnder(withoutReserved(ids), addSlots, SLOT_ATTRIBUTES)
  const found = Map.groupBy(rows.values(), ({ id }) => id)
  // One with a history may be on its way from one start to another.
  const missing = ids.filter((id) => !found.has(id))
  const others = await loadAllRows(missing, context)
  const inOrder = (slots: readonly Slot[]) =>
    slots.map(slotOf).toSorted((a, b) => a.reservation.start - b.reservation.start)
  return new Map(ids.map((id) => [id, inOrder(found.get(id) ?? others.get(id)?.rows ?? [])]))
}

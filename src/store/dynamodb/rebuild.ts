import { setTimeout as sleep } from 'node:timers/promises'
import { chunksOf, mapConcurrently, waitForAll } from '../../concurrency.ts'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { dayItemKeysOf, encodeEntries, type Entry, entryOf, type PlacedRow, placedRow } from './day-item.ts'
import {
  describeDayItem,
  distinctKeys,
  idOfHistory,
  isDayItem,
  isLongItem,
  type Key,
  keyAttributes,
  keyOf,
  keyText,
  MAX_ITEM_BYTES,
  sizeOf,
} from './items.ts'
import type { ItemWrite } from './item-write.ts'
import { rowsUnder } from './rows-by-id.ts'
import { keepFirst, rowIdentity } from './rows.ts'
import { FENCE_MS } from './state.ts'
import type { TableContext } from './table.ts'
import { findUnfinishedWrite } from './unfinished-writes.ts'

/** Called while a whole table is read: items read, day items written, and day items to write. */
export type OnProgress = (done: { readonly read: number; readonly written: number; readonly dayItems: number }) => void

export interface Rebuilt {
  readonly reservations: number
  readonly dayItems: number
  /** Reservations whose last change was only written in part, and has been completed. */
  readonly completed: number
}

/** Day items written between two checks that no other process has begun to rebuild; and ids completed. */
const DAY_ITEM_BATCH = 200
const ID_BATCH = 25

/**
 * Builds the day items of a table from its rows, and completes changes of which only a part was written. Meanwhile nothing
 * can be changed, and lists come from the indexes. Can be repeated.
 * @throws Failure `conflict` if another process has begun to do the same; `too_large` if a day has too many reservations
 */
export async function rebuildDayIndex(context: TableContext, onProgress: OnProgress = () => undefined) {
  const { requests, state, newToken, fence = FENCE_MS } = context
  const token = newToken()
  const before = await state.read()
  await state.begin('building', token)
  // By then every other process has noticed.
  if (before === 'built' || before === 'building') await sleep(fence)

  const progress = { read: 0, written: 0, dayItems: 0 }
  const scanned = await scanTable(context, (items) => onProgress({ ...progress, read: (progress.read += items) }))
  const assertMine = () => state.assertMine(token)
  const completed = await completeChanges(scanned.suspectIds, assertMine, context)
  const untouched = scanned.rows.filter(({ reservation }) => !completed.has(reservation.id))
  const rows = [...untouched, ...[...completed.values()].flat()]
  const dayItems = dayItemsOfRows(rows)
  const keys = distinctKeys([...[...dayItems.values()].map(({ key }) => key), ...scanned.dayItemKeys])
  const writes = keys.map((key) => dayItemWrite(key, dayItems.get(keyText(key))?.entries ?? [], newToken()))
  progress.dayItems = writes.length
  for (const batch of chunksOf(writes, DAY_ITEM_BATCH)) {
    await assertMine()
    await requests.writeAll(batch.filter(({ set }) => !set))
    await waitForAll(batch.filter(({ set }) => set).map((write) => requests.write(write)))
    onProgress({ ...progress, written: (progress.written += batch.length) })
  }
  await state.finish(token)
  return { reservations: rows.length, dayItems: dayItems.size, completed: completed.size } satisfies Rebuilt
}

/** Replaces a day item, or removes it if it has no entries. A long item also has the log of its site, which stays. */
function dayItemWrite(key: Key, entries: readonly Entry[], version: string): ItemWrite {
  const set = attributesOf({ entries: encodeEntries(entries), version })
  if (sizeOf(set) > MAX_ITEM_BYTES)
    throw new Failure('too_large', `There are more reservations on ${describeDayItem(key)} than fit into one item.`)
  if (isLongItem(key)) return { key, set, expected: {} }
  return { key, ...(entries.length > 0 && { put: { ...keyAttributes(key), ...set } }), expected: {} }
}

interface ScannedTable {
  readonly rows: readonly PlacedRow[]
  readonly dayItemKeys: readonly Key[]
  /** The ids with a row that is not of the last revision. */
  readonly suspectIds: ReadonlySet<ReservationId>
}

async function scanTable({ requests, rowsOf }: TableContext, onPage: (items: number) => void): Promise<ScannedTable> {
  const rows = new Map<string, PlacedRow>()
  const dayItemKeys: Key[] = []
  const lastRevisions = new Map<ReservationId, number>()
  for await (const items of requests.scan()) {
    for (const row of rowsOf(items)) keepFirst(rowIdentity(row), placedRow(row), rows)
    for (const key of items.map(keyOf)) {
      if (isDayItem(key.event_id)) dayItemKeys.push(key)
      const id = idOfHistory(key.event_id)
      if (id !== undefined) lastRevisions.set(id, Math.max(lastRevisions.get(id) ?? 0, Number(key.start)))
    }
    onPage(items.length)
  }
  const suspects = [...rows.values()].filter(
    ({ reservation: { id }, revision }) => revision !== (lastRevisions.get(id) ?? 0),
  )
  return {
    rows: [...rows.values()],
    dayItemKeys,
    suspectIds: new Set(suspects.map(({ reservation }) => reservation.id)),
  }
}

/** Completes changes. @returns the rows of each id that has been completed, as they are then */
async function completeChanges(
  suspectIds: Iterable<ReservationId>,
  assertMine: () => Promise<void>,
  context: TableContext,
): Promise<Map<ReservationId, readonly PlacedRow[]>> {
  const completed = new Map<ReservationId, readonly PlacedRow[]>()
  for (const batch of chunksOf([...suspectIds], ID_BATCH)) {
    await assertMine()
    await mapConcurrently(batch, ID_BATCH, async (id) => {
      const { writes = [] } = (await findUnfinishedWrite(id, context)) ?? {}
      if (writes.length === 0) return
      await context.requests.writeAll(writes)
      completed.set(id, (await rowsUnder(id, context)).map(placedRow))
    })
  }
  return completed
}

/** The day items that rows belong on, by the text of their keys. */
export function dayItemsOfRows(
  rows: Iterable<PlacedRow>,
): Map<string, { readonly key: Key; readonly entries: Entry[] }> {
  const dayItems = new Map<string, { readonly key: Key; readonly entries: Entry[] }>()
  for (const row of rows) {
    for (const key of dayItemKeysOf(row.reservation)) {
      const dayItem = dayItems.get(keyText(key)) ?? { key, entries: [] }
      dayItem.entries.push(entryOf(row))
      dayItems.set(keyText(key), dayItem)
    }
  }
  return dayItems
}

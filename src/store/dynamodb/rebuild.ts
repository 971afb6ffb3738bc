import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { attributesOf } from './attributes.ts'
import { type ReadContext, rowsUnder } from './by-id.ts'
import { fitsAlone } from './transaction.ts'
import { idOfHistory, isDayItem, type Key, keyAttributes, keyText, dayItemSortKey } from './items.ts'
import { findUnfinishedWrite } from './unfinished-writes.ts'
import { inBatches } from './requests.ts'
import { rowIdentity, type Row } from './rows.ts'
import { type Entry, entryOf, dayItemKeysOf, writeEntries } from './day-index.ts'
import { FENCE_MS, type DayIndexState } from './state.ts'

export interface RebuildContext extends ReadContext {
  readonly state: DayIndexState
  readonly newToken: () => string
  /** How long whoever may still believe in the old day items is waited for, in milliseconds. */
  readonly fence?: number
}

/** Of a table that is read through: how many of its items have been read, and how many of its day items written. */
export type OnProgress = (done: { readonly read: number; readonly written: number; readonly dayItems: number }) => void

export interface Rebuilt {
  readonly reservations: number
  readonly dayItems: number
  /** Reservations of whose last change only a part was there, which is whole now. */
  readonly completed: number
}

/** How many day items are on their way at a time. */
const CONCURRENCY = 200
/** And how many reservations are looked at. */
const BATCH = 25

/**
 * Makes the day items of a table out of its rows, by reading all of it, and makes whole what is there in part. Until that is done nothing can be changed, and
 * lists come from the indexes. May be repeated, after it broke off or after the original has written to the table.
 * @throws Failure `conflict` when somebody else has begun to do the same; `too_large` for a day that has too many
 */
export async function rebuildDayIndex(context: RebuildContext, onProgress: OnProgress = () => undefined): Promise<Rebuilt> {
  const { requests, state, newToken, fence = FENCE_MS } = context
  const token = newToken()
  const before = await state.read()
  await state.begin('building', token)
  // Whoever else is at it, or believes in the day items there are, has noticed by then.
  if (before === 'built' || before === 'building') await sleep(fence)

  const progress = { read: 0, written: 0, dayItems: 0 }
  const { rows, old, partial: unfinished } = await readAll(context, (items) => onProgress({ ...progress, read: (progress.read += items) }))
  const completed = await completeUnfinished(unfinished, rows, () => state.assertMine(token), context)
  const dayItems = dayItemsOfRows(rows.values())
  const stale = old.filter((key) => !dayItems.has(keyText(key)))
  const puts = [...dayItems.values()].map(({ key, entries }) => {
    const Item = { ...keyAttributes(key), ...attributesOf({ entries: writeEntries([...entries.values()]), version: newToken() }) }
    if (!fitsAlone(Item)) throw new Failure('too_large', `There are more reservations on ${dayItemSortKey(key)} than fit into one item.`)
    return { PutRequest: { Item } }
  })
  const writes = [...puts, ...stale.map((key) => ({ DeleteRequest: { Key: keyAttributes(key) } }))]
  progress.dayItems = writes.length
  for (const batch of inBatches(writes, CONCURRENCY)) {
    await state.assertMine(token)
    await requests.writeAll(batch)
    onProgress({ ...progress, written: (progress.written += batch.length) })
  }
  await state.finish(token)
  return { reservations: rows.size, dayItems: dayItems.size, completed }
}

interface ScannedTable {
  readonly rows: Map<string, Row>
  /** The keys of the day items there are. */
  readonly old: readonly Key[]
  /** The ids whose rows do not say that they are of the last revision. */
  readonly partial: ReadonlySet<ReservationId>
}

/** Reads a whole table. */
async function readAll({ requests, rowsOf }: RebuildContext, onPage: (items: number) => void): Promise<ScannedTable> {
  const rows = new Map<string, Row>()
  const old: Key[] = []
  const last = new Map<ReservationId, number>()
  for await (const items of requests.scan({})) {
    for (const row of rowsOf(items)) dropDuplicates(row, rows)
    for (const { event_id: id, start } of items) {
      const key = { event_id: id?.S ?? '', start: start?.S ?? '' }
      if (isDayItem(key.event_id)) old.push(key)
      const owner = idOfHistory(key.event_id)
      if (owner !== undefined) last.set(owner, Math.max(last.get(owner) ?? 0, Number(key.start)))
    }
    onPage(items.length)
  }
  const stale = [...rows.values()].filter(({ reservation: { id }, revision }) => revision !== (last.get(id) ?? 0))
  return { rows, old, partial: new Set(stale.map(({ reservation }) => reservation.id)) }
}

/** Makes whole what can be, in the table and among the rows that were read. @returns of how many ids */
async function completeUnfinished(suspectIds: Iterable<ReservationId>, rows: Map<string, Row>, assertMine: () => Promise<void>, context: RebuildContext): Promise<number> {
  let completed = 0
  for (const batch of inBatches([...suspectIds], BATCH)) {
    await assertMine()
    const counts = await Promise.all(batch.map((id) => completeId(id, rows, context)))
    completed += counts.filter(Boolean).length
  }
  return completed
}

async function completeId(id: ReservationId, rows: Map<string, Row>, context: RebuildContext): Promise<boolean> {
  const { writes = [] } = (await findUnfinishedWrite(id, context)) ?? {}
  if (writes.length === 0) return false
  const before = await rowsUnder(id, context)
  await context.requests.writeAll(writes)
  for (const row of before) rows.delete(rowIdentity(row))
  for (const row of await rowsUnder(id, context)) rows.set(rowIdentity(row), row)
  return true
}

/** As `rowReader` has it for those of one page: of two that name the same instant the first counts. */
export function dropDuplicates(row: Row, rows: Map<string, Row>): void {
  const known = rows.get(rowIdentity(row))
  if (!known || row.key < known.key) rows.set(rowIdentity(row), row)
}

/** The day items that rows are on, by name. */
export function dayItemsOfRows(rows: Iterable<Row>): Map<string, { readonly key: Key; readonly entries: Map<string, Entry> }> {
  const dayItems = new Map<string, { readonly key: Key; readonly entries: Map<string, Entry> }>()
  for (const row of rows) {
    for (const key of dayItemKeysOf(row.reservation)) {
      const dayItem = dayItems.get(keyText(key)) ?? { key, entries: new Map() }
      dayItem.entries.set(rowIdentity(row), entryOf(row))
      dayItems.set(keyText(key), dayItem)
    }
  }
  return dayItems
}

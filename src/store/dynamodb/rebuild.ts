import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import { attributesOf } from './attributes.ts'
import { type Reading, rowsUnder } from './by-id.ts'
import { fitsAlone } from './draft.ts'
import { idOfHistory, isSheet, type Key, keyAttributes, nameOf, sheetNameOf } from './keys.ts'
import { partialUnder } from './partial.ts'
import { inBatches } from './requests.ts'
import { placeOf, type Row } from './rows.ts'
import { type Entry, entryOf, sheetKeysOf, writeEntries } from './sheets.ts'
import { FENCE_MS, type SheetsState } from './state.ts'

export interface Rebuilding extends Reading {
  readonly state: SheetsState
  readonly newToken: () => string
  /** How long whoever may still believe in the old sheets is waited for, in milliseconds. */
  readonly fence?: number
}

/** Of a table that is read through: how many of its items have been read, and how many of its sheets written. */
export type OnProgress = (done: { readonly read: number; readonly written: number; readonly sheets: number }) => void

export interface Rebuilt {
  readonly reservations: number
  readonly sheets: number
  /** Reservations of whose last change only a part was there, which is whole now. */
  readonly completed: number
}

/** How many sheets are on their way at a time. */
const AT_ONCE = 200
/** And how many reservations are looked at. */
const TOGETHER = 25

/**
 * Makes the sheets of a table out of its rows, by reading all of it, and makes whole what is there in part. Until that is done nothing can be changed, and
 * lists come from the indexes. May be repeated, after it broke off or after the original has written to the table.
 * @throws Failure `conflict` when somebody else has begun to do the same; `too_large` for a day that has too many
 */
export async function rebuildSheets(rebuilding: Rebuilding, onProgress: OnProgress = () => undefined): Promise<Rebuilt> {
  const { requests, state, newToken, fence = FENCE_MS } = rebuilding
  const mine = newToken()
  const before = await state.read()
  await state.begin('building', mine)
  // Whoever else is at it, or believes in the sheets there are, has noticed by then.
  if (before === 'built' || before === 'building') await sleep(fence)

  const progress = { read: 0, written: 0, sheets: 0 }
  const { rows, old, partial } = await readAll(rebuilding, (items) => onProgress({ ...progress, read: (progress.read += items) }))
  const completed = await complete(partial, rows, () => state.assertMine(mine), rebuilding)
  const sheets = sheetsOfRows(rows.values())
  const stale = old.filter((key) => !sheets.has(nameOf(key)))
  const puts = [...sheets.values()].map(({ key, entries }) => {
    const Item = { ...keyAttributes(key), ...attributesOf({ entries: writeEntries([...entries.values()]), version: newToken() }) }
    if (!fitsAlone(Item)) throw new Failure('too_large', `There are more reservations on ${sheetNameOf(key)} than fit into one item.`)
    return { PutRequest: { Item } }
  })
  const writes = [...puts, ...stale.map((key) => ({ DeleteRequest: { Key: keyAttributes(key) } }))]
  progress.sheets = writes.length
  for (const some of inBatches(writes, AT_ONCE)) {
    await state.assertMine(mine)
    await requests.writeAll(some)
    onProgress({ ...progress, written: (progress.written += some.length) })
  }
  await state.finish(mine)
  return { reservations: rows.size, sheets: sheets.size, completed }
}

interface Found {
  readonly rows: Map<string, Row>
  /** The keys of the sheets there are. */
  readonly old: readonly Key[]
  /** The ids whose rows do not say that they are of the last revision. */
  readonly partial: ReadonlySet<ReservationId>
}

/** Reads a whole table. */
async function readAll({ requests, rowsOf }: Rebuilding, onPage: (items: number) => void): Promise<Found> {
  const rows = new Map<string, Row>()
  const old: Key[] = []
  const last = new Map<ReservationId, number>()
  for await (const items of requests.scan({})) {
    for (const row of rowsOf(items)) keepFirst(row, rows)
    for (const { event_id: id, start } of items) {
      const key = { event_id: id?.S ?? '', start: start?.S ?? '' }
      if (isSheet(key.event_id)) old.push(key)
      const whose = idOfHistory(key.event_id)
      if (whose !== undefined) last.set(whose, Math.max(last.get(whose) ?? 0, Number(key.start)))
    }
    onPage(items.length)
  }
  const behind = [...rows.values()].filter(({ reservation: { id }, revision }) => revision !== (last.get(id) ?? 0))
  return { rows, old, partial: new Set(behind.map(({ reservation }) => reservation.id)) }
}

/** Makes whole what can be, in the table and among the rows that were read. @returns of how many ids */
async function complete(suspects: Iterable<ReservationId>, rows: Map<string, Row>, assertMine: () => Promise<void>, rebuilding: Rebuilding): Promise<number> {
  let completed = 0
  for (const some of inBatches([...suspects], TOGETHER)) {
    await assertMine()
    const counts = await Promise.all(some.map((id) => completeOne(id, rows, rebuilding)))
    completed += counts.filter(Boolean).length
  }
  return completed
}

async function completeOne(id: ReservationId, rows: Map<string, Row>, rebuilding: Rebuilding): Promise<boolean> {
  const { writes = [] } = (await partialUnder(id, rebuilding)) ?? {}
  if (writes.length === 0) return false
  const before = await rowsUnder(id, rebuilding)
  await rebuilding.requests.writeAll(writes)
  for (const row of before) rows.delete(placeOf(row))
  for (const row of await rowsUnder(id, rebuilding)) rows.set(placeOf(row), row)
  return true
}

/** As `rowReader` has it for those of one page: of two that name the same instant the first counts. */
export function keepFirst(row: Row, rows: Map<string, Row>): void {
  const known = rows.get(placeOf(row))
  if (!known || row.key < known.key) rows.set(placeOf(row), row)
}

/** The sheets that rows are on, by name. */
export function sheetsOfRows(rows: Iterable<Row>): Map<string, { readonly key: Key; readonly entries: Map<string, Entry> }> {
  const sheets = new Map<string, { readonly key: Key; readonly entries: Map<string, Entry> }>()
  for (const row of rows) {
    for (const key of sheetKeysOf(row.reservation)) {
      const sheet = sheets.get(nameOf(key)) ?? { key, entries: new Map() }
      sheet.entries.set(placeOf(row), entryOf(row))
      sheets.set(nameOf(key), sheet)
    }
  }
  return sheets
}

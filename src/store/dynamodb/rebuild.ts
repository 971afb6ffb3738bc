import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import { attributesOf } from './attributes.ts'
import { fitsAlone } from './draft.ts'
import { isSheet, type Key, keyAttributes, nameOf, sheetNameOf } from './keys.ts'
import { inBatches, type Requests } from './requests.ts'
import { placeOf, type Row, type RowReader } from './rows.ts'
import { type Entry, entryOf, sheetKeysOf, writeEntries } from './sheets.ts'
import { FENCE_MS, type SheetsState } from './state.ts'

export interface Rebuilding {
  readonly requests: Requests
  readonly rowsOf: RowReader
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
}

/** How many sheets are on their way at a time. */
const AT_ONCE = 200

/**
 * Makes the sheets of a table out of its rows, by reading all of it. Until that is done nothing can be changed, and
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
  const { rows, old } = await readAll(rebuilding, (items) => onProgress({ ...progress, read: (progress.read += items) }))
  const sheets = sheetsOfRows(rows)
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
  return { reservations: rows.length, sheets: sheets.size }
}

/** Every row of a table, and the key of every sheet. */
async function readAll({ requests, rowsOf }: Rebuilding, onPage: (items: number) => void): Promise<{ rows: Row[]; old: Key[] }> {
  const rows = new Map<string, Row>()
  const old: Key[] = []
  for await (const items of requests.scan({})) {
    for (const row of rowsOf(items)) keepFirst(row, rows)
    for (const { event_id: id, start } of items) if (isSheet(id?.S ?? '')) old.push({ event_id: id?.S ?? '', start: start?.S ?? '' })
    onPage(items.length)
  }
  return { rows: [...rows.values()], old }
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

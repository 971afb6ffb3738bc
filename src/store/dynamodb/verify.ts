import { isForReceiver } from '../../domain/outbox-message.ts'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import {
  conflictingPairs,
  duplicateRows,
  type Finding,
  type IndexedEntry,
  overlapFound,
  problem,
  undelivered,
  type VerificationTable,
} from '../integrity.ts'
import { type DayItem, dayItemKeysOf, dayItemOf, encodeEntries, type Entry, entryOf } from './day-item.ts'
import { retry } from './errors.ts'
import { wholeHistory } from './history.ts'
import { describeDayItem, idOfHistory, isDayItem, type Key, keyOf, keyText } from './items.ts'
import { allMessages } from './messages.ts'
import { dayItemsOfRows, type OnProgress } from './rebuild.ts'
import { allItems } from './requests.ts'
import { rowsUnder } from './rows-by-id.ts'
import { type Row } from './rows.ts'
import type { TableContext } from './table.ts'
import { findUnfinishedWrite, type UnfinishedWrite } from './unfinished-writes.ts'

/** Checks of a difference before it is reported, since a change that is being written makes some; and the first pause. */
const MAX_CHECKS = 3
const FIRST_PAUSE_MS = 130

const NOT_BUILT = {
  none: 'not built yet',
  building: 'being built',
  importing: 'not built before all is taken over',
} as const

/**
 * Reads a whole table, while others use it, and finds what is wrong with it. Changes nothing.
 * @param table holds what is read, and is closed at the end
 */
export async function* verifyTable(
  context: TableContext,
  table: VerificationTable,
  onProgress: OnProgress = () => undefined,
): AsyncGenerator<Finding> {
  try {
    const state = await context.state.read()
    if (state !== 'built') yield problem(`the day items are ${NOT_BUILT[state]}`)
    await fillTable(table, context, onProgress)
    if (state === 'built')
      for (const { id, dayItems } of table.differing()) yield* indexFindings(id, dayItems.map(keyFromText), context)
    yield* historyFindings(table, context)
    yield* overlapFindings(table, context)
    const messages = await allItems(allMessages(context.requests))
    const receivers = messages.filter(({ message }) => isForReceiver(message)).length
    yield* undelivered({ projects: messages.length - receivers, receivers })
  } finally {
    table.close()
  }
}

async function fillTable(table: VerificationTable, { requests, rowsOf }: TableContext, onProgress: OnProgress) {
  let read = 0
  for await (const items of requests.scan()) {
    for (const row of rowsOf(items)) addRow(row, table)
    for (const item of items) {
      const { event_id, start } = keyOf(item)
      const id = idOfHistory(event_id)
      if (isDayItem(event_id)) addDayItem(dayItemOf(item), table)
      else if (id !== undefined) table.addRevision(id, Number(start), 'after' in item)
    }
    onProgress({ read: (read += items.length), written: 0, dayItems: 0 })
  }
}

function addRow(row: Row, table: VerificationTable): void {
  const { reservation, revision, key } = row
  table.addRow({ reservation: { ...reservation, creator: '', title: '', note: '', extra: {} }, revision, key })
  for (const dayItem of dayItemKeysOf(reservation)) table.addExpected(indexedEntry(dayItem, entryOf(row)))
}

function addDayItem({ key, entries }: DayItem, table: VerificationTable): void {
  for (const entry of entries) table.addActual(indexedEntry(key, entry))
}

const indexedEntry = (key: Key, entry: Entry): IndexedEntry => ({
  dayItem: keyText(key),
  entry: encodeEntries([entry]),
  id: entry.id,
})

function keyFromText(text: string): Key {
  const cut = text.lastIndexOf('\n')
  return { event_id: text.slice(0, cut), start: text.slice(cut + 1) }
}

/** @param suspects the keys of the day items that differed when the table was read */
async function* indexFindings(id: ReservationId, suspects: readonly Key[], context: TableContext) {
  let wrong: Key[] = []
  await retry(MAX_CHECKS, FIRST_PAUSE_MS, async () => {
    const expected = dayItemsOfRows(await rowsUnder(id, context))
    const keys = new Map(
      [...suspects, ...[...expected.values()].map(({ key }) => key)].map((key) => [keyText(key), key]),
    )
    const items = (await context.requests.getAll([...keys.values()])).map(dayItemOf)
    const actual = new Map(items.map(({ key, entries }) => [keyText(key), entries.filter((entry) => entry.id === id)]))
    const isWrong = (name: string) =>
      encodeEntries(expected.get(name)?.entries ?? []) !== encodeEntries(actual.get(name) ?? [])
    wrong = [...keys].flatMap(([name, key]) => (isWrong(name) ? [key] : []))
    return wrong.length === 0
  })
  for (const key of wrong) yield problem(`${quoted(id)}: ${describeDayItem(key)} does not say what stands`)
}

async function* historyFindings(table: VerificationTable, context: TableContext): AsyncGenerator<Finding> {
  for (const id of table.suspectIds()) {
    let unfinished: UnfinishedWrite | undefined
    await retry(
      MAX_CHECKS,
      FIRST_PAUSE_MS,
      async () => (unfinished = await findUnfinishedWrite(id, context)) === undefined,
    )
    if (unfinished) yield { severity: unfinished.severity, text: `${quoted(id)}: ${unfinished.text}` }
    else if (await hasGaps(id, context)) yield problem(`${quoted(id)}: its history has gaps`)
  }
  for (const { id, starts } of table.atSeveralStarts()) yield duplicateRows(id, starts)
}

const hasGaps = async (id: ReservationId, context: TableContext) =>
  (await wholeHistory(id, context)).some(({ number }, index) => number !== index + 1)

async function* overlapFindings(table: VerificationTable, context: TableContext): AsyncGenerator<Finding> {
  const overlappingOf = async ({ reservation: { id } }: Stored) =>
    (await wholeHistory(id, context)).flatMap(({ overlapping }) => overlapping)
  for (const pair of conflictingPairs(table.rows())) {
    // One may have been deleted before the other was made, while the table was read.
    const exist = await Promise.all(pair.map((one) => exists(one, context)))
    if (exist.every(Boolean))
      yield overlapFound(pair, { a: await overlappingOf(pair[0]), b: await overlappingOf(pair[1]) })
  }
}

const exists = async ({ reservation: { id, start }, revision }: Stored, context: TableContext) =>
  (await rowsUnder(id, context)).some((row) => row.reservation.start === start && row.revision === revision)

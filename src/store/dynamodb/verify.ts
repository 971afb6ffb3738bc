import { setTimeout as sleep } from 'node:timers/promises'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { conflictingPairs, type Finding, overlapFound, problem, notice } from '../integrity.ts'
import type { RowCodec } from '../port.ts'
import { wholeHistoryUnder, rowsUnder } from './by-id.ts'
import { idOfHistory, isDayItem, type Key, keyText, dayItemSortKey } from './items.ts'
import { MESSAGES } from './messages.ts'
import { type UnfinishedWrite, findUnfinishedWrite } from './unfinished-writes.ts'
import { keyNamed, type VerificationTable, addRowToTable, addDayItemToTable } from './verification-table.ts'
import { type OnProgress, dayItemsOfRows } from './rebuild.ts'
import type { Requests } from './requests.ts'
import type { Row, RowReader } from './rows.ts'
import { type Entry, dayItemOf, writeEntries } from './day-index.ts'
import type { DayIndexState } from './state.ts'

export interface VerifyContext {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly codec: RowCodec
  readonly state: DayIndexState
}

/** How often a difference is looked at before it is believed: what is being written makes some. */
const MAX_LOOKS = 3
const PAUSE_MS = 200

/**
 * Reads a whole table and says what is not as it should be, while others read it and write to it. Changes nothing.
 * @param table where what is read is heaped up; in the end it is closed
 */
export async function* verifyTable(context: VerifyContext, table: VerificationTable, onProgress: OnProgress = () => undefined): AsyncGenerator<Finding> {
  try {
    yield* findings(context, table, onProgress)
  } finally {
    table.close()
  }
}

async function* findings(context: VerifyContext, table: VerificationTable, onProgress: OnProgress): AsyncGenerator<Finding> {
  const state = await context.state.read()
  if (state !== 'built') yield problem(`the day items are ${state === 'none' ? 'not built yet' : state === 'building' ? 'being built' : 'not built before all is taken over'}`)
  await readAll(context, table, onProgress)
  if (state === 'built') for (const { id, dayItems } of table.differing()) yield* differences(id, dayItems.map(keyNamed), context)
  yield* historyFindings(table, context)
  for (const pair of conflictingPairs(table.standing())) {
    // One may have gone before the other came, while the table was read.
    if (!(await stillExist(pair, context))) continue
    yield overlapFound(pair, { a: await overlappingOf(pair[0], context), b: await overlappingOf(pair[1], context) })
  }
  const depth = await context.requests.count(MESSAGES)
  if (depth > 0) yield notice(`${depth} waiting to be told to the projects service`)
}

async function stillExist(pair: readonly Stored[], context: VerifyContext): Promise<boolean> {
  const stored = await Promise.all(
    pair.map(async ({ reservation: { id, start }, revision }) =>
      (await rowsUnder(id, context)).some((row) => row.reservation.start === start && row.revision === revision),
    ),
  )
  return stored.every(Boolean)
}

const overlappingOf = async ({ reservation }: Pick<Row, 'reservation'>, context: VerifyContext) =>
  (await wholeHistoryUnder(reservation.id, context)).flatMap(({ overlapping }) => overlapping)

async function readAll({ requests, rowsOf }: VerifyContext, table: VerificationTable, onProgress: OnProgress): Promise<void> {
  let read = 0
  for await (const items of requests.scan({})) {
    for (const row of rowsOf(items)) addRowToTable(row, table)
    for (const item of items) {
      const eventId = item['event_id']?.S ?? ''
      const id = idOfHistory(eventId)
      if (isDayItem(eventId)) addDayItemToTable(dayItemOf(item), table)
      else if (id !== undefined) table.addRevision(id, Number(item['start']?.S), 'after' in item)
    }
    onProgress({ read: (read += items.length), written: 0, dayItems: 0 })
  }
}

/** Looks again at what differed, until it no longer does or is to be believed. */
async function* differences(id: ReservationId, suspectIds: readonly Key[], context: VerifyContext): AsyncGenerator<Finding> {
  let problems: Key[] = []
  for (let check = 1; check <= MAX_LOOKS; check += 1) {
    const requested = dayItemsOfRows(await rowsUnder(id, context))
    const keys = new Map([...suspectIds, ...[...requested.values()].map(({ key }) => key)].map((key) => [keyText(key), key]))
    const items = await context.requests.getAll([...keys.values()])
    const dayItems = new Map(items.map(dayItemOf).map((dayItem) => [keyText(dayItem.key), dayItem.entries.filter((entry) => entry.id === id)]))
    const textOf = (entries: Iterable<Entry> | undefined) => writeEntries([...(entries ?? [])])
    problems = [...keys.values()].filter((key) => textOf(requested.get(keyText(key))?.entries.values()) !== textOf(dayItems.get(keyText(key))))
    if (problems.length === 0) return
    await sleep(PAUSE_MS)
  }
  for (const key of problems) yield problem(`${quoted(id)}: ${dayItemSortKey(key)} does not say what stands`)
}

/** Looks again at what is there in part, until it no longer is or is to be believed: what is being written is so for a moment. */
async function findUnfinished(id: ReservationId, context: VerifyContext): Promise<UnfinishedWrite | undefined> {
  let unfinished: UnfinishedWrite | undefined
  for (let check = 1; check <= MAX_LOOKS; check += 1) {
    unfinished = await findUnfinishedWrite(id, context)
    if (!unfinished) return undefined
    await sleep(PAUSE_MS)
  }
  return unfinished
}

async function* historyFindings(table: VerificationTable, context: VerifyContext): AsyncGenerator<Finding> {
  for (const id of table.doubtful()) {
    const unfinished = await findUnfinished(id, context)
    if (unfinished) yield { severity: unfinished.severity, text: `${quoted(id)}: ${unfinished.text}` }
    else if ((await wholeHistoryUnder(id, context)).some(({ number }, index) => number !== index + 1)) yield problem(`${quoted(id)}: its history has gaps`)
  }
  for (const { id, starts } of table.atSeveralStarts()) yield notice(`${quoted(id)}: stands at ${starts} starts`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { quoted } from '../../domain/text.ts'
import { conflictingPairs, type Finding, overlapFound, problem, remark } from '../finding.ts'
import type { RowCodec } from '../store.ts'
import { wholeHistoryUnder, rowsUnder } from './by-id.ts'
import { idOfHistory, isSheet, type Key, nameOf, sheetNameOf } from './keys.ts'
import { MESSAGES } from './messages.ts'
import { type Partial, partialUnder } from './partial.ts'
import { keyNamed, type Pile, pileRow, pileSheet } from './pile.ts'
import { type OnProgress, sheetsOfRows } from './rebuild.ts'
import type { Requests } from './requests.ts'
import type { Row, RowReader } from './rows.ts'
import { type Entry, sheetOf, writeEntries } from './sheets.ts'
import type { SheetsState } from './state.ts'

export interface Verifying {
  readonly requests: Requests
  readonly rowsOf: RowReader
  readonly codec: RowCodec
  readonly state: SheetsState
}

/** How often a difference is looked at before it is believed: what is being written makes some. */
const LOOKS = 3
const PAUSE_MS = 200

/**
 * Reads a whole table and says what is not as it should be, while others read it and write to it. Changes nothing.
 * @param pile where what is read is heaped up; in the end it is closed
 */
export async function* verifyTable(verifying: Verifying, pile: Pile, onProgress: OnProgress = () => undefined): AsyncGenerator<Finding> {
  try {
    yield* findings(verifying, pile, onProgress)
  } finally {
    pile.close()
  }
}

async function* findings(verifying: Verifying, pile: Pile, onProgress: OnProgress): AsyncGenerator<Finding> {
  const state = await verifying.state.read()
  if (state !== 'built') yield problem(`the sheets are ${state === 'none' ? 'not built yet' : state === 'building' ? 'being built' : 'not built before all is taken over'}`)
  await readAll(verifying, pile, onProgress)
  if (state === 'built') for (const { id, sheets } of pile.differing()) yield* differences(id, sheets.map(keyNamed), verifying)
  yield* historyFindings(pile, verifying)
  for (const pair of conflictingPairs(pile.standing())) {
    // One may have gone before the other came, while the table was read.
    if (!(await stillStand(pair, verifying))) continue
    yield overlapFound(pair, { a: await acrossOf(pair[0], verifying), b: await acrossOf(pair[1], verifying) })
  }
  const depth = await verifying.requests.count(MESSAGES)
  if (depth > 0) yield remark(`${depth} waiting to be told to the projects service`)
}

async function stillStand(pair: readonly Stored[], verifying: Verifying): Promise<boolean> {
  const standing = await Promise.all(
    pair.map(async ({ reservation: { id, start }, revision }) =>
      (await rowsUnder(id, verifying)).some((row) => row.reservation.start === start && row.revision === revision),
    ),
  )
  return standing.every(Boolean)
}

const acrossOf = async ({ reservation }: Pick<Row, 'reservation'>, verifying: Verifying) =>
  (await wholeHistoryUnder(reservation.id, verifying)).flatMap(({ across }) => across)

async function readAll({ requests, rowsOf }: Verifying, pile: Pile, onProgress: OnProgress): Promise<void> {
  let read = 0
  for await (const items of requests.scan({})) {
    for (const row of rowsOf(items)) pileRow(row, pile)
    for (const item of items) {
      const eventId = item['event_id']?.S ?? ''
      const id = idOfHistory(eventId)
      if (isSheet(eventId)) pileSheet(sheetOf(item), pile)
      else if (id !== undefined) pile.addRevision(id, Number(item['start']?.S), 'after' in item)
    }
    onProgress({ read: (read += items.length), written: 0, sheets: 0 })
  }
}

/** Looks again at what differed, until it no longer does or is to be believed. */
async function* differences(id: ReservationId, suspects: readonly Key[], verifying: Verifying): AsyncGenerator<Finding> {
  let wrong: Key[] = []
  for (let look = 1; look <= LOOKS; look += 1) {
    const wanted = sheetsOfRows(await rowsUnder(id, verifying))
    const keys = new Map([...suspects, ...[...wanted.values()].map(({ key }) => key)].map((key) => [nameOf(key), key]))
    const items = await verifying.requests.getAll([...keys.values()])
    const sheets = new Map(items.map(sheetOf).map((sheet) => [nameOf(sheet.key), sheet.entries.filter((entry) => entry.id === id)]))
    const textOf = (entries: Iterable<Entry> | undefined) => writeEntries([...(entries ?? [])])
    wrong = [...keys.values()].filter((key) => textOf(wanted.get(nameOf(key))?.entries.values()) !== textOf(sheets.get(nameOf(key))))
    if (wrong.length === 0) return
    await sleep(PAUSE_MS)
  }
  for (const key of wrong) yield problem(`${quoted(id)}: ${sheetNameOf(key)} does not say what stands`)
}

/** Looks again at what is there in part, until it no longer is or is to be believed: what is being written is so for a moment. */
async function lastingPartial(id: ReservationId, verifying: Verifying): Promise<Partial | undefined> {
  let partial: Partial | undefined
  for (let look = 1; look <= LOOKS; look += 1) {
    partial = await partialUnder(id, verifying)
    if (!partial) return undefined
    await sleep(PAUSE_MS)
  }
  return partial
}

async function* historyFindings(pile: Pile, verifying: Verifying): AsyncGenerator<Finding> {
  for (const id of pile.doubtful()) {
    const partial = await lastingPartial(id, verifying)
    if (partial) yield { gravity: partial.gravity, text: `${quoted(id)}: ${partial.what}` }
    else if ((await wholeHistoryUnder(id, verifying)).some(({ number }, index) => number !== index + 1)) yield problem(`${quoted(id)}: its history has gaps`)
  }
  for (const { id, starts } of pile.atSeveralStarts()) yield remark(`${quoted(id)}: stands at ${starts} starts`)
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import { conflictingPairs, type Finding, overlapFound, problem, remark } from '../finding.ts'
import type { RowCodec } from '../store.ts'
import { wholeHistoryUnder, rowsUnder } from './by-id.ts'
import { idOfHistory, isSheet, type Key, nameOf, sheetNameOf } from './keys.ts'
import { MESSAGES } from './messages.ts'
import { keepFirst, type OnProgress, sheetsOfRows } from './rebuild.ts'
import type { Requests } from './requests.ts'
import { byStart, type Row, type RowReader } from './rows.ts'
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

/** What a table holds, read page by page. */
interface Found {
  readonly rows: Map<string, Row>
  readonly sheets: Map<string, { readonly key: Key; readonly entries: readonly Entry[] }>
  readonly histories: Map<ReservationId, { count: number; last: number }>
}

/** Reads a whole table and says what is not as it should be, while others read it and write to it. Changes nothing. */
export async function* verifyTable(verifying: Verifying, onProgress: OnProgress = () => undefined): AsyncGenerator<Finding> {
  const state = await verifying.state.read()
  if (state !== 'built') yield problem(`the sheets are ${state === 'none' ? 'not built yet' : state === 'building' ? 'being built' : 'not built before all is taken over'}`)
  const found = await readAll(verifying, onProgress)
  if (state === 'built') for (const [id, keys] of differing(found)) yield* differences(id, keys, verifying)
  yield* historyFindings(found, verifying)
  for (const pair of conflictingPairs(bySite(found.rows))) {
    // One may have gone before the other came, while the table was read.
    if (!(await stillStand(pair, verifying))) continue
    yield overlapFound(pair, { a: await acrossOf(pair[0], verifying), b: await acrossOf(pair[1], verifying) })
  }
  const depth = await verifying.requests.count(MESSAGES)
  if (depth > 0) yield remark(`${depth} waiting to be told to the projects service`)
}

const bySite = (rows: Found['rows']) =>
  [...rows.values()].toSorted((a, b) => (a.reservation.site === b.reservation.site ? byStart(a, b) : a.reservation.site < b.reservation.site ? -1 : 1))

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

async function readAll({ requests, rowsOf }: Verifying, onProgress: OnProgress): Promise<Found> {
  const found: Found = { rows: new Map(), sheets: new Map(), histories: new Map() }
  let read = 0
  for await (const items of requests.scan({})) {
    for (const row of rowsOf(items)) keepFirst(row, found.rows)
    for (const item of items) {
      const eventId = item['event_id']?.S ?? ''
      const sheet = isSheet(eventId) ? sheetOf(item) : undefined
      if (sheet) found.sheets.set(nameOf(sheet.key), sheet)
      const id = idOfHistory(eventId)
      if (id === undefined) continue
      const { count, last } = found.histories.get(id) ?? { count: 0, last: 0 }
      found.histories.set(id, { count: count + 1, last: Math.max(last, Number(item['start']?.S)) })
    }
    onProgress({ read: (read += items.length), written: 0, sheets: 0 })
  }
  return found
}

/** What is on one side only, by id: the sheets where that is so. */
function differing({ rows, sheets }: Found): Map<ReservationId, Key[]> {
  const differing = new Map<ReservationId, Key[]>()
  const wanted = sheetsOfRows(rows.values())
  for (const name of new Set([...wanted.keys(), ...sheets.keys()])) {
    const [should, does] = [wanted.get(name), sheets.get(name)]
    const key = (should ?? does)?.key as Key
    for (const id of idsOnOneSide([...(should?.entries.values() ?? [])], does?.entries ?? [])) {
      differing.set(id, [...(differing.get(id) ?? []), key])
    }
  }
  return differing
}

function idsOnOneSide(a: readonly Entry[], b: readonly Entry[]): Set<ReservationId> {
  const [as, bs] = [a, b].map((entries) => new Map(entries.map((entry) => [writeEntries([entry]), entry.id]))) as [Map<string, string>, Map<string, string>]
  const only = (mine: Map<string, string>, other: Map<string, string>) => [...mine].filter(([text]) => !other.has(text)).map(([, id]) => id)
  return new Set([...only(as, bs), ...only(bs, as)])
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
  for (const key of wrong) yield problem(`${id}: ${sheetNameOf(key)} does not say what stands`)
}

async function* historyFindings({ rows, histories }: Found, verifying: Verifying): AsyncGenerator<Finding> {
  const starts = new Map<ReservationId, number>()
  const suspects = new Set<ReservationId>()
  for (const { reservation: { id }, revision } of rows.values()) {
    starts.set(id, (starts.get(id) ?? 0) + 1)
    if (revision > (histories.get(id)?.last ?? 0)) suspects.add(id)
  }
  for (const [id, { count, last }] of histories) if (count !== last) suspects.add(id)
  for (const id of suspects) {
    // The rows before the history: what is being written now is in it by then.
    const standing = await rowsUnder(id, verifying)
    const history = await wholeHistoryUnder(id, verifying)
    if (standing.some(({ revision }) => revision > history.length)) yield problem(`${id}: its last revision is missing from its history`)
    else if (history.some(({ number }, index) => number !== index + 1)) yield problem(`${id}: its history has gaps`)
  }
  for (const [id, count] of starts) if (count > 1) yield remark(`${id}: stands at ${count} starts`)
}

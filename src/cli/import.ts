import { Failure } from '../domain/failure.ts'
import { overlaps } from '../domain/interval.ts'
import { LONGEST_ID } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import { type Imported, importRow } from '../service/import.ts'
import type { World } from '../service/world.ts'
import { type LegacyRow, readLegacy } from '../wire/legacy.ts'
import { troubleOf } from './explain.ts'
import { counted, emptyReport, note, noted, type Report } from './import-report.ts'
import { withBar } from './progress.ts'
import type { Line, Rows } from './rows.ts'
import { interruption, Trouble } from './trouble.ts'

/** Few enough to share one transaction and one fsync; where a store commits fewer together, each waits for the others. */
const AT_ONCE = 200
const ROUNDS_AT_ONCE = 4
/** Parsed, a line takes several times its bytes. */
const BYTES_AT_ONCE = 4 * 1024 * 1024
const MOST_NAMED = 5

export interface Importing {
  /** What whoever asks calls the file and the store. */
  readonly file: string
  readonly store: string
  /** Opens the store, once there is something to bring into it. */
  readonly open: () => Promise<World>
  /** Whether that store is to be left as it is: `open` gives a copy of it. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/**
 * Imports an export of the original's table, or one of ours. Importing the same file again changes nothing.
 * @returns what it did; its `trouble` says why that was not all
 * @throws Trouble where nothing was done: `not_an_export` if not a single row can be read, before the store is opened
 */
export async function importRows(rows: Rows, importing: Importing): Promise<Report> {
  const report = emptyReport({ file: importing.file, store: importing.store, dryRun: importing.dryRun ?? false })
  try {
    await withBar(barOf(rows), (show) => importAll(rows, importing, report, () => show(rows.bytesRead(), { rows: report.rows })))
  } catch (error) {
    const trouble = troubleOf(error, importing.store)
    const { code, message, exit, cause } = trouble
    if (code === 'not_an_export' || report.rows === 0) throw trouble
    report.trouble = new Trouble(code, `${message} ${soFar(report)}`, { exit, cause })
  }
  return report
}

const barOf = ({ size }: Rows) => ({ format: size > 0 ? '{bar} {percentage} %, {rows} rows' : '{rows} rows', total: size, facts: { rows: 0 } })

const soFar = ({ imported, dryRun }: Report) =>
  dryRun ? 'What is told is of the rows before.' : `What came before is done (${imported} imported); importing it again brings in the rest.`

async function importAll(rows: Rows, { file, open, signal }: Importing, report: Report, show: () => void): Promise<void> {
  let world: World | undefined
  for await (const batch of inBatches(rows.lines)) {
    const read = batch.map(readLine)
    if (!world && read.some(isRow)) world = await open()
    for (const round of inRounds(read, world?.store.together ?? AT_ONCE)) {
      if (signal?.aborted) throw report.rows === 0 ? interruption(signal, 'Nothing was imported.') : interruption(signal)
      for (const told of await Promise.all(round.map((one) => importOne(one, world)))) tell(told, report)
      show()
    }
  }
  if (report.rows > 0 && !world) throw new Trouble('not_an_export', noExport(file, report, rows.begins()))
  // An empty export is one too, of an empty store.
  if (!world) await open()
}

function noExport(file: string, { rows, leftOut }: Report, begins: string): string {
  const [first] = leftOut.first
  const said = `${file} is no export: none of its ${counted(rows, 'line')} is a reservation (line ${first?.line}: ${first?.why}).`
  const wanted = 'One has a JSON object on each line: a row, or {"Item": …} as DynamoDB exports it.'
  if (begins === '[') return `${said} ${wanted} A list becomes such lines with: jq -c '.[]'`
  if (begins === '{') return `${said} ${wanted} What "aws dynamodb scan" prints becomes such lines with: jq -c '.Items[] | {Item: .}'`
  return `${said} ${wanted}`
}

async function* inBatches(lines: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  let [batch, bytes]: [Line[], number] = [[], 0]
  try {
    for await (const line of lines) {
      batch.push(line)
      bytes += line.size
      if (batch.length < AT_ONCE && bytes < BYTES_AT_ONCE) continue
      yield batch
      ;[batch, bytes] = [[], 0]
    }
  } catch (error) {
    // What was read before the file broke off is imported all the same.
    yield batch
    throw error
  }
  yield batch
}

/**
 * Rows that are imported side by side: none has anything to do with another, so that which of two is first is as the
 * file has it, whatever store they go to.
 */
function* inRounds(batch: readonly Read[], together: number): Generator<readonly Read[]> {
  const most = Math.min(AT_ONCE, together * ROUNDS_AT_ONCE)
  let round: Read[] = []
  for (const one of batch) {
    if (round.length >= most || round.some((other) => meet(other, one))) {
      yield round
      round = []
    }
    round.push(one)
  }
  if (round.length > 0) yield round
}

function meet(one: Read, other: Read): boolean {
  if ('why' in one || 'why' in other) return false
  const [a, b] = [one.reservation, other.reservation]
  return a.id === b.id || (a.site === b.site && overlaps(a, b))
}

interface Place {
  readonly line: number
  readonly file: string | undefined
}

/** A row with where it stands, or why it is left out. */
type Read = Place & (Extract<LegacyRow, { reservation: unknown }> | Reasoned)

interface Reasoned {
  readonly id: string | undefined
  readonly why: string
  /** What it is counted under, where that is less than why. */
  readonly reason?: string
}

const isRow = (read: Read) => 'reservation' in read

function readLine(line: Line): Read {
  const place = { line: line.number, file: line.file }
  if ('broken' in line) return { ...place, id: line.id, why: line.broken }
  const read = readLegacy(line.row)
  if ('reservation' in read) return { ...place, ...read }
  const id = line.row['event_id']
  return { ...place, id: typeof id === 'string' ? id : undefined, why: read.refused }
}

type Told = Place & (Reasoned | ({ readonly id: string; readonly repairs: readonly string[] } & Imported))

/** @param world undefined where no row of the batch can be read */
async function importOne(read: Read, world: World | undefined): Promise<Told> {
  if ('why' in read) return read
  if (!world) throw new Error('A row, and nowhere to bring it.')
  const { reservation, repairs, line, file } = read
  const about = { line, file, id: reservation.id }
  try {
    return { ...about, repairs, ...(await importRow(reservation, world)) }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { ...about, why: error.message.replace(/^Error: /, ''), reason: 'the store cannot keep it' }
  }
}

/** What this store cannot keep, though another can. */
const isRefusal = (error: unknown): error is Failure => error instanceof Failure && ['too_large', 'malformed'].includes(error.code)

function tell(told: Told, report: Report): void {
  report.rows += 1
  if ('why' in told) return leaveOut(told, report)
  const { outcome, across, repairs, ...about } = told
  if (outcome === 'already there') report.alreadyThere += 1
  else if (outcome !== 'imported') leaveOut({ ...about, ...reasonOf(outcome, across) }, report)
  else {
    report.imported += 1
    for (const other of across) note(report.overlaps, [about.id, other])
    for (const repair of repairs) note(notesOf(repair, report), about.id)
  }
}

function leaveOut({ line, file, id, why, reason = why }: Place & Reasoned, { leftOut, reasons }: Report): void {
  note(leftOut, { line, file, id: id?.slice(0, LONGEST_ID), why })
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
}

function notesOf(repair: string, { repairs }: Report) {
  const notes = repairs.get(repair) ?? noted<string>()
  repairs.set(repair, notes)
  return notes
}

function reasonOf(outcome: 'differs' | 'deleted here' | 'conflict', across: readonly string[]): Pick<Reasoned, 'why' | 'reason'> {
  if (outcome === 'differs') return { why: 'another event stands here under its id' }
  if (outcome === 'deleted here') return { why: 'it has been deleted here' }
  return { why: `it overlaps ${across.slice(0, MOST_NAMED).map((other) => quoted(other, LONGEST_ID)).join(', ')}${across.length > MOST_NAMED ? ', …' : ''}, reserved here`, reason: 'it overlaps what is reserved here' }
}

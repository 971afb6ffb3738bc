import { Failure } from '../domain/failure.ts'
import { overlaps } from '../domain/interval.ts'
import { MAX_ID_LENGTH } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import { type ImportResult, importRow } from '../service/import.ts'
import type { ServiceContext } from '../service/context.ts'
import { type LegacyRow, readLegacy } from '../wire/legacy.ts'
import { toCliError } from './explain-error.ts'
import { plural, emptyReport, note, emptyNotes, type Report } from './import-report.ts'
import { withBar } from './progress.ts'
import type { Line, Rows } from './export-lines.ts'
import { interruptedError, CliError } from './cli-error.ts'

/** Few enough to share one transaction and one fsync; where a store commits fewer together, each waits for the others. */
const BATCH = 200
const BATCHES_PER_ROUND = 4
/** Parsed, a line takes several times its bytes. */
const BATCH_BYTES = 4 * 1024 * 1024
const MAX_NAMED = 5

export interface Importing {
  /** What whoever asks calls the file and the store. */
  readonly file: string
  readonly store: string
  /** Opens the store, once there is something to bring into it. */
  readonly open: () => Promise<ServiceContext>
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
    const trouble = toCliError(error, importing.store)
    const { code, message, exit, cause } = trouble
    if (code === 'not_an_export' || report.rows === 0) throw trouble
    report.error = new CliError(code, `${message} ${progressText(report)}`, { exit, cause })
  }
  return report
}

const barOf = ({ size }: Rows) => ({ format: size > 0 ? '{bar} {percentage} %, {rows} rows' : '{rows} rows', total: size, facts: { rows: 0 } })

const progressText = ({ imported, dryRun }: Report) =>
  dryRun ? 'What is told is of the rows before.' : `What came before is done (${imported} imported); importing it again brings in the rest.`

async function importAll(rows: Rows, { file, open, signal }: Importing, report: Report, show: () => void): Promise<void> {
  let world: ServiceContext | undefined
  for await (const batch of inBatches(rows.lines)) {
    const read = batch.map(readLine)
    if (!world && read.some(isRow)) world = await open()
    for (const round of inRounds(read, world?.store.maxBatch ?? BATCH)) {
      if (signal?.aborted) throw report.rows === 0 ? interruptedError(signal, 'Nothing was imported.') : interruptedError(signal)
      for (const reported of await Promise.all(round.map((one) => importOne(one, world)))) noteResult(reported, report)
      show()
    }
  }
  if (report.rows > 0 && !world) throw new CliError('not_an_export', notAnExport(file, report, rows.begins()))
  // An empty export is one too, of an empty store.
  if (!world) await open()
}

function notAnExport(file: string, { rows, skipped }: Report, begins: string): string {
  const [first] = skipped.first
  const said = `${file} is no export: none of its ${plural(rows, 'line')} is a reservation (line ${first?.line}: ${first?.reason}).`
  const requested = 'One has a JSON object on each line: a row, or {"Item": …} as DynamoDB exports it.'
  if (begins === '[') return `${said} ${requested} A list becomes such lines with: jq -c '.[]'`
  if (begins === '{') return `${said} ${requested} What "aws dynamodb scan" prints becomes such lines with: jq -c '.Items[] | {Item: .}'`
  return `${said} ${requested}`
}

async function* inBatches(lines: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  let [batch, bytes]: [Line[], number] = [[], 0]
  try {
    for await (const line of lines) {
      batch.push(line)
      bytes += line.size
      if (batch.length < BATCH && bytes < BATCH_BYTES) continue
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
function* inRounds(batch: readonly ReadRow[], together: number): Generator<readonly ReadRow[]> {
  const max = Math.min(BATCH, together * BATCHES_PER_ROUND)
  let round: ReadRow[] = []
  for (const one of batch) {
    if (round.length >= max || round.some((other) => checkDuplicates(other, one))) {
      yield round
      round = []
    }
    round.push(one)
  }
  if (round.length > 0) yield round
}

function checkDuplicates(one: ReadRow, other: ReadRow): boolean {
  if ('why' in one || 'why' in other) return false
  const [a, b] = [one.reservation, other.reservation]
  return a.id === b.id || (a.site === b.site && overlaps(a, b))
}

interface LinePosition {
  readonly line: number
  readonly file: string | undefined
}

/** A row with where it stands, or why it is left out. */
type ReadRow = LinePosition & (Extract<LegacyRow, { reservation: unknown }> | SkippedReason)

interface SkippedReason {
  readonly id: string | undefined
  readonly why: string
  /** What it is counted under, where that is less than why. */
  readonly reason?: string
}

const isRow = (read: ReadRow) => 'reservation' in read

function readLine(line: Line): ReadRow {
  const location = { line: line.number, file: line.file }
  if ('broken' in line) return { ...location, id: line.id, why: line.broken }
  const read = readLegacy(line.row)
  if ('reservation' in read) return { ...location, ...read }
  const id = line.row['event_id']
  return { ...location, id: typeof id === 'string' ? id : undefined, why: read.rejected }
}

type ReportedRow = LinePosition & (SkippedReason | ({ readonly id: string; readonly repairs: readonly string[] } & ImportResult))

/** @param world undefined where no row of the batch can be read */
async function importOne(read: ReadRow, world: ServiceContext | undefined): Promise<ReportedRow> {
  if ('why' in read) return read
  if (!world) throw new Error('A row, and nowhere to bring it.')
  const { reservation, repairs, line, file } = read
  const about = { line, file, id: reservation.id }
  try {
    return { ...about, repairs, ...(await importRow(reservation, world)) }
  } catch (error) {
    if (!isRejection(error)) throw error
    return { ...about, why: error.message.replace(/^Error: /, ''), reason: 'the store cannot keep it' }
  }
}

/** What this store cannot keep, though another can. */
const isRejection = (error: unknown): error is Failure => error instanceof Failure && ['too_large', 'malformed'].includes(error.code)

function noteResult(reported: ReportedRow, report: Report): void {
  report.rows += 1
  if ('why' in reported) return skip(reported, report)
  const { outcome, overlapping, repairs, ...about } = reported
  if (outcome === 'already there') report.alreadyThere += 1
  else if (outcome !== 'imported') skip({ ...about, ...reasonOf(outcome, overlapping) }, report)
  else {
    report.imported += 1
    for (const other of overlapping) note(report.overlaps, [about.id, other])
    for (const repair of repairs) note(notesOf(repair, report), about.id)
  }
}

function skip({ line, file, id, why, reason = why }: LinePosition & SkippedReason, { skipped, reasons }: Report): void {
  note(skipped, { line, file, id: id?.slice(0, MAX_ID_LENGTH), reason: why })
  reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
}

function notesOf(repair: string, { repairs }: Report) {
  const notes = repairs.get(repair) ?? emptyNotes<string>()
  repairs.set(repair, notes)
  return notes
}

function reasonOf(outcome: 'differs' | 'deleted here' | 'conflict', across: readonly string[]): Pick<SkippedReason, 'why' | 'reason'> {
  if (outcome === 'differs') return { why: 'another event stands here under its id' }
  if (outcome === 'deleted here') return { why: 'it has been deleted here' }
  return { why: `it overlaps ${across.slice(0, MAX_NAMED).map((other) => quoted(other, MAX_ID_LENGTH)).join(', ')}${across.length > MAX_NAMED ? ', …' : ''}, reserved here`, reason: 'it overlaps what is reserved here' }
}

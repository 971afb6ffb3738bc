import { Failure } from '../domain/failure.ts'
import { overlaps } from '../domain/interval.ts'
import { MAX_ID_LENGTH } from '../domain/reservation.ts'
import { type ImportResult, importRow } from '../service/import.ts'
import type { ServiceContext } from '../service/context.ts'
import { type LegacyRow, readLegacy } from '../wire/legacy.ts'
import { toCliError } from './explain-error.ts'
import { emptyReport, type ImportReport } from './import-report.ts'
import { withBar } from './progress.ts'
import { addTo, emptySample } from './sample.ts'
import { plural } from '../domain/text.ts'
import { exampleIds } from './text.ts'
import type { Line, Rows } from './export-lines.ts'
import { interruptedError, CliError } from './cli-error.ts'

/** Rows that are read at a time, and at most imported concurrently: in SQLite they share one transaction. */
const BATCH_ROWS = 200
/** Bytes of lines read at a time: parsed, a line takes several times its bytes. */
const BATCH_BYTES = 4 * 1024 * 1024
/** Rows imported concurrently, as a multiple of the store's `maxBatch`. */
const STORE_BATCHES = 4

export interface ImportOptions {
  /** Display names of the file and the store. */
  readonly file: string
  readonly store: string
  /** Opens the store. Called when the first valid row has been read. */
  readonly open: () => Promise<ServiceContext>
  /** Whether `open` opens a copy, so that the store stays unchanged. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/**
 * Imports an export of the original's table, or one of this calendar. Importing the same file again changes nothing.
 * @returns what it did; its `error` says why it ended early
 * @throws CliError if nothing was done: `not_an_export` if no row can be read, before the store is opened
 */
export async function importRows(rows: Rows, options: ImportOptions): Promise<ImportReport> {
  const report = emptyReport({ file: options.file, store: options.store, dryRun: options.dryRun ?? false })
  try {
    await withBar(barOf(rows), (show) =>
      importAll(rows, options, report, () => show(rows.bytesRead(), { rows: report.rows })),
    )
  } catch (error) {
    const cliError = toCliError(error, options.store)
    const { code, message, exit, cause } = cliError
    if (code === 'not_an_export' || report.rows === 0) throw cliError
    report.error = new CliError(code, `${message} ${progressText(report)}`, { exit, cause })
  }
  return report
}

const barOf = ({ size }: Rows) => ({
  format: size > 0 ? '{bar} {percentage} %, {rows} rows' : '{rows} rows',
  total: size,
  facts: { rows: 0 },
})

const progressText = ({ imported, dryRun }: ImportReport) =>
  dryRun
    ? 'The report is of the rows before that.'
    : `The rows before that are done (${imported} imported); import the file again for the rest.`

async function importAll(
  rows: Rows,
  { file, open, signal }: ImportOptions,
  report: ImportReport,
  show: () => void,
): Promise<void> {
  let context: ServiceContext | undefined
  for await (const batch of inBatches(rows.lines)) {
    const read = batch.map(readLine)
    if (!context && read.some(isRow)) context = await open()
    for (const group of independentGroups(read, context?.store.maxBatch ?? BATCH_ROWS)) {
      assertNotInterrupted(signal, report)
      for (const result of await Promise.all(group.map((row) => importOne(row, context)))) addResult(result, report)
      show()
    }
  }
  if (context) return
  if (report.rows > 0) throw new CliError('not_an_export', notAnExport(file, report, rows.firstCharacter()))
  // An empty file is the export of an empty store.
  await open()
}

function assertNotInterrupted(signal: AbortSignal | undefined, { rows }: ImportReport): void {
  if (signal?.aborted) throw rows === 0 ? interruptedError(signal, 'Nothing was imported.') : interruptedError(signal)
}

function notAnExport(file: string, { rows, skipped }: ImportReport, firstCharacter: string): string {
  const [first] = skipped.first
  const problem = `${file} is not an export: none of its ${plural(rows, 'line')} is a reservation (line ${first?.line}: ${first?.reason}).`
  const expected = 'An export has a JSON object on each line: a row, or {"Item": …} as DynamoDB exports it.'
  if (firstCharacter === '[') return `${problem} ${expected} Convert a list with: jq -c '.[]'`
  if (firstCharacter === '{')
    return `${problem} ${expected} Convert the output of "aws dynamodb scan" with: jq -c '.Items[] | {Item: .}'`
  return `${problem} ${expected}`
}

async function* inBatches(lines: AsyncIterable<Line>): AsyncGenerator<Line[]> {
  let [batch, bytes]: [Line[], number] = [[], 0]
  try {
    for await (const line of lines) {
      batch.push(line)
      bytes += line.size
      if (batch.length < BATCH_ROWS && bytes < BATCH_BYTES) continue
      yield batch
      ;[batch, bytes] = [[], 0]
    }
  } catch (error) {
    // The rows before the error are imported.
    yield batch
    throw error
  }
  yield batch
}

/**
 * Groups of rows that are imported concurrently. No two rows of a group depend on each other, so that of two that do,
 * the first in the file is imported first.
 */
function* independentGroups(batch: readonly ReadRow[], storeBatch: number): Generator<readonly ReadRow[]> {
  const max = Math.min(BATCH_ROWS, storeBatch * STORE_BATCHES)
  let group: ReadRow[] = []
  for (const row of batch) {
    if (group.length >= max || group.some((other) => dependOnEachOther(other, row))) {
      yield group
      group = []
    }
    group.push(row)
  }
  if (group.length > 0) yield group
}

function dependOnEachOther(one: ReadRow, other: ReadRow): boolean {
  if ('reason' in one || 'reason' in other) return false
  const [a, b] = [one.reservation, other.reservation]
  return a.id === b.id || (a.site === b.site && overlaps(a, b))
}

interface LinePosition {
  readonly line: number
  readonly file: string | undefined
}

/** A row, or why it is skipped. */
type ReadRow = LinePosition & (Extract<LegacyRow, { reservation: unknown }> | Skipped)

interface Skipped {
  readonly id: string | undefined
  readonly reason: string
  /** What it is counted under; the reason by default. */
  readonly category?: string
}

const isRow = (read: ReadRow) => 'reservation' in read

function readLine(line: Line): ReadRow {
  const position = { line: line.number, file: line.file }
  if ('broken' in line) return { ...position, id: line.id, reason: line.broken }
  const read = readLegacy(line.row)
  if ('reservation' in read) return { ...position, ...read }
  const id = line.row['event_id']
  return { ...position, id: typeof id === 'string' ? id : undefined, reason: read.rejected }
}

type RowResult = LinePosition &
  (Skipped | ({ readonly id: string; readonly repairs: readonly string[] } & ImportResult))

/** @param context undefined if the batch has no valid row */
async function importOne(row: ReadRow, context: ServiceContext | undefined): Promise<RowResult> {
  if ('reason' in row) return row
  if (!context) throw new Error('The store is not open.')
  const { reservation, repairs, line, file } = row
  const about = { line, file, id: reservation.id }
  try {
    return { ...about, repairs, ...(await importRow(reservation, context)) }
  } catch (error) {
    if (!isRejection(error)) throw error
    return { ...about, reason: error.message.replace(/^Error: /, ''), category: 'the store cannot hold it' }
  }
}

/** Whether the store cannot hold the row, though another may. */
const isRejection = (error: unknown): error is Failure =>
  error instanceof Failure && ['too_large', 'malformed'].includes(error.code)

function addResult(result: RowResult, report: ImportReport): void {
  report.rows += 1
  if ('reason' in result) return addSkipped(result, report)
  const { outcome, overlapping, repairs, ...about } = result
  if (outcome === 'already there') report.alreadyThere += 1
  else if (outcome !== 'imported') addSkipped({ ...about, ...reasonOf(outcome, overlapping) }, report)
  else {
    report.imported += 1
    for (const other of overlapping) addTo(report.overlaps, [about.id, other])
    for (const repair of repairs) addTo(repairedBy(repair, report), about.id)
  }
}

function addSkipped(
  { line, file, id, reason, category = reason }: LinePosition & Skipped,
  { skipped, categories }: ImportReport,
): void {
  addTo(skipped, { line, file, id: id?.slice(0, MAX_ID_LENGTH), reason })
  categories.set(category, (categories.get(category) ?? 0) + 1)
}

function repairedBy(repair: string, { repairs }: ImportReport) {
  const ids = repairs.get(repair) ?? emptySample<string>()
  repairs.set(repair, ids)
  return ids
}

function reasonOf(
  outcome: 'differs' | 'deleted here' | 'conflict',
  overlapping: readonly string[],
): Omit<Skipped, 'id'> {
  if (outcome === 'differs') return { reason: 'the store has another event of this id' }
  if (outcome === 'deleted here') return { reason: 'it was deleted from the store' }
  return {
    reason: `it overlaps ${exampleIds(overlapping)}, which the store has`,
    category: 'it overlaps reservations of the store',
  }
}

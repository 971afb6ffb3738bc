import type { Writable } from 'node:stream'
import { Failure } from '../domain/failure.ts'
import { type Imported, importRow } from '../service/import.ts'
import type { World } from '../service/world.ts'
import { readLegacy } from '../wire/legacy.ts'
import { emptyReport, note, noted, printReport, type Report, shown } from './import-report.ts'
import { withBar } from './progress.ts'
import { type Line, readRows, type Rows, UnreadableFile } from './rows.ts'

/** Few enough to share one transaction and one fsync; where a store commits fewer together, each waits for the others. */
const AT_ONCE = 200
const ROUNDS_AT_ONCE = 4

/**
 * Imports an export of the original's table, or one of ours, and prints what came of it. Importing the same file again
 * changes nothing.
 * @returns the report; its `unreadable` says why the file could not be read to its end
 * @throws Failure `unavailable` when the store cannot be reached
 */
export async function importFile(file: string, world: World, out: Writable): Promise<Report> {
  const report = emptyReport(file)
  try {
    await importRows(await readRows(file), world, report)
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    report.unreadable = error.message
  }
  printReport(report, out)
  return report
}

function importRows(rows: Rows, world: World, report: Report): Promise<void> {
  return withBar({ format: '{bar} {percentage} %, {rows} rows', total: rows.size, facts: { rows: 0 } }, async (show) => {
    for await (const batch of inBatches(rows.lines, Math.min(AT_ONCE, world.store.together * ROUNDS_AT_ONCE))) {
      for (const told of await Promise.all(batch.map((line) => importLine(line, world)))) tell(told, report)
      show(rows.bytesRead(), { rows: report.rows })
    }
  })
}

async function* inBatches(lines: AsyncIterable<Line>, size: number): AsyncGenerator<Line[]> {
  let batch: Line[] = []
  try {
    for await (const line of lines) {
      batch.push(line)
      if (batch.length < size) continue
      yield batch
      batch = []
    }
  } catch (error) {
    // What was read before the file broke off is imported all the same.
    yield batch
    throw error
  }
  yield batch
}

type Told =
  | { readonly line: number; readonly id: string | undefined; readonly why: string }
  | ({ readonly line: number; readonly id: string; readonly repairs: readonly string[] } & Imported)

async function importLine(line: Line, world: World): Promise<Told> {
  if ('broken' in line) return { line: line.number, id: line.id, why: line.broken }
  const read = readLegacy(line.row)
  const id = line.row['event_id']
  if ('refused' in read) return { line: line.number, id: typeof id === 'string' ? id : undefined, why: read.refused }
  const { reservation, repairs } = read
  try {
    return { line: line.number, id: reservation.id, repairs, ...(await importRow(reservation, world)) }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { line: line.number, id: reservation.id, why: error.message.replace(/^Error: /, '') }
  }
}

/** What this store cannot keep, though another can. */
const isRefusal = (error: unknown): error is Failure => error instanceof Failure && ['too_large', 'malformed'].includes(error.code)

function tell(told: Told, report: Report): void {
  report.rows += 1
  if ('why' in told) return note(report.leftOut, told)
  const { line, id, repairs, outcome, across } = told
  if (outcome === 'already there') report.alreadyThere += 1
  else if (outcome !== 'imported') note(report.leftOut, { line, id, why: reasonOf(outcome, across) })
  else {
    report.imported += 1
    for (const other of across) note(report.overlaps, [id, other])
    for (const repair of repairs) note(notesOf(repair, report), id)
  }
}

function notesOf(repair: string, { repairs }: Report) {
  const notes = repairs.get(repair) ?? noted<string>()
  repairs.set(repair, notes)
  return notes
}

function reasonOf(outcome: 'differs' | 'deleted here' | 'conflict', across: readonly string[]): string {
  if (outcome === 'differs') return 'another event stands here under its id'
  if (outcome === 'deleted here') return 'it has been deleted here'
  return `it overlaps ${across.map((other) => shown(other)).join(', ')}, reserved here`
}

import type { Writable } from 'node:stream'
import type { Finding } from '../store/finding.ts'
import type { OnProgress, Rebuilt } from '../store/dynamodb/rebuild.ts'
import { counted, shown } from './import-report.ts'
import { withBar } from './progress.ts'

/** What can be done with the sheets of a table. */
export interface Sheets {
  rebuild(onProgress: OnProgress): Promise<Rebuilt>
  verify(onProgress: OnProgress): AsyncIterable<Finding>
}

const LONGEST = 1000

/** Makes the sheets of a table out of its rows. Readers go on meanwhile; nothing can be changed. */
export async function rebuild(sheets: Sheets, out: Writable): Promise<Rebuilt> {
  const built = await watched((onProgress) => sheets.rebuild(onProgress))
  out.write(`${counted(built.reservations, 'reservation')} on ${counted(built.sheets, 'sheet')}\n`)
  return built
}

/**
 * Looks a whole table over while others use it, and prints what it finds.
 * @returns how many problems there are
 */
export async function verify(sheets: Sheets, out: Writable): Promise<number> {
  const counts = { problem: 0, remark: 0 }
  await watched(async (onProgress) => {
    for await (const { gravity, text } of sheets.verify(onProgress)) {
      counts[gravity] += 1
      out.write(`${gravity}: ${shown(text, LONGEST)}\n`)
    }
  })
  out.write(`${counted(counts.problem, 'problem')}, ${counted(counts.remark, 'remark')}\n`)
  return counts.problem
}

/** How many items a table has is not known before they are read: the bar has an end once there are sheets to be written. */
const watched = <T>(work: (onProgress: OnProgress) => Promise<T>): Promise<T> =>
  withBar({ format: '{bar} {read} items read, {written} of {sheets} sheets written', total: 0, facts: { read: 0, written: 0, sheets: 0 } }, (show) =>
    work((done) => show(done.written, done, done.sheets)),
  )

import type { Writable } from 'node:stream'
import type { Database } from 'better-sqlite3'
import type { Finding } from '../store/finding.ts'
import { checkStore } from '../store/sqlite/check.ts'
import { openForReading } from '../store/sqlite/open.ts'
import type { Codec } from '../store/store.ts'
import { counted, shown } from './import-report.ts'

const LONGEST = 1000

export interface Checked {
  readonly problems: number
  readonly remarks: number
}

/**
 * Looks a store's file over while a server may be using it, and prints what it finds.
 * @throws Error when the file is none of ours
 */
export function check(storeFile: string, codec: Codec, out: Writable): Checked {
  const counts = { problem: 0, remark: 0 }
  for (const { gravity, text } of findings(storeFile, codec)) {
    counts[gravity] += 1
    out.write(`${gravity}: ${shown(text, LONGEST)}\n`)
  }
  out.write(`${storeFile}: ${counted(counts.problem, 'problem')}, ${counted(counts.remark, 'remark')}\n`)
  return { problems: counts.problem, remarks: counts.remark }
}

/** A file too damaged to be looked over to its end is a finding too. */
function* findings(storeFile: string, codec: Codec): Generator<Finding> {
  let db: Database | undefined
  try {
    db = openForReading(storeFile, 'any')
    yield* checkStore(db, codec)
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))) throw error
    yield { gravity: 'problem', text: `SQLite: ${(error as Error).message}` }
  } finally {
    db?.close()
  }
}

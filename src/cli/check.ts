import type { Database } from 'better-sqlite3'
import type { Finding } from '../store/integrity.ts'
import { checkStore } from '../store/sqlite/check.ts'
import { openForReading } from '../store/sqlite/open.ts'
import type { Codec } from '../store/port.ts'

/**
 * Looks a store's file over while a server may be using it, and changes nothing. One too damaged to be looked over to
 * its end is a finding too.
 * @throws Error when the file cannot be had, or holds no calendar
 */
export function* check(file: string, codec: Codec): Generator<Finding> {
  let db: Database | undefined
  try {
    db = openForReading(file, 'any')
    yield* checkStore(db, codec)
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(String((error as { code?: unknown }).code))) throw error
    yield { severity: 'problem', text: `SQLite: ${(error as Error).message}` }
  } finally {
    db?.close()
  }
}

import type { Database } from 'better-sqlite3'
import type { Finding } from '../store/integrity.ts'
import { checkStore } from '../store/sqlite/check.ts'
import { openForReading } from '../store/sqlite/open.ts'
import type { Codec } from '../store/port.ts'

/**
 * Checks a store's file, while a server may use it, and changes nothing. Damage that ends the check is a finding as well.
 * @throws Error if the file cannot be opened, or is not a calendar
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

import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { errorCode, READ_ONLY, whyUnwritable } from './errors.ts'
import { openDatabase, openInMemory, type OpenOptions } from './open.ts'
import { NotACalendar } from './schema.ts'

/** How a file is open: shared with other processes, exclusively, or as a copy in memory. */
export type OpenMode = 'shared' | 'exclusive' | 'in memory'

/** An open database and its mode. */
export interface OpenedDatabase {
  readonly db: Database
  readonly mode: OpenMode
  /** Why it cannot be written, as a few words. */
  readonly unwritable?: string
}

/**
 * Opens a file in the best possible mode: shared; exclusively if a full disk has no space for the WAL index; in memory if
 * nothing can be written.
 * @throws NotACalendar, Error as {@link openDatabase} if it cannot even be read
 */
export function openBestEffort(file: string, opening: OpenOptions): OpenedDatabase {
  try {
    return { db: openDatabase(file, opening), mode: 'shared' }
  } catch (error) {
    const reason = error instanceof NotACalendar ? undefined : whyUnwritable(errorCode(error))
    if (reason === undefined) throw error
    return openDegraded(file, opening, error)
  }
}

function openDegraded(file: string, opening: OpenOptions, first: unknown): OpenedDatabase {
  try {
    if (canBeWritten(file)) return { db: openDatabase(file, { ...opening, exclusive: true }), mode: 'exclusive' }
  } catch (error) {
    if (whyUnwritable(errorCode(error)) === undefined) throw error
  }
  if (statSync(file).size === 0) throw first
  return { db: openInMemory(file), mode: 'in memory', unwritable: READ_ONLY }
}

/** Whether the permissions of a file, its folder and its disk allow writing. */
export function canBeWritten(file: string): boolean {
  try {
    for (const path of [file, dirname(file)]) accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { errorCode, READ_ONLY, whyUnwritable } from './errors.ts'
import { openDatabase, openInMemory, type OpenOptions } from './open.ts'
import { NotACalendar } from './schema.ts'

/** How a file can be had just now: as always, by this process alone, or only as it was when it was read into memory. */
export type OpenMode = 'shared' | 'alone' | 'in memory'

export interface OpenedDatabase {
  readonly db: Database
  readonly mode: OpenMode
  /** Why it cannot be written however often one tries, in a few words. */
  readonly unwritable?: string
}

/**
 * Opens a file in the best way that can be had. A disk that is full has no room for the index of the log, which others
 * need; where nothing can be written at all, the file can still be read.
 * @throws NotACalendar, Error as `openDatabase` does, where it cannot even be read
 */
export function openBestEffort(file: string, opening: OpenOptions): OpenedDatabase {
  try {
    return { db: openDatabase(file, opening), mode: 'shared' }
  } catch (error) {
    const why = error instanceof NotACalendar ? undefined : whyUnwritable(errorCode(error))
    if (why === undefined) throw error
    return openDegraded(file, opening, error)
  }
}

function openDegraded(file: string, opening: OpenOptions, first: unknown): OpenedDatabase {
  try {
    if (canBeWritten(file)) return { db: openDatabase(file, { ...opening, exclusive: true }), mode: 'alone' }
  } catch (error) {
    if (whyUnwritable(errorCode(error)) === undefined) throw error
  }
  if (statSync(file).size === 0) throw first
  return { db: openInMemory(file), mode: 'in memory', unwritable: READ_ONLY }
}

/** By the rights of a file and its folder, and by its disk's. */
export function canBeWritten(file: string): boolean {
  try {
    for (const path of [file, dirname(file)]) accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Database } from 'better-sqlite3'
import { codeOf, READ_ONLY, whyUnwritable } from './broken.ts'
import { openDatabase, openInMemory, type Opening } from './open.ts'
import { NoCalendar } from './schema.ts'

/** How a file can be had just now: as always, by this process alone, or only as it was when it was read into memory. */
export type Way = 'shared' | 'alone' | 'in memory'

export interface Had {
  readonly db: Database
  readonly way: Way
  /** Why it cannot be written however often one tries, in a few words. */
  readonly unwritable?: string
}

/**
 * Opens a file in the best way that can be had. A disk that is full has no room for the index of the log, which others
 * need; where nothing can be written at all, the file can still be read.
 * @throws NoCalendar, Error as `openDatabase` does, where it cannot even be read
 */
export function openInAnyWay(file: string, opening: Opening): Had {
  try {
    return { db: openDatabase(file, opening), way: 'shared' }
  } catch (error) {
    const why = error instanceof NoCalendar ? undefined : whyUnwritable(codeOf(error))
    if (why === undefined) throw error
    return openNarrowly(file, opening, error)
  }
}

function openNarrowly(file: string, opening: Opening, first: unknown): Had {
  try {
    if (canBeWritten(file)) return { db: openDatabase(file, { ...opening, alone: true }), way: 'alone' }
  } catch (error) {
    if (whyUnwritable(codeOf(error)) === undefined) throw error
  }
  if (statSync(file).size === 0) throw first
  return { db: openInMemory(file), way: 'in memory', unwritable: READ_ONLY }
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

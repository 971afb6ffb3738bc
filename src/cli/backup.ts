import { existsSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { Failure } from '../domain/failure.ts'
import { reading } from '../store/sqlite/open.ts'
import { writeWhole } from './whole-file.ts'

export interface Backup {
  readonly bytes: number
  readonly reservations: number
}

/**
 * Copies a store's file as one instant has it, history and all, while a server reads and writes it; the copy is
 * checked before it gets its name.
 * @throws Failure `conflict` when there is a file of that name; Error when the copy is not sound
 */
export async function backup(storeFile: string, target: string): Promise<Backup> {
  for (const leftover of ['-wal', '-journal']) {
    // SQLite would take it for a part of the copy.
    if (existsSync(target + leftover)) throw new Failure('conflict', `${target}${leftover} is in the way.`)
  }
  return writeWhole(target, (temporary) => {
    reading(storeFile, (store) => store.prepare('VACUUM INTO ?').run(temporary))
    return { bytes: statSync(temporary).size, reservations: reading(temporary, soundCountOf) }
  })
}

function soundCountOf(copy: Database): number {
  const verdict = copy.pragma('quick_check', { simple: true })
  if (verdict !== 'ok') throw new Error(`The copy is not sound: ${String(verdict)}`)
  return copy.prepare('SELECT count(*) FROM reservations').pluck().get() as number
}

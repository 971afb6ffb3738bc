import { type BigIntStats, realpathSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { isExclusive } from './open.ts'

/** The files of one database, by suffix. */
const PARTS = { '': 'its file', '-wal': 'its write-ahead log', '-shm': 'the index of its log' } as const
/** The suffix of one file of a database: '' for the main file, '-wal' or '-shm'. */
export type Part = keyof typeof PARTS

/** Checks whether the open files are still those in the file system. */
export interface FilePresence {
  /**
   * Uses `stat` only: opening and closing a file would drop SQLite's locks.
   * @returns the problem as a few words; undefined if there is none
   */
  readonly check: (parts: readonly Part[]) => string | undefined
}

interface FileSeen {
  readonly identity: string
  size: bigint
}

/** The presence check of a database that has just been opened, and the parts it has. A database in memory has none. */
export function presenceIn(
  db: Database,
  file = db.name,
): { readonly presence: FilePresence; readonly parts: readonly Part[] } {
  if (file === ':memory:' || file === '') return { presence: { check: () => undefined }, parts: [] }
  const parts = partsOf(db)
  return { presence: openFilePresence(file, parts, (sizes) => isComplete(db, sizes)), parts }
}

/** With exclusive locking there is no WAL index file. */
function partsOf(db: Database): readonly Part[] {
  if (db.pragma('journal_mode', { simple: true }) !== 'wal') return ['']
  return isExclusive(db) ? ['', '-wal'] : ['', '-wal', '-shm']
}

/** @param isWhole called if a part has become shorter: whether the database is still complete, so that SQLite itself has shortened it */
export function openFilePresence(
  file: string,
  parts: readonly Part[],
  isWhole: (sizes: { file: number; log: number }) => boolean,
): FilePresence {
  // SQLite puts the WAL next to the target of a symbolic link.
  const realPath = realpathSync(file)
  const pathOf = (part: Part) => (part === '' ? file : `${realPath}${part}`)
  const seen = new Map<Part, FileSeen>(
    parts.map((part) => {
      const found = statSync(pathOf(part), { bigint: true })
      return [part, { identity: identityOf(found), size: found.size }]
    }),
  )
  const sizeOf = (part: Part) => statSync(pathOf(part), { throwIfNoEntry: false })?.size ?? 0

  function problemOf(part: Part, known: FileSeen): string | undefined {
    const found = statSync(pathOf(part), { bigint: true, throwIfNoEntry: false })
    const isOther = found && identityOf(found) !== known.identity
    // If the WAL was deleted, the next process that opens the file creates an empty one.
    if (!found || (isOther && part === '-wal' && found.size === 0n)) return `${PARTS[part]} is gone`
    if (isOther) return `another file is in the place of ${PARTS[part]}`
    if (found.size < known.size && !isWhole({ file: sizeOf(''), log: sizeOf('-wal') }))
      return `${PARTS[part]} was cut short`
    known.size = found.size
    return undefined
  }

  return {
    check(requested) {
      for (const part of requested) {
        const known = seen.get(part)
        try {
          const problem = known && problemOf(part, known)
          if (problem !== undefined) return problem
        } catch (error) {
          return `${PARTS[part]} cannot be checked: ${(error as Error).message}`
        }
      }
      return undefined
    },
  }
}

const identityOf = ({ dev, ino }: BigIntStats) => `${dev} ${ino}`

function isComplete(db: Database, { file, log }: { file: number; log: number }): boolean {
  try {
    const [pages, size] = ['page_count', 'page_size'].map((name) => db.pragma(name, { simple: true }) as number) as [
      number,
      number,
    ]
    const [known] = db.pragma('wal_checkpoint(NOOP)') as [{ log: number }]
    return file + log >= pages * size && (known.log <= 0 || log >= 32 + known.log * (24 + size))
  } catch {
    return false
  }
}

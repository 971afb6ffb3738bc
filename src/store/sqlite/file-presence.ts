import { type BigIntStats, realpathSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { isAlone } from './open.ts'

/** What SQLite keeps of a database, beside each other. */
const PARTS = { '': 'its file', '-wal': 'its write-ahead log', '-shm': "the index of its log" } as const
export type Part = keyof typeof PARTS

/** Whether what is open is still what its name stands for. */
export interface FilePresence {
  /**
   * Looks by `stat` alone: to open and close the file again would drop SQLite's locks.
   * @returns what is wrong, in a few words; undefined where nothing is
   */
  readonly check: (parts: readonly Part[]) => string | undefined
}

interface FileSeen {
  readonly identity: string
  size: bigint
}

/** Of a database that has just been opened, and the parts it has. One without a name is always there. */
export function presenceIn(db: Database, file = db.name): { readonly presence: FilePresence; readonly parts: readonly Part[] } {
  if (file === ':memory:' || file === '') return { presence: { check: () => undefined }, parts: [] }
  const parts = partsOf(db)
  return { presence: openFilePresence(file, parts, (sizes) => isComplete(db, sizes)), parts }
}

/** Held by one process alone, a log has no index beside it. */
function partsOf(db: Database): readonly Part[] {
  if (db.pragma('journal_mode', { simple: true }) !== 'wal') return ['']
  return isAlone(db) ? ['', '-wal'] : ['', '-wal', '-shm']
}

/** @param isWhole asked where a part has become shorter: whether SQLite has made it so, or somebody else */
export function openFilePresence(file: string, parts: readonly Part[], isWhole: (sizes: { file: number; log: number }) => boolean): FilePresence {
  // Where the name is a link, SQLite keeps the log beside what it leads to.
  const beside = realpathSync(file)
  const pathOf = (part: Part) => (part === '' ? file : `${beside}${part}`)
  const seen = new Map<Part, FileSeen>(
    parts.map((part) => {
      const found = statSync(pathOf(part), { bigint: true })
      return [part, { identity: identityOf(found), size: found.size }]
    }),
  )
  const sizeOf = (part: Part) => statSync(pathOf(part), { throwIfNoEntry: false })?.size ?? 0

  function lookAt(part: Part, known: FileSeen): string | undefined {
    const found = statSync(pathOf(part), { bigint: true, throwIfNoEntry: false })
    const isOther = found && identityOf(found) !== known.identity
    // Whoever opens the file once its log is gone makes an empty one.
    if (!found || (isOther && part === '-wal' && found.size === 0n)) return `${PARTS[part]} is gone`
    if (isOther) return `another file is in the place of ${PARTS[part]}`
    if (found.size < known.size && !isWhole({ file: sizeOf(''), log: sizeOf('-wal') })) return `${PARTS[part]} was cut short`
    known.size = found.size
    return undefined
  }

  return {
    check(requested) {
      for (const part of requested) {
        const known = seen.get(part)
        try {
          const wrong = known && lookAt(part, known)
          if (wrong !== undefined) return wrong
        } catch (error) {
          return `${PARTS[part]} cannot be looked at: ${(error as Error).message}`
        }
      }
      return undefined
    },
  }
}

const identityOf = ({ dev, ino }: BigIntStats) => `${dev} ${ino}`

function isComplete(db: Database, { file, log }: { file: number; log: number }): boolean {
  try {
    const [pages, size] = ['page_count', 'page_size'].map((name) => db.pragma(name, { simple: true }) as number) as [number, number]
    const [known] = db.pragma('wal_checkpoint(NOOP)') as [{ log: number }]
    return file + log >= pages * size && (known.log <= 0 || log >= 32 + known.log * (24 + size))
  } catch {
    return false
  }
}

import { chownSync, readFileSync, realpathSync, type Stats, statSync, utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { READ_ONLY } from './errors.ts'
import { makeFile } from './open.ts'
import { canBeWritten } from './open-mode.ts'

/** How long a server that is stopping is waited for: it takes ten seconds at most. */
const TIMEOUT_MS = 12_000
const RETRY_MS = 50

/** A file is one server's at a time. */
export interface ServerLock {
  /** Whether the lock's own file is still there: without it another server would not know. */
  readonly holds: () => boolean
  /** Tells a server that wants to start to wait for this one. */
  readonly stopping: () => void
  readonly release: () => void
}

/** A lock that is taken anew where it is lost, and as soon as it can be had. */
export interface MaintainedLock {
  /** @returns whether it was taken only now */
  readonly maintain: () => Promise<boolean>
  /** Why it is not held, in a few words; undefined where it is. */
  readonly whyNotHeld: () => string | undefined
  readonly stopping: () => void
  readonly release: () => void
}

/**
 * The lock of a file that stands; or, where nothing can be written beside it, the want of one.
 * @throws LockTaken where another server has it
 */
export async function openMaintainedLock(file: string): Promise<MaintainedLock> {
  let lock: ServerLock | undefined
  let why: string | undefined
  const take = async () => {
    const before = lock
    try {
      lock = await lockForServer(file)
      why = undefined
    } catch (error) {
      lock = undefined
      why = error instanceof LockTaken ? 'another server has its file' : canBeWritten(file) ? 'no lock can be had beside its file' : READ_ONLY
      throw error
    } finally {
      before?.release()
    }
  }
  await take().catch((error: unknown) => {
    if (error instanceof LockTaken) throw error
  })
  return {
    maintain: async () => (lock?.holds() ? false : take().then(() => true, () => false)),
    whyNotHeld: () => why,
    stopping: () => lock?.stopping(),
    release: () => lock?.release(),
  }
}

/** Why a server cannot have a file. */
export class LockTaken extends Error {
  override readonly name = 'Taken'
}

/**
 * Has a file for this server alone, beside which commands may go on using it. The kernel keeps the lock, on a file of
 * its own beside the store, and lets go of it when the process ends, however that happens.
 * @throws LockTaken where another server has it; Error of the system or of SQLite where no lock can be made there
 */
export async function lockForServer(file: string): Promise<ServerLock> {
  const [path, owner] = [`${realpathSync(file)}-server`, statSync(file)]
  const deadline = performance.now() + TIMEOUT_MS
  for (;;) {
    const lock = tryToLock(path, owner)
    if (lock) return lock
    if (!isStopping(path) || performance.now() > deadline) throw new LockTaken(`${file} is served already${holderOf(path)}: only one server may have a file.`)
    await sleep(RETRY_MS)
  }
}

/** SQLite's way to hold a lock, since Node.js has none. Nothing is ever written to the file, so a full disk does not matter. */
function tryToLock(path: string, owner: Stats): ServerLock | undefined {
  makeFile(path)
  // As SQLite does with the log: who owns the store shall be able to serve it after root has.
  if (process.getuid?.() === 0) chownSync(path, owner.uid, owner.gid)
  const db = new Sqlite(path, { timeout: 0 })
  try {
    db.pragma('journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return undefined
    throw error
  }
  const mine = identityOf(path)
  const mark = (time: Date) => {
    if (identityOf(path) === mine) utimesSync(path, time, time)
  }
  mark(RUNNING_MARK)
  return {
    holds: () => identityOf(path) === mine,
    stopping: () => mark(STOPPING_MARK),
    release: () => db.close(),
  }
}

/** When the lock's file was last written tells the state of whoever holds it: that can be said on a full disk too. */
const [RUNNING_MARK, STOPPING_MARK] = [new Date(86_400_000), new Date(0)]
const isStopping = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs === STOPPING_MARK.getTime()

const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}

/** " by process 123", where the kernel tells; of another container's it does not. */
function holderOf(path: string): string {
  try {
    const inode = statSync(path).ino
    const line = new RegExp(`POSIX +ADVISORY +WRITE +([1-9]\\d*) +[0-9a-f]+:[0-9a-f]+:${inode} `, 'm')
    const [, pid] = line.exec(readFileSync('/proc/locks', 'utf8')) ?? []
    return pid === undefined ? '' : ` by process ${pid}`
  } catch {
    return ''
  }
}

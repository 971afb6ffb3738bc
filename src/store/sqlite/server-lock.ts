import { chownSync, readFileSync, realpathSync, type Stats, statSync, utimesSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { READ_ONLY } from './errors.ts'
import { createFile } from './open.ts'
import { canBeWritten } from './open-mode.ts'

/** How long to wait for a server that is stopping, which takes at most 10 s. */
const TIMEOUT_MS = 12_000
const RETRY_MS = 50

/** The lock that lets only one server use a store file. */
export interface ServerLock {
  /** Whether the lock file still exists: otherwise another server could start. */
  readonly holds: () => boolean
  /** Marks this server as stopping, so that a starting server waits for it. */
  readonly stopping: () => void
  readonly release: () => void
}

/** A lock that is retaken when it was lost or could not be taken. */
export interface MaintainedLock {
  /** Takes the lock if it is not held. @returns whether it was taken now */
  readonly maintain: () => Promise<boolean>
  /** Why it is not held, as a few words; undefined if it is held. */
  readonly whyNotHeld: () => string | undefined
  readonly stopping: () => void
  readonly release: () => void
}

/**
 * Takes the lock of an existing file. In a read-only folder the lock cannot be taken yet.
 * @throws LockTaken if another server has it
 */
export async function openMaintainedLock(file: string): Promise<MaintainedLock> {
  let lock: ServerLock | undefined
  let reason: string | undefined
  const take = async () => {
    const before = lock
    try {
      lock = await lockForServer(file)
      reason = undefined
    } catch (error) {
      lock = undefined
      reason =
        error instanceof LockTaken
          ? 'another server has its file'
          : canBeWritten(file)
            ? 'its server lock cannot be created'
            : READ_ONLY
      throw error
    } finally {
      before?.release()
    }
  }
  await take().catch((error: unknown) => {
    if (error instanceof LockTaken) throw error
  })
  return {
    maintain: async () =>
      lock?.holds()
        ? false
        : take().then(
            () => true,
            () => false,
          ),
    whyNotHeld: () => reason,
    stopping: () => lock?.stopping(),
    release: () => lock?.release(),
  }
}

/** Another server serves the file. */
export class LockTaken extends Error {
  override readonly name = 'LockTaken'
}

/**
 * Takes the lock of a file for this server; commands can still use the file. The kernel holds the lock, on a separate file next
 * to the store, and releases it when the process ends for any reason.
 * @throws LockTaken if another server has it; Error of the system or of SQLite if the lock cannot be created
 */
export async function lockForServer(file: string): Promise<ServerLock> {
  const [path, owner] = [`${realpathSync(file)}-server`, statSync(file)]
  const deadline = performance.now() + TIMEOUT_MS
  for (;;) {
    const lock = tryToLock(path, owner)
    if (lock) return lock
    if (!isStopping(path) || performance.now() > deadline)
      throw new LockTaken(`${file} is served already${holderOf(path)}: only one server may have a file.`)
    await sleep(RETRY_MS)
  }
}

/** Uses a lock of SQLite, since Node.js has none. Nothing is written to the file, so it works on a full disk. */
function tryToLock(path: string, owner: Stats): ServerLock | undefined {
  createFile(path)
  // As SQLite does with the WAL: after root, the owner of the store can serve it too.
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
  const identity = identityOf(path)
  const setState = (time: Date) => {
    if (identityOf(path) === identity) utimesSync(path, time, time)
  }
  setState(RUNNING)
  return {
    holds: () => identityOf(path) === identity,
    stopping: () => setState(STOPPING),
    release: () => db.close(),
  }
}

/** The modification time of the lock file is the state of the server that holds it: that can be set on a full disk too. */
const [RUNNING, STOPPING] = [new Date(86_400_000), new Date(0)]
const isStopping = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs === STOPPING.getTime()

const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev} ${found.ino}`
}

/** " by process 123", or an empty text if the process is in another container. */
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

import { realpath, stat, statfs, utimes, writeFile } from 'node:fs/promises'
import type { Figures } from '../store.ts'

/** Beside a store: when it was last written tells when the store was last backed up. It is empty. */
const backedUp = (file: string) => `${file}-backed-up`

/** What can be found out just now; the rest is left out. */
export async function figuresOf(file: string, count: () => Pick<Figures, 'reservations' | 'damaged'>): Promise<Figures> {
  const found = <T>(one: Promise<T>): Promise<T | undefined> => one.catch(() => undefined)
  const counted = await found(Promise.resolve().then(count))
  const real = await found(realpath(file))
  if (real === undefined) return { ...counted }
  const [whole, log, disk, backup] = await Promise.all([found(stat(real)), found(stat(`${real}-wal`)), found(statfs(real)), found(stat(backedUp(real)))])
  return {
    ...counted,
    bytes: { file: whole?.size ?? Number.NaN, log: log?.size ?? 0 },
    room: disk && { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
    backedUpAt: backup && Math.floor(backup.mtimeMs / 1000),
  }
}

/** Has whoever serves a store know that a backup was made at `time`; where nothing can be written there, nobody knows. */
export async function noteBackup(file: string, time: Date): Promise<void> {
  try {
    const path = backedUp(await realpath(file))
    await writeFile(path, '', { mode: 0o600, flag: 'a' })
    await utimes(path, time, time)
  } catch {}
}

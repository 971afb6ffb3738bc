import { realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { StoreStats } from '../port.ts'

/**
 * `deploy/backup.sh` leaves it beside a store, with the time of the last copy that has passed its check. Its name does not
 * begin as the store's, so that it stays where it is when all that is a store's is moved away.
 */
const backupMarker = (file: string) => join(dirname(file), `.${basename(file)}.backed-up`)

/** What can be found out just now; the rest is left out. */
export async function readStats(file: string, count: () => Pick<StoreStats, 'reservations' | 'damaged'>): Promise<StoreStats> {
  const found = <T>(one: Promise<T>): Promise<T | undefined> => one.catch(() => undefined)
  const counted = await found(Promise.resolve().then(count))
  const real = await found(realpath(file))
  if (real === undefined) return { ...counted }
  const [whole, log, disk, backup] = await Promise.all([found(stat(real)), found(stat(`${real}-wal`)), found(statfs(real)), found(stat(backupMarker(real)))])
  return {
    ...counted,
    bytes: { file: whole?.size ?? Number.NaN, log: log?.size ?? 0 },
    diskSpace: disk && { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
    backedUpAt: backup && Math.floor(backup.mtimeMs / 1000),
  }
}

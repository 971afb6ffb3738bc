import { realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { StoreStats } from '../port.ts'

/**
 * `deploy/backup.sh` sets the modification time of this file after each backup that has passed its check. Its name does not
 * begin with that of the store, so that it stays in place when the store's files are moved.
 */
const backupMarker = (file: string) => join(dirname(file), `.${basename(file)}.backed-up`)

/** The statistics of a store file. Values that cannot be read are undefined. */
export async function readStats(
  file: string,
  count: () => Pick<StoreStats, 'reservations' | 'damaged'>,
): Promise<StoreStats> {
  const orUndefined = <T>(value: Promise<T>): Promise<T | undefined> => value.catch(() => undefined)
  const counted = await orUndefined(Promise.resolve().then(count))
  const real = await orUndefined(realpath(file))
  if (real === undefined) return { ...counted }
  const [main, wal, disk, backup] = await Promise.all([
    orUndefined(stat(real)),
    orUndefined(stat(`${real}-wal`)),
    orUndefined(statfs(real)),
    orUndefined(stat(backupMarker(real))),
  ])
  return {
    ...counted,
    bytes: { file: main?.size ?? Number.NaN, log: wal?.size ?? 0 },
    diskSpace: disk && { free: disk.bavail * disk.bsize, size: disk.blocks * disk.bsize },
    backedUpAt: backup && Math.floor(backup.mtimeMs / 1000),
  }
}

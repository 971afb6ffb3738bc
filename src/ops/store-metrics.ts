import { Gauge, type Registry } from 'prom-client'
import type { DiskSpace, Store } from '../store/port.ts'

/** How a store is, and what it stands on. */
export function storeMetrics(registers: Registry[]) {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) => new Gauge({ name, help, labelNames, registers })
  return {
    readable: gauge('calendar_store_readable', '1 while the store can be read.'),
    writable: gauge('calendar_store_writable', '1 while the store can be changed, by the last commit and a look at its file or table.'),
    reservations: gauge('calendar_reservations', 'Reservations that stand.'),
    damaged: gauge('calendar_damaged_reservations', 'Of those, how many have a text that cannot be read; they are left out of lists.'),
    bytes: gauge('calendar_store_bytes', "Size of the store's file and of its write-ahead log.", ['part']),
    free: gauge('calendar_disk_free_bytes', 'Room that is left on the disk of the store, and on that of the log where that is a file.', ['disk']),
    size: gauge('calendar_disk_bytes', 'Size of those disks.', ['disk']),
    lastChange: gauge('calendar_last_change_timestamp_seconds', 'When the last change was acknowledged; 0 before the first.'),
    backedUp: gauge('calendar_backup_timestamp_seconds', 'When the last backup of the store was made that has passed its check, by deploy/backup.sh.'),
  }
}

type StoreMetrics = ReturnType<typeof storeMetrics>

/** Sets what is only known by looking. A figure that cannot be had is NaN, which is not 0. */
export async function updateStoreMetrics(metrics: StoreMetrics, store: Pick<Store, 'health' | 'stats'>, roomOfLog: () => Promise<DiskSpace | undefined> = () => Promise.resolve(undefined)): Promise<void> {
  const [condition, figures, log] = await Promise.all([store.health(), store.stats?.(), roomOfLog()])
  metrics.readable.set(condition.unreadable === undefined ? 1 : 0)
  metrics.writable.set((condition.unreadable ?? condition.unwritable) === undefined ? 1 : 0)
  // A store that tells no figures has no such metrics.
  if (!figures) return
  const { reservations, damaged, bytes, diskSpace, backedUpAt } = figures
  metrics.reservations.set(reservations ?? Number.NaN)
  metrics.damaged.set(damaged ?? Number.NaN)
  metrics.bytes.set({ part: 'file' }, bytes?.file ?? Number.NaN)
  metrics.bytes.set({ part: 'log' }, bytes?.log ?? Number.NaN)
  if (backedUpAt !== undefined) metrics.backedUp.set(backedUpAt)
  for (const [disk, found] of [['store', diskSpace], ['log', log]] as const) {
    if (found) metrics.free.set({ disk }, found.free)
    if (found) metrics.size.set({ disk }, found.size)
  }
}

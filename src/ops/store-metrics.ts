import { Gauge, type Registry } from 'prom-client'
import type { DiskSpace, Store } from '../store/port.ts'

/** Metrics of the health of a store and its disk. */
export function storeMetrics(registers: Registry[]) {
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  return {
    readable: gauge('calendar_store_readable', '1 while the store can be read.'),
    writable: gauge(
      'calendar_store_writable',
      '1 while the store can be changed, by the last commit and a check of its file or table.',
    ),
    reservations: gauge('calendar_reservations', 'Reservations in the store.'),
    damaged: gauge('calendar_damaged_reservations', 'Reservations whose stored text cannot be read; lists skip them.'),
    bytes: gauge('calendar_store_bytes', "Size of the store's file and of its write-ahead log.", ['part']),
    free: gauge(
      'calendar_disk_free_bytes',
      'Free space on the disk of the store, and on that of the log if it is a file.',
      ['disk'],
    ),
    size: gauge('calendar_disk_bytes', 'Size of the disks of the store and the log.', ['disk']),
    lastChange: gauge(
      'calendar_last_change_timestamp_seconds',
      'When the last change was acknowledged; 0 before the first.',
    ),
    backedUp: gauge(
      'calendar_backup_timestamp_seconds',
      'When deploy/backup.sh last made a backup that passed its check.',
    ),
  }
}

type StoreMetrics = ReturnType<typeof storeMetrics>

/** Updates the gauges from the store. A number that is not available becomes NaN, which differs from 0. */
export async function updateStoreMetrics(
  metrics: StoreMetrics,
  store: Pick<Store, 'health' | 'stats'>,
  logDiskSpace: () => Promise<DiskSpace | undefined> = () => Promise.resolve(undefined),
): Promise<void> {
  const [health, stats, log] = await Promise.all([store.health(), store.stats?.(), logDiskSpace()])
  metrics.readable.set(health.unreadable === undefined ? 1 : 0)
  metrics.writable.set((health.unreadable ?? health.unwritable) === undefined ? 1 : 0)
  if (!stats) return
  setStats(metrics, stats)
  setDisk(metrics, 'store', stats.diskSpace)
  setDisk(metrics, 'log', log)
}

type Stats = Awaited<ReturnType<NonNullable<Store['stats']>>>

function setStats(metrics: StoreMetrics, { reservations, damaged, bytes, backedUpAt }: Stats): void {
  metrics.reservations.set(reservations ?? Number.NaN)
  metrics.damaged.set(damaged ?? Number.NaN)
  metrics.bytes.set({ part: 'file' }, bytes?.file ?? Number.NaN)
  metrics.bytes.set({ part: 'log' }, bytes?.log ?? Number.NaN)
  if (backedUpAt !== undefined) metrics.backedUp.set(backedUpAt)
}

function setDisk(metrics: StoreMetrics, disk: 'store' | 'log', space: DiskSpace | undefined): void {
  if (!space) return
  metrics.free.set({ disk }, space.free)
  metrics.size.set({ disk }, space.size)
}

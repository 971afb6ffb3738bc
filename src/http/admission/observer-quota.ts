import type { ObserverId } from '../../domain/observer.ts'
import type { WrittenAmount } from '../../service/metered.ts'
import { openQuota } from './quota.ts'
import { type Charge, openCharge, writesOf } from './charge.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** How much an observer may write, in a minute and in a day. Admins and services may write without limit. */
export interface ObserverQuota {
  /**
   * Charges a request when it arrives: one write for each 4 kB of its body, or part of it. The day's quota is charged
   * one write for each entry of a list, and for each change, if that is more. The charge grows with what the request then
   * writes.
   * @throws Failure `rate_limited`; then nothing is charged
   */
  take(observer: ObserverId, bytes: number, entries: number): Charge
}

/** Counts in this process only: on Lambda, each process has its own counts. */
export function openObserverQuota(perMinute: number, perDay: number, clock?: () => number): ObserverQuota {
  const options = { message: 'You are changing too much at once; please wait.', ...(clock && { clock }) }
  const minute = openQuota({ max: perMinute, windowMs: MINUTE_MS, ...options })
  const day = openQuota({ max: perDay, windowMs: DAY_MS, ...options })
  return {
    take(observer, bytes, entries) {
      const writes = Math.max(1, writesOf(bytes))
      const inDay = Math.max(writes, entries)
      day.take(observer, inDay)
      try {
        minute.take(observer, writes)
      } catch (error) {
        day.refund(observer, inDay)
        throw error
      }
      const writesIn = (written: WrittenAmount) => writesOf(written.bytes)
      const changesIn = (written: WrittenAmount) => Math.max(written.changes, writesOf(written.bytes))
      return openCharge([
        { name: observer, quota: minute, charged: writes, unitsOf: writesIn },
        { name: observer, quota: day, charged: inDay, unitsOf: changesIn },
      ])
    },
  }
}

import type { ObserverId } from '../../domain/observer.ts'
import { openAllowance } from './allowance.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** So many bytes of a body are one write. */
const A_WRITE = 4096

/** How much an observer may write, in a minute and in a day. Admins and services may write without limit. */
export interface ObserverAllowance {
  /**
   * Takes what a request writes: one for each 4 kB of its body that are begun, and in the day's count as many as a list
   * has entries, where that is more.
   * @throws Failure `rate_limited`, with nothing taken
   */
  take(observer: ObserverId, bytes: number, entries: number): void
}

/** Counts in this process alone: where there are many, as on Lambda, each does for itself. */
export function openObserverAllowance(perMinute: number, perDay: number, clock?: () => number): ObserverAllowance {
  const options = { sentence: 'You are changing too much at once; please wait.', ...(clock && { clock }) }
  const minute = openAllowance({ most: perMinute, span: MINUTE_MS, ...options })
  const day = openAllowance({ most: perDay, span: DAY_MS, ...options })
  return {
    take(observer, bytes, entries) {
      const writes = Math.max(1, Math.ceil(bytes / A_WRITE))
      day.take(observer, Math.max(writes, entries))
      try {
        minute.take(observer, writes)
      } catch (error) {
        day.give(observer, Math.max(writes, entries))
        throw error
      }
    },
  }
}

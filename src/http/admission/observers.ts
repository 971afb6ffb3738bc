import type { ObserverId } from '../../domain/observer.ts'
import type { Written } from '../../service/metered.ts'
import { openAllowance } from './allowance.ts'
import { type Bill, openBill, writesOf } from './bill.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** How much an observer may write, in a minute and in a day. Admins and services may write without limit. */
export interface ObserverAllowance {
  /**
   * Takes what a request counts when it comes: one for each 4 kB of its body that are begun, and in the day's count as
   * many as a list has entries, where that is more. What it writes counts in the same way, where that is more.
   * @throws Failure `rate_limited`, with nothing taken
   */
  take(observer: ObserverId, bytes: number, entries: number): Bill
}

/** Counts in this process alone: where there are many, as on Lambda, each does for itself. */
export function openObserverAllowance(perMinute: number, perDay: number, clock?: () => number): ObserverAllowance {
  const options = { sentence: 'You are changing too much at once; please wait.', ...(clock && { clock }) }
  const minute = openAllowance({ most: perMinute, span: MINUTE_MS, ...options })
  const day = openAllowance({ most: perDay, span: DAY_MS, ...options })
  return {
    take(observer, bytes, entries) {
      const writes = Math.max(1, writesOf(bytes))
      const inDay = Math.max(writes, entries)
      day.take(observer, inDay)
      try {
        minute.take(observer, writes)
      } catch (error) {
        day.give(observer, inDay)
        throw error
      }
      const account = { name: observer, unitsOf: ({ bytes }: Written) => writesOf(bytes) }
      return openBill([{ ...account, allowance: minute, taken: writes }, { ...account, allowance: day, taken: inDay }])
    },
  }
}

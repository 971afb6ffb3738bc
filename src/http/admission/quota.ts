import { LRUCache } from 'lru-cache'
import { Failure } from '../../domain/failure.ts'

/** Beyond it, the address that has been quiet for longest is forgotten, and its window starts anew. */
const MAX_ADDRESSES = 10_000
const HOUR_MS = 3_600_000

/** A limit on what each address may use in a time window, which starts with its first use. */
export interface Quota {
  /** Takes an amount in advance. @throws Failure `rate_limited` if less is left; then nothing is taken */
  take(address: string, amount: number): void
  /** Gives back what was taken and not used. A negative amount takes more, even if less is left. */
  refund(address: string, amount: number): void
  /** @throws Failure `rate_limited` if more has been used than the limit */
  assertNothingOwed(address: string): void
}

export interface QuotaOptions {
  /** The limit of each address in one window. */
  readonly max: number
  /** Length of the window in milliseconds; an hour by default. */
  readonly windowMs?: number
  /** The sentence of the failure. */
  readonly message: string
  /** A monotonic clock, in milliseconds. */
  readonly clock?: () => number
}

/** Counts in this process only. On Lambda, with many processes, the gateway has to limit as well. */
export function openQuota({ max, windowMs = HOUR_MS, message, clock = () => performance.now() }: QuotaOptions): Quota {
  const windows = new LRUCache<string, { left: number; readonly until: number }>({ max: MAX_ADDRESSES })
  const windowFor = (address: string) => {
    const known = windows.get(address)
    if (known && clock() < known.until) return known
    const fresh = { left: max, until: clock() + windowMs }
    windows.set(address, fresh)
    return fresh
  }
  const assertLeft = (amount: number, { left, until }: { readonly left: number; readonly until: number }) => {
    if (amount > left)
      throw new Failure('rate_limited', message, [], { retryAfter: Math.ceil((until - clock()) / 1000) })
  }
  return {
    take(address, amount) {
      const current = windowFor(address)
      assertLeft(amount, current)
      current.left -= amount
    },
    refund(address, amount) {
      const current = windowFor(address)
      // Amounts taken in an earlier window do not add to this one.
      current.left = Math.min(max, current.left + amount)
    },
    assertNothingOwed: (address) => assertLeft(0, windowFor(address)),
  }
}

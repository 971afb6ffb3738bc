import { LRUCache } from 'lru-cache'
import { Failure } from '../../domain/failure.ts'

/** Past that many, whoever has not asked for longest is forgotten: their time begins anew. */
const MAX_ADDRESSES = 10_000
const HOUR_MS = 3_600_000

/** How much each address may still do in its time, an hour say, which begins when it first does something. */
export interface Quota {
  /** Takes what will be used, or may be. @throws Failure `rate_limited` where less is left, and takes nothing */
  take(address: string, amount: number): void
  /** Gives back what was taken and not used; or, below 0, takes what was used beyond it, left or not. */
  refund(address: string, amount: number): void
  /** @throws Failure `rate_limited` where more has been used than there was */
  assertNothingOwed(address: string): void
}

export interface QuotaOptions {
  /** For each address, in one such time. */
  readonly max: number
  /** How long that is, in milliseconds; an hour unless it is said. */
  readonly windowSeconds?: number
  /** What is said to whoever has too little left. */
  readonly message: string
  /** In milliseconds; never goes back. */
  readonly clock?: () => number
}

/** Counts in this process alone: where there are many, as on Lambda, what stands in front has to count too. */
export function openQuota({ max, windowSeconds = HOUR_MS, message, clock = () => performance.now() }: QuotaOptions): Quota {
  const windows = new LRUCache<string, { left: number; readonly until: number }>({ max: MAX_ADDRESSES })
  const windowFor = (address: string) => {
    const known = windows.get(address)
    if (known && clock() < known.until) return known
    const fresh = { left: max, until: clock() + windowSeconds }
    windows.set(address, fresh)
    return fresh
  }
  const assertLeft = (amount: number, { left, until }: { readonly left: number; readonly until: number }) => {
    if (amount > left) throw new Failure('rate_limited', message, [], { retryAfter: Math.ceil((until - clock()) / 1000) })
  }
  return {
    take(address, amount) {
      const present = windowFor(address)
      assertLeft(amount, present)
      present.left -= amount
    },
    refund(address, amount) {
      const present = windowFor(address)
      // What was taken in a time that is over is not given back in this one.
      present.left = Math.min(max, present.left + amount)
    },
    assertNothingOwed: (address) => assertLeft(0, windowFor(address)),
  }
}

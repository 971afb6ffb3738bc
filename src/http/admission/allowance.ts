import { LRUCache } from 'lru-cache'
import { Failure } from '../../domain/failure.ts'

/** Past that many, whoever has not asked for longest is forgotten: their hour begins anew. */
const MOST_ADDRESSES = 10_000
const HOUR_MS = 3_600_000

/** How much each address may still do in its hour, which begins when it first does something. */
export interface Allowance {
  /** Takes what will be used, or may be. @throws Failure `rate_limited` where less is left, and takes nothing */
  take(address: string, amount: number): void
  /** Gives back what was taken and not used; or, below 0, takes what was used beyond it, left or not. */
  give(address: string, amount: number): void
}

export interface AllowanceOptions {
  /** For each address and hour. */
  readonly most: number
  /** What is said to whoever has too little left. */
  readonly sentence: string
  /** In milliseconds; never goes back. */
  readonly clock?: () => number
}

/** Counts in this process alone: where there are many, as on Lambda, what stands in front has to count too. */
export function openAllowance({ most, sentence, clock = () => performance.now() }: AllowanceOptions): Allowance {
  const hours = new LRUCache<string, { left: number; readonly until: number }>({ max: MOST_ADDRESSES })
  const hourOf = (address: string) => {
    const known = hours.get(address)
    if (known && clock() < known.until) return known
    const hour = { left: most, until: clock() + HOUR_MS }
    hours.set(address, hour)
    return hour
  }
  return {
    take(address, amount) {
      const hour = hourOf(address)
      if (amount > hour.left) throw new Failure('rate_limited', sentence, [], { retryAfter: Math.ceil((hour.until - clock()) / 1000) })
      hour.left -= amount
    },
    give(address, amount) {
      hourOf(address).left += amount
    },
  }
}

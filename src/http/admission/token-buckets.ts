import { LRUCache } from 'lru-cache'

/** Past that many, whoever has not asked for longest is forgotten, and has a full bucket again. */
const MAX_ADDRESSES = 10_000

/** A bucket of tokens for each address, which fills by itself: so much at once, and so much a second in the long run. */
export interface TokenBuckets {
  /** Takes a token. @returns false, and takes none, where there is none */
  take(address: string): boolean
  /** Takes so many, whether they are there or not; below 0 gives back. */
  charge(address: string, tokens: number): void
  isEmpty(address: string): boolean
}

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** @param clock in milliseconds; never goes back */
export function openTokenBuckets({ perSecond, burst }: Rate, clock = () => performance.now()): TokenBuckets {
  const buckets = new LRUCache<string, { tokens: number; at: number }>({ max: MAX_ADDRESSES })
  function filled(address: string) {
    const now = clock()
    const known = buckets.get(address)
    if (known) {
      known.tokens = Math.min(burst, known.tokens + ((now - known.at) / 1000) * perSecond)
      known.at = now
      return known
    }
    const bucket = { tokens: burst, at: now }
    buckets.set(address, bucket)
    return bucket
  }
  return {
    take(address) {
      const bucket = filled(address)
      if (bucket.tokens < 1) return false
      bucket.tokens -= 1
      return true
    },
    charge(address, tokens) {
      const bucket = filled(address)
      // No deeper than it is high, so that whoever stops is soon let in again.
      bucket.tokens = Math.max(-burst, Math.min(burst, bucket.tokens - tokens))
    },
    isEmpty(address) {
      const known = buckets.peek(address)
      return known !== undefined && known.tokens + ((clock() - known.at) / 1000) * perSecond < 1
    },
  }
}

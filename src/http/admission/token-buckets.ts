import { LRUCache } from 'lru-cache'

/** Beyond it, the address that has been quiet for longest is forgotten, and has a full bucket again. */
const MAX_ADDRESSES = 10_000

/** A token bucket for each address: a burst at once, and a rate per second in the long run. */
export interface TokenBuckets {
  /** Takes a token. @returns false if there is none */
  take(address: string): boolean
  /** Takes tokens, even more than there are. A negative number gives tokens back. */
  charge(address: string, tokens: number): void
  isEmpty(address: string): boolean
}

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** @param clock monotonic, in milliseconds */
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
      // The debt is bounded by the size of the burst, so that a client that stops is soon admitted again.
      bucket.tokens = Math.max(-burst, Math.min(burst, bucket.tokens - tokens))
    },
    isEmpty(address) {
      const known = buckets.peek(address)
      return known !== undefined && known.tokens + ((clock() - known.at) / 1000) * perSecond < 1
    },
  }
}

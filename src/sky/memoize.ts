import { LRUCache } from 'lru-cache'

/** Memoizes a function, for the `max` keys used last. Arguments are the same if their keys are. */
export function memoize<Args extends readonly unknown[], Result extends object | string>(
  max: number,
  keyOf: (...args: Args) => string,
  compute: (...args: Args) => Result,
): (...args: Args) => Result {
  const cache = new LRUCache<string, Result>({ max })
  return (...args) => {
    const key = keyOf(...args)
    const cached = cache.get(key)
    if (cached !== undefined) return cached
    const result = compute(...args)
    cache.set(key, result)
    return result
  }
}

import { LRUCache } from 'lru-cache'
import type { Night } from '../domain/night.ts'

/**
 * Memoizes a function of a night, for the 4096 nights used last. Nights are the same if their dates are, and the
 * coordinates and time zones of their sites.
 */
export function memoizeByNight<Result extends object>(compute: (night: Night) => Result): (night: Night) => Result {
  const cache = new LRUCache<string, Result>({ max: 4096 })
  return (night) => {
    const { latitude, longitude, elevation, timeZone } = night.site
    const key = [latitude, longitude, elevation, timeZone, night.date].join(' ')
    const cached = cache.get(key)
    if (cached) return cached
    const result = compute(night)
    cache.set(key, result)
    return result
  }
}

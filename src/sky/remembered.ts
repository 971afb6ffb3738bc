import { LRUCache } from 'lru-cache'
import type { Night } from '../domain/night.ts'

/**
 * Works something out of a night once, for as long as it is remembered: 4096 nights, the last asked for. Nights are the
 * same when their dates, and the places and time zones of their sites are.
 */
export function memoizeByNight<Outcome extends object>(workOut: (night: Night) => Outcome): (night: Night) => Outcome {
  const known = new LRUCache<string, Outcome>({ max: 4096 })
  return (night) => {
    const { latitude, longitude, elevation, timeZone } = night.site
    const name = [latitude, longitude, elevation, timeZone, night.date].join(' ')
    const remembered = known.get(name)
    if (remembered) return remembered
    const outcome = workOut(night)
    known.set(name, outcome)
    return outcome
  }
}

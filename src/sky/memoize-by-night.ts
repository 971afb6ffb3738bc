import type { Night } from '../domain/night.ts'
import { memoize } from './memoize.ts'

/**
 * Memoizes a function of a night, for the 4096 nights used last. Nights are the same if their dates are, and the
 * coordinates and time zones of their sites.
 */
export const memoizeByNight = <Result extends object>(compute: (night: Night) => Result): ((night: Night) => Result) =>
  memoize(4096, keyOf, compute)

const keyOf = ({ site: { latitude, longitude, elevation, timeZone }, date }: Night): string =>
  [latitude, longitude, elevation, timeZone, date].join(' ')

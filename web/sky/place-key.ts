import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'

/** What the sky over a site depends on in an interval, as a key for a cache. */
export const placeKey = ({ latitude, longitude, elevation }: Site, { start, end }: Interval): string =>
  [latitude, longitude, elevation, start, end].join(' ')

import { type Interval, overlaps } from '../domain/interval.ts'
import type { DarknessRule } from '../domain/rules.ts'
import type { Site } from '../domain/site.ts'
import { type Light, twilight } from './sun.ts'
import { nextNight, nightAt, nightInterval } from './zone.ts'

/** The lights that are dark enough. */
const DARK_ENOUGH: Readonly<Record<DarknessRule, readonly Light[]>> = {
  civil: ['nautical', 'astronomical', 'dark'],
  nautical: ['astronomical', 'dark'],
  astronomical: ['dark'],
}

/**
 * Whether it is dark at a site throughout an interval, to the second of the bands of {@link twilight}. The search ends at the
 * first night with too much light in the interval.
 */
export function isDarkThroughout(site: Site, darkness: DarknessRule, during: Interval): boolean {
  for (let night = nightAt(site, during.start); nightInterval(night).start < during.end; night = nextNight(night)) {
    const isTooLight = twilight(night).some(
      (band) => overlaps(band, during) && !DARK_ENOUGH[darkness].includes(band.light),
    )
    if (isTooLight) return false
  }
  return true
}

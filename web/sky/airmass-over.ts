import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { airmassAt } from '../../src/sky/airmass.ts'
import type { Target } from '../../src/sky/target.ts'
import { trackOf } from '../../src/sky/track.ts'

/** Below this a target is of no use. */
const LOWEST_AIRMASS = 5

/** How a target stands during an interval: `at airmass 1.2 to 1.9`, or `too low` at its start or end. */
export function airmassOver(site: Site, target: Target, { start, end }: Interval): string {
  const { altitudeAt } = trackOf(site, target, (start + end) / 2)
  const [first, last] = [start, end].map((at) => {
    const airmass = airmassAt(altitudeAt(at))
    return airmass === undefined || airmass > LOWEST_AIRMASS ? undefined : airmass.toFixed(1)
  })
  if (first === undefined && last === undefined) return 'too low'
  if (first === undefined) return `rising to airmass ${last}`
  if (last === undefined) return `sinking from airmass ${first}`
  return first === last ? `at airmass ${first}` : `at airmass ${first} to ${last}`
}

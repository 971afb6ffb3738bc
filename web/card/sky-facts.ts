import { type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { qualityOf } from '../../src/sky/quality.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightAt } from '../../src/sky/zone.ts'
import type { NamedTarget } from '../target/named-target.ts'

/** The Moon in the middle of an interval: `42° high, 90% lit, 75° from M31`, or `Below the horizon`. */
export function formatMoon(site: Site, during: Interval, named: NamedTarget | undefined): string {
  const track = named && trackOf(site, named.target, during.start)
  const { moon } = qualityOf(during, durationOf(during), nightAt(site, during.start), track)
  if (moon.altitude < 0) return 'Below the horizon'
  const lit = `${Math.round(moon.altitude)}° high, ${Math.round(moon.illumination * 100)}% lit`
  return named ? `${lit}, ${Math.round(moon.separation ?? 0)}° from ${named.name}` : lit
}

import type { Site } from '../../src/domain/site.ts'
import { localSiderealTime } from '../../src/sky/sidereal.ts'
import { clockAt } from '../../src/sky/zone.ts'
import { useNow } from '../live/clock.ts'
import { formatHours } from '../grid/axis.tsx'

/** The present as site time, UTC and sidereal time. */
export function SiteClocks({ site }: { site: Site }) {
  const now = useNow(1)
  return (
    <p class="site-clocks">
      <span>{`${clockAt(site.timeZone, now).time} ${site.timeZone.replaceAll('_', ' ')}`}</span>
      <span class="axis-utc">{`${clockAt('UTC', now).time} UTC`}</span>
      <span class="axis-lst">{`LST ${formatHours(localSiderealTime(site, now))}`}</span>
    </p>
  )
}

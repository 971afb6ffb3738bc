import { MINUTE, type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { airmassAt } from '../../src/sky/airmass.ts'
import { moonSeparation } from '../../src/sky/moon-limits.ts'
import { darkness } from '../../src/sky/sun.ts'
import type { Track } from '../../src/sky/target.ts'
import { trackOf } from '../../src/sky/track.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { formatClock, nearestMinute } from '../format/clock.ts'
import type { NamedTarget } from '../target/named-target.ts'
import type { Check } from './check.ts'
import { formatLight, isBright, lightSecondsOf } from './draft-checks.ts'

/** Whether a time is dark: `✓ Dark throughout; dawn begins at 05:21`. */
export function darkCheck(site: Site, during: Interval): Check {
  const light = lightSecondsOf(site, during)
  const night = nightAt(site, during.start)
  const dark = darkness(night)
  if (isBright(light)) {
    const next = dark.find(({ end }) => end > during.start)
    const rest =
      next && next.start > during.start ? ` It is dark from ${formatClock(site, nearestMinute(next.start))}.` : ''
    return { state: 'warning', strong: '', rest: `${formatLight(light)}${rest}` }
  }
  const dawn = dark.find(({ start, end }) => start <= during.start && during.end <= end + MINUTE)?.end
  return {
    state: 'good',
    strong: 'Dark',
    rest: dawn === undefined ? ' throughout' : ` throughout; dawn begins at ${formatClock(site, nearestMinute(dawn))}`,
  }
}

/** The greatest airmass that is called good. */
const GOOD_AIRMASS = 2

/** How a target stands: `M31 sinks from airmass 1.2 to 1.8, Moon 76° away`. */
export function targetCheck(site: Site, during: Interval, { name, target }: NamedTarget): Check {
  const track = trackOf(site, target, during.start)
  const [from, to] = [airmassIn(track, during.start), airmassIn(track, during.end)]
  const moon = `Moon ${Math.round(moonSeparation(site, track)(during.start + durationOf(during) / 2))}° away`
  if (from === undefined || to === undefined) {
    const both = from === undefined && to === undefined
    return { state: 'warning', strong: name, rest: ` is below the horizon${both ? '' : ' for a part'}, ${moon}` }
  }
  const [one, other] = [from.toFixed(1), to.toFixed(1)]
  const verb = to > from ? 'sinks' : 'climbs'
  const state = Math.max(from, to) <= GOOD_AIRMASS && to <= from + 0.3 ? 'good' : 'warning'
  return one === other
    ? { state, strong: name, rest: ` stays at airmass ${one}, ${moon}` }
    : { state, strong: `${name} ${verb}`, rest: ` from airmass ${one} to ${other}, ${moon}` }
}

const airmassIn = (track: Track, at: number): number | undefined => airmassAt(track.altitudeAt(at))

import { HOUR, type Instant, type Interval, MINUTE, intersectIntervals } from '../domain/interval.ts'
import type { Darkness, Night } from '../domain/night.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import { airmassAt } from '../sky/airmass.ts'
import { holdsNight } from '../sky/free-nights.ts'
import { whenHourAngleIs } from '../sky/hour-angle.ts'
import { type Obstacle, observability, obstacleOf } from '../sky/observability.ts'
import { twilight } from '../sky/sun.ts'
import type { Target, Track } from '../sky/target.ts'
import { trackOf } from '../sky/track.ts'
import { nightInterval } from '../sky/zone.ts'
import type { ServiceContext } from './context.ts'
import { NIGHTS_PER_TURN, middleOf, nightsOf } from './planning.ts'

/** Minutes between the altitudes of a curve. */
export const CURVE_MINUTES = 10

/** When a target can be observed at sites, in the nights that overlap an interval. */
export interface VisibilityQuery {
  readonly sites: readonly SiteCode[]
  readonly target: Target
  readonly during: Interval
  readonly darkness: Darkness
  readonly maxAirmass: number
}

/** Altitude in degrees and airmass, from `start` on every {@link CURVE_MINUTES}. There is no airmass below the horizon. */
export interface Curve {
  readonly start: Instant
  readonly altitudes: readonly number[]
  readonly airmasses: readonly (number | undefined)[]
}

/** A target over a site in a night. */
export interface TargetNight {
  readonly night: Night
  /** Of the transit nearest to the middle of the night; undefined at a pole, or if the target is below the horizon then. */
  readonly transit: Instant | undefined
  /** Degrees. */
  readonly transitAltitude: number | undefined
  /** When it rises before that transit, and sets after; undefined if it never does, or has no transit. */
  readonly rise: Instant | undefined
  readonly set: Instant | undefined
  /** When the sky is dark and the target within the limits of airmass and mount; only the interval asked for. */
  readonly intervals: readonly Interval[]
  /**
   * From sunset to sunrise, all of the night if it need not be dark; only the interval asked for. Undefined if nothing is left
   * of that.
   */
  readonly curve: Curve | undefined
}

/** A target over a site, and why there is nothing of it to observe. */
export interface SiteVisibility {
  readonly site: SiteCode
  readonly nights: readonly TargetNight[]
  /** Empty if any night has an interval; otherwise what is in the way, each once. A part of a night that is bright does not count. */
  readonly obstacles: readonly (Exclude<Obstacle, 'moon'> | 'unknown_site')[]
}

/** What `valueOf` makes of each site, in the order asked. Yields to the event loop every few nights. */
export async function visibilityOf<T>(
  query: VisibilityQuery,
  { sites }: Pick<ServiceContext, 'sites'>,
  valueOf: (visibility: SiteVisibility) => T,
): Promise<T[]> {
  const values: T[] = []
  for (const code of new Set(query.sites)) {
    const site = sites.get(code)
    const visibility = site ? await atSite(site, query) : unknownSite(code)
    values.push(valueOf(visibility))
  }
  return values
}

const unknownSite = (site: SiteCode): SiteVisibility => ({ site, nights: [], obstacles: ['unknown_site'] })

async function atSite(site: Site, query: VisibilityQuery): Promise<SiteVisibility> {
  const nights: TargetNight[] = []
  const obstacles = new Set<SiteVisibility['obstacles'][number]>()
  for (const [index, night] of nightsOf(site, query.during).entries()) {
    if (index % NIGHTS_PER_TURN === 0) await yieldToEventLoop()
    const { obstacle, ...visibility } = inNight(night, query)
    nights.push(visibility)
    if (obstacle === 'target_low' || (obstacle === 'not_dark' && holdsNight(query.during, night)))
      obstacles.add(obstacle)
  }
  if (nights.some(({ intervals }) => intervals.length > 0)) return { site: site.code, nights, obstacles: [] }
  return { site: site.code, nights, obstacles: obstacles.size > 0 ? [...obstacles].toSorted() : ['not_dark'] }
}

function inNight(night: Night, query: VisibilityQuery): TargetNight & { readonly obstacle: Obstacle | undefined } {
  const { target, during, darkness, maxAirmass } = query
  const within = (intervals: readonly Interval[]) => intersectIntervals(intervals, [during])
  const track = trackOf(night.site, target, middleOf(nightInterval(night)))
  const stages = observability(night, { darkness, track, maxAirmass })
  return {
    night,
    ...passIn(night, track),
    intervals: within(stages[2].left),
    curve: curveOf(track, within(darkness === 'none' ? [nightInterval(night)] : sunDown(night))[0]),
    obstacle: obstacleOf(stages, (left) => within(left).length > 0),
  }
}

/** Longer than any body takes from its rise to its transit, where it does not stay up. */
const HALF_PASS = 13 * HOUR

/** The transit nearest to the middle of a night, where a target is up then, with the rise before and the set after it. */
function passIn(night: Night, track: Track): Pick<TargetNight, 'rise' | 'transit' | 'transitAltitude' | 'set'> {
  const none = { rise: undefined, transit: undefined, transitAltitude: undefined, set: undefined }
  if (Math.abs(night.site.latitude) === 90) return none
  const middle = middleOf(nightInterval(night))
  const [transit] = whenHourAngleIs(0, track, { start: middle - HALF_PASS, end: middle + HALF_PASS })
    .map(Math.round)
    .toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))
  if (transit === undefined) return none
  const around = { start: transit - HALF_PASS, end: transit + HALF_PASS }
  const up = track.above(0, around).find(({ start, end }) => start <= transit && transit < end)
  if (!up) return none
  return {
    rise: up.start > around.start ? up.start : undefined,
    transit,
    transitAltitude: track.altitudeAt(transit),
    set: up.end < around.end ? up.end : undefined,
  }
}

/** From sunset to sunrise; empty if the Sun does not set. */
function sunDown(night: Night): Interval[] {
  const down = twilight(night).filter(({ light }) => light !== 'day')
  const [first, last] = [down[0], down.at(-1)]
  return first && last ? [{ start: first.start, end: last.end }] : []
}

const STEP = CURVE_MINUTES * MINUTE

function curveOf({ altitudeAt }: Track, during: Interval | undefined): Curve | undefined {
  if (!during) return undefined
  const { start, end } = during
  const altitudes = Array.from({ length: Math.floor((end - start) / STEP) + 1 }, (_, n) => altitudeAt(start + n * STEP))
  return { start, altitudes, airmasses: altitudes.map(airmassAt) }
}

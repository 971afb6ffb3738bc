import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { altitudeOfAirmass } from '../../src/sky/airmass.ts'
import { memoize } from '../../src/sky/memoize.ts'
import { MOON, type Target, type Track } from '../../src/sky/target.ts'
import { trackOf } from '../../src/sky/track.ts'
import { shareOf } from '../position.ts'
import { placeKey } from './place-key.ts'
import { samplesOf } from './samples.ts'

/** What is drawn over a site: the Moon, or a target. */
type Drawn = 'moon' | Target

/** An altitude over the horizon at an instant, in degrees, geometric. */
interface AltitudePoint {
  readonly at: Instant
  readonly altitude: number
}

/** The airmasses that are marked on a target's curve. */
const MARKED_AIRMASSES = [1.2, 1.5, 2] as const

/** A point of a curve with a marked airmass. */
interface AirmassTick extends AltitudePoint {
  readonly airmass: (typeof MARKED_AIRMASSES)[number]
}

/** The altitude of the Moon or a target over a site, every eight minutes and at the end. The last 512 are remembered. */
export const altitudeCurve = memoize(
  512,
  (site: Site, body: Drawn, during: Interval) => `${placeKey(site, during)} ${bodyKey(body)}`,
  (site, body, during): readonly AltitudePoint[] => {
    const { altitudeAt } = trackDuring(site, body, during)
    return samplesOf(during).map((at) => ({ at, altitude: altitudeAt(at) }))
  },
)

/** When a target is at each of the marked airmasses within an interval, by time. The last 512 are remembered. */
export const airmassTicks = memoize(
  512,
  (site: Site, target: Target, during: Interval) => `${placeKey(site, during)} ${bodyKey(target)}`,
  (site, target, during): readonly AirmassTick[] => {
    const track = trackDuring(site, target, during)
    const isInside = (at: Instant) => during.start < at && at < during.end
    return MARKED_AIRMASSES.flatMap((airmass) => {
      const altitude = altitudeOfAirmass(airmass)
      const passes = track.above(altitude, during)
      return passes.flatMap(({ start, end }) => [start, end].filter(isInside).map((at) => ({ at, altitude, airmass })))
    }).toSorted((a, b) => a.at - b.at)
  },
)

/** What distinguishes a body from another, as a key for a cache. */
export const bodyKey = (body: Drawn): string => {
  const target = targetOf(body)
  return 'body' in target ? target.body : `${target.ra} ${target.dec}`
}

const targetOf = (body: Drawn): Target => (body === 'moon' ? MOON : body)

const trackDuring = (site: Site, body: Drawn, { start, end }: Interval): Track =>
  trackOf(site, targetOf(body), (start + end) / 2)

/** The box that a curve fills. Time goes down or to the right; the horizon is at its left, or at its bottom. */
export interface CurveBox {
  readonly width: number
  readonly height: number
  readonly axis: 'down' | 'right'
}

/** Where an altitude at an instant is in the box: the horizon at one edge, the zenith at the other. */
function positionOfPoint({ at, altitude }: AltitudePoint, during: Interval, box: CurveBox): [number, number] {
  const [time, height] = [shareOf(during, at), altitude / 90]
  return box.axis === 'down' ? [box.width * height, box.height * time] : [box.width * time, box.height * (1 - height)]
}

/** A curve above the horizon as the path of an SVG; empty if it never is. */
export const curvePath = (points: readonly AltitudePoint[], during: Interval, box: CurveBox): string =>
  passesOf(points)
    .map((pass) => `M${textOf(pass, during, box)}`)
    .join('')

/** The area between a curve and the horizon as the path of an SVG. */
export const areaPath = (points: readonly AltitudePoint[], during: Interval, box: CurveBox): string =>
  passesOf(points)
    .map((pass) => `M${textOf([onHorizon(pass[0]), ...pass, onHorizon(pass.at(-1))], during, box)}Z`)
    .join('')

const onHorizon = (point: AltitudePoint | undefined): AltitudePoint => ({ at: point?.at ?? 0, altitude: 0 })

const textOf = (points: readonly AltitudePoint[], during: Interval, box: CurveBox): string =>
  points
    .map((point) =>
      positionOfPoint(point, during, box)
        .map((value) => Math.round(value * 100) / 100)
        .join(' '),
    )
    .join('L')

/** The parts of a curve above the horizon, each with the points in which it crosses that. */
function passesOf(points: readonly AltitudePoint[]): AltitudePoint[][] {
  const passes: AltitudePoint[][] = []
  let before: AltitudePoint | undefined
  for (const point of points) {
    const isUp = point.altitude >= 0
    const wasUp = before !== undefined && before.altitude >= 0
    if (isUp && !wasUp) passes.push([])
    if (before && isUp !== wasUp) passes.at(-1)?.push(crossing(before, point))
    if (isUp) passes.at(-1)?.push(point)
    before = point
  }
  return passes
}

/** Where a straight line between two points crosses the horizon. */
const crossing = (from: AltitudePoint, to: AltitudePoint): AltitudePoint => ({
  at: from.at + ((to.at - from.at) * from.altitude) / (from.altitude - to.altitude),
  altitude: 0,
})

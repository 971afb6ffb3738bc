import { HOUR, type Instant, type Interval } from '../domain/interval.ts'

/** The altitude of a body over the horizon at an instant, degrees. */
export type Height = (at: Instant) => number

/** An interval in which an altitude stays between two limits: at every second from `start` up to the one before `end`. */
export interface BandInterval extends Interval {
  /** Number of limits that are at or below the altitude. */
  readonly band: number
}

interface Point {
  readonly at: Instant
  readonly height: number
}

/**
 * Splits an interval where the altitude of a body crosses limits (degrees, lowest first, within 45 of the horizon). The
 * parts are sorted, adjacent and cover all of `during`; the bands of neighbours differ.
 *
 * Misses crossings of an altitude that turns from rising to sinking and back within an hour.
 */
export function bandIntervals(during: Interval, height: Height, limits: readonly number[]): BandInterval[] {
  // A search for one crossing is unreliable near the highest and lowest altitude, and white nights have only those. So
  // `pointsOf` finds these first.
  const bandOf = (point: Point): number => limits.filter((limit) => limit <= point.height).length
  const [first, ...points] = pointsOf(during, height, limits) as [Point, ...Point[]]
  const found: BandInterval[] = []
  let [from, start, band] = [first, during.start, bandOf(first)]
  for (const to of points) {
    for (const last = bandOf(to); band !== last;) {
      from = crossing(from, to, limits[band < last ? band : band - 1] as number, height)
      found.push({ start, end: from.at, band })
      ;[start, band] = [from.at, bandOf(from)]
    }
    from = to
  }
  if (start < during.end) found.push({ start, end: during.end, band })
  return found
}

/**
 * The parts of `during` in which an altitude is below a limit (or, if `below` is false, not below it): sorted and disjoint.
 * Rounded inward by less than two seconds at either end.
 */
export function intervalsWhere(below: boolean, limit: number, height: Height, during: Interval): Interval[] {
  return bandIntervals({ start: during.start, end: during.end + 1 }, height, [limit])
    .filter(({ band }) => (band === 0) === below)
    .map(({ start, end }) => ({ start, end: end - 1 }))
    .filter(({ start, end }) => start < end)
}

/**
 * The start, points at most an hour apart, and the end, such that the altitude crosses each limit at most once between
 * neighbours: a highest or lowest point near a limit is one of the points.
 */
function pointsOf({ start, end }: Interval, height: Height, limits: readonly number[]): Point[] {
  const pointAt = (at: Instant): Point => ({ at, height: height(at) })
  const points = [pointAt(start)]
  let [before, here] = [pointAt(start - HOUR), points[0] as Point]
  for (let at = start; at < end + HOUR; at += HOUR) {
    const after = pointAt(at + HOUR)
    const direction = Math.sign(here.height - before.height)
    const turns = direction !== Math.sign(after.height - here.height)
    // A turn within 45 degrees of the horizon is at most half an hour from `here`, and less than a degree off.
    if (turns && limits.some((limit) => Math.abs(limit - here.height) < 1)) {
      points.push(pointAt(extremumIn(before.at, after.at, direction, height)))
    }
    points.push(after)
    ;[before, here] = [here, after]
  }
  return [...points.filter(({ at }) => at < end && at >= start).toSorted((a, b) => a.at - b.at), pointAt(end)]
}

/** The second at which an altitude stops rising (`direction` 1) or sinking (-1), by bisection. */
function extremumIn(before: Instant, after: Instant, direction: number, height: Height): Instant {
  let [low, high] = [before, after]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (Math.sign(height(middle + 1) - height(middle)) === direction) low = middle
    else high = middle
  }
  return high
}

/** The first second on the side of the limit on which `to` is, by interpolation; every third step bisects. */
function crossing(from: Point, to: Point, limit: number, height: Height): Point {
  let [low, high] = [from, to]
  for (let step = 1; high.at - low.at > 1; step++) {
    const share = step % 3 === 0 ? 0.5 : (limit - low.height) / (high.height - low.height)
    const guess = Math.round(low.at + share * (high.at - low.at))
    const at = Math.min(Math.max(guess, low.at + 1), high.at - 1)
    const middle = { at, height: height(at) }
    if (middle.height < limit === to.height < limit) high = middle
    else low = middle
  }
  return high
}

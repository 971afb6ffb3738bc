import { HOUR, type Instant, type Interval } from '../domain/interval.ts'

/** How high something stands over the horizon at an instant, degrees. */
export type Height = (at: Instant) => number

/** A time through which a height stays between two limits: at each second from `start` on, up to the one before `end`. */
export interface BandInterval extends Interval {
  /** How many of the limits are no higher than the height. */
  readonly band: number
}

interface Point {
  readonly at: Instant
  readonly height: number
}

/**
 * Cuts a time where the height of a body in the sky passes any of some limits (degrees, lowest first, within 45 of the
 * horizon). The runs are in order, touch, and cover the whole of `during`; neighbours differ.
 *
 * A height that turns from rising to sinking and back within the hour may go unseen, and with it what it did meanwhile.
 */
export function bandIntervals(during: Interval, height: Height, limits: readonly number[]): BandInterval[] {
  // Search functions that look for one crossing are not reliable near the greatest and least height, and in the
  // season of white nights there is nothing else. So we look there first.
  const levelOf = (point: Point): number => limits.filter((limit) => limit <= point.height).length
  const [first, ...points] = pointsOf(during, height, limits) as [Point, ...Point[]]
  const found: BandInterval[] = []
  let [from, start, band] = [first, during.start, levelOf(first)]
  for (const to of points) {
    for (const last = levelOf(to); band !== last;) {
      from = crossing(from, to, limits[band < last ? band : band - 1] as number, height)
      found.push({ start, end: from.at, band })
      ;[start, band] = [from.at, levelOf(from)]
    }
    from = to
  }
  if (start < during.end) found.push({ start, end: during.end, band })
  return found
}

/**
 * The parts of `during` in which a height is below a limit, or not, in order and apart. Rounded inward: it is so at
 * every instant from `start` to `end`, and less than two seconds are lost at either end.
 */
export function intervalsWhere(below: boolean, limit: number, height: Height, during: Interval): Interval[] {
  return bandIntervals({ start: during.start, end: during.end + 1 }, height, [limit])
    .filter(({ band }) => (band === 0) === below)
    .map(({ start, end }) => ({ start, end: end - 1 }))
    .filter(({ start, end }) => start < end)
}

/**
 * The start, points at most an hour apart, and the end, such that from each to the next any limit is crossed at most
 * once: where the height turns near a limit, the second of the turn is one of them.
 */
function pointsOf({ start, end }: Interval, height: Height, limits: readonly number[]): Point[] {
  const pointAt = (at: Instant): Point => ({ at, height: height(at) })
  const points = [pointAt(start)]
  let [before, here] = [pointAt(start - HOUR), points[0] as Point]
  for (let at = start; at < end + HOUR; at += HOUR) {
    const after = pointAt(at + HOUR)
    const sense = Math.sign(here.height - before.height)
    const turns = sense !== Math.sign(after.height - here.height)
    // A turn within 45 degrees of the horizon is at most half an hour from `here`, and less than a degree off.
    if (turns && limits.some((limit) => Math.abs(limit - here.height) < 1)) {
      points.push(pointAt(extremumIn(before.at, after.at, sense, height)))
    }
    points.push(after)
    ;[before, here] = [here, after]
  }
  return [
    ...points.filter(({ at }) => at < end && at >= start).toSorted((a, b) => a.at - b.at),
    pointAt(end),
  ]
}

/** The second at which a height that rises or sinks, `sense` 1 or -1, no longer does. Bisection. */
function extremumIn(before: Instant, after: Instant, sense: number, height: Height): Instant {
  let [no, yes] = [before, after]
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2)
    if (Math.sign(height(middle + 1) - height(middle)) === sense) no = middle
    else yes = middle
  }
  return yes
}

/** The first second with the height on the side of the limit it has at `to`: by interpolation, each third time by halving. */
function crossing(from: Point, to: Point, limit: number, height: Height): Point {
  let [no, yes] = [from, to]
  for (let step = 1; yes.at - no.at > 1; step++) {
    const share = step % 3 === 0 ? 0.5 : (limit - no.height) / (yes.height - no.height)
    const guess = Math.round(no.at + share * (yes.at - no.at))
    const at = Math.min(Math.max(guess, no.at + 1), yes.at - 1)
    const here = { at, height: height(at) }
    if ((here.height < limit) === (to.height < limit)) yes = here
    else no = here
  }
  return yes
}

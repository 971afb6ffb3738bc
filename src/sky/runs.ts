import { HOUR, type Instant, type Interval } from '../domain/interval.ts'

/** A time through which a height stays of one kind: at each second from `start` on, up to the one before `end`. */
export interface Run<Kind> extends Interval {
  readonly kind: Kind
}

/**
 * Cuts a time where a height, as that of the Sun, passes from one kind to another. The runs are in order, touch, and
 * cover the whole of `during`; neighbours differ. Kinds must be bands of height: each all that is between two limits.
 *
 * The height must be smooth, and turn from rising to sinking or back no oftener than every few hours. A turn and its
 * return within the hour may go unseen, and with them what the height did meanwhile.
 */
export function runs<Kind>(during: Interval, height: (at: Instant) => number, kindOf: (height: number) => Kind): Run<Kind>[] {
  // Search functions that look for one crossing are not reliable near the greatest and least height, and in the
  // season of white nights there is nothing else. So we look there first.
  const found: Run<Kind>[] = []
  const kindAt = (at: Instant): Kind => kindOf(height(at))
  let run = { start: during.start, kind: kindAt(during.start) }
  let from = during.start
  for (const to of stationsAfter(during, height)) {
    for (const last = kindAt(to); run.kind !== last;) {
      const { start, kind } = run
      from = firstSecond(from, to, (at) => kindAt(at) !== kind)
      found.push({ start, end: from, kind })
      run = { start: from, kind: kindAt(from) }
    }
    from = to
  }
  if (run.start < during.end) found.push({ ...run, end: during.end })
  return found
}

/**
 * The parts of `during` in which a height is of the kind wanted, in order and apart. Rounded inward: it is so at every
 * instant from `start` to `end`, and less than two seconds are lost at either end.
 */
export function partsWhere(during: Interval, height: (at: Instant) => number, holds: (height: number) => boolean): Interval[] {
  return runs({ start: during.start, end: during.end + 1 }, height, holds)
    .filter(({ kind }) => kind)
    .map(({ start, end }) => ({ start, end: end - 1 }))
    .filter(({ start, end }) => start < end)
}

/**
 * The seconds at which a height turns from rising to sinking or back, and at last the end: from the start to the
 * first, and from each to the next, it crosses any limit at most once.
 */
function stationsAfter({ start, end }: Interval, height: (at: Instant) => number): Instant[] {
  const stations: Instant[] = []
  const rise = (at: Instant): number => height(at + 1) - height(at)
  let last = start
  let [before, here] = [height(start - HOUR), height(start)]
  for (let at = start; at < end + HOUR; at += HOUR) {
    const after = height(at + HOUR)
    const sense = Math.sign(here - before)
    if (sense !== Math.sign(after - here)) {
      const turn = firstSecond(at - HOUR, at + HOUR, (second) => Math.sign(rise(second)) !== sense)
      if (turn > last && turn < end) stations.push((last = turn))
    }
    [before, here] = [here, after]
  }
  return [...stations, end]
}

/** The first second after `after`, and at the latest `until`, from which on something holds. Bisection. */
function firstSecond(after: Instant, until: Instant, holds: (at: Instant) => boolean): Instant {
  let [no, yes] = [after, until]
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2)
    if (holds(middle)) yes = middle
    else no = middle
  }
  return yes
}

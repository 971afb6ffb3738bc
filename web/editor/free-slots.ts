import { DAY, type Instant, type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nearestFreeDark, searchedSpan } from '../../src/sky/free-time.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { NIGHTS } from '../nights-searched.ts'
import { onSteps, STEP } from './steps.ts'

/** An interval of `length` seconds at the start or the end of a free one; on steps if it fits there. */
function alignToSteps(free: Interval, length: number, at: 'start' | 'end'): Interval {
  const whole = onSteps(free)
  const { start, end } = durationOf(whole) >= length ? whole : free
  return at === 'start' ? { start, end: start + length } : { start: end - length, end }
}

/** In each free interval, the interval of the wanted length that is nearest to the wanted time. */
export const alignNear = (wanted: Interval, free: readonly Interval[]): Interval[] =>
  free.map((time) => alignToSteps(time, durationOf(wanted), time.start < wanted.start ? 'end' : 'start'))

interface FreeSlotSearch {
  readonly site: Site
  readonly wanted: Interval
  readonly taken: readonly Interval[]
  /** No earlier time is offered. */
  readonly earliest: Instant
}

/** The nearest free dark intervals of the wanted length, before and after the wanted time. */
export function freeNear({ site, wanted, taken, earliest }: FreeSlotSearch): Interval[] {
  const { before, after } = nearestFreeDark({
    site,
    wanted,
    taken,
    earliest,
    length: durationOf(wanted),
    nights: NIGHTS,
  })
  return alignNear(
    wanted,
    [before, after].filter((time) => time !== undefined),
  )
}

/** The first free dark interval of the wanted length from the wanted start on; undefined if there is none within {@link NIGHTS}. */
export function nextFree({ site, wanted, taken, earliest }: FreeSlotSearch): Interval | undefined {
  const length = durationOf(wanted)
  const free = firstFreeDark(site, taken, Math.max(wanted.start, earliest), (run) => durationOf(run) >= length)
  return free && alignToSteps(free, length, 'start')
}

/**
 * The first free dark time from `from` on that is of use; undefined if there is none within {@link NIGHTS}. In polar night it
 * goes on across noon.
 */
export function firstFreeDark(
  site: Site,
  taken: readonly Interval[],
  from: Instant,
  isOfUse: (free: Interval) => boolean,
): Interval | undefined {
  const last = searchedSpan(site, stepFrom(from), NIGHTS).end
  for (let at = from; at < last;) {
    const free = runFrom(site, taken, at)
    if (!free || free.start >= last) return undefined
    if (isOfUse(free)) return free
    at = free.end
  }
  return undefined
}

const stepFrom = (start: Instant): Interval => ({ start, end: start + STEP })

/** A run of free dark time is followed no further than this, in seconds. */
const LONGEST_RUN = 4 * DAY

/** The first free dark time of a step or more, joined with that of the following nights if there is no gap at noon. */
function runFrom(site: Site, taken: readonly Interval[], from: Instant): Interval | undefined {
  const next = (at: Instant) =>
    nearestFreeDark({ site, taken, wanted: stepFrom(at), length: STEP, earliest: at, nights: NIGHTS }).after
  let run = next(from)
  while (run && endsAtNoon(site, run) && durationOf(run) < LONGEST_RUN) {
    const more = next(run.end)
    if (more?.start !== run.end) break
    run = { start: run.start, end: more.end }
  }
  return run
}

const endsAtNoon = (site: Site, { end }: Interval): boolean => nightInterval(nightAt(site, end)).start === end

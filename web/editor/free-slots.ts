import { type Instant, type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nearestFreeDark } from '../../src/sky/free-time.ts'
import { NIGHTS } from '../nights-searched.ts'
import { stepAtOrAfter, stepAtOrBefore } from './steps.ts'

/** An interval of `length` seconds at the start or the end of a free one; on steps if it fits there. */
function alignToSteps(free: Interval, length: number, at: 'start' | 'end'): Interval {
  const onSteps = { start: stepAtOrAfter(free.start), end: stepAtOrBefore(free.end) }
  const { start, end } = durationOf(onSteps) >= length ? onSteps : free
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
  const from = Math.max(wanted.start, earliest)
  const length = durationOf(wanted)
  const { after } = nearestFreeDark({
    site,
    wanted: { start: from, end: from + length },
    taken,
    earliest: from,
    length,
    nights: NIGHTS,
  })
  return after && alignToSteps(after, length, 'start')
}

import { type Instant, type Interval, durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nearestFreeDark } from '../../src/sky/free-time.ts'
import { stepAtOrAfter, stepAtOrBefore } from './steps.ts'

/** How many nights each way free time is looked for. */
export const NIGHTS = 3

/** A length at the beginning or at the end of a free time that is long enough; on steps where that leaves enough. */
function alignToSteps(free: Interval, length: number, at: 'start' | 'end'): Interval {
  const onSteps = { start: stepAtOrAfter(free.start), end: stepAtOrBefore(free.end) }
  const { start, end } = durationOf(onSteps) >= length ? onSteps : free
  return at === 'start' ? { start, end: start + length } : { start: end - length, end }
}

/** The wanted length, as near to the wanted time as each of the free times lets it be. */
export const alignNear = (wanted: Interval, free: readonly Interval[]): Interval[] =>
  free.map((time) => alignToSteps(time, durationOf(wanted), time.start < wanted.start ? 'end' : 'start'))

interface FreeSlotSearch {
  readonly site: Site
  readonly wanted: Interval
  readonly taken: readonly Interval[]
  /** Nothing before it is proposed. */
  readonly earliest: Instant
}

/** Where the wanted length would be free and dark, before and after the wanted time. */
export function freeNear({ site, wanted, taken, earliest }: FreeSlotSearch): Interval[] {
  const { before, after } = nearestFreeDark({ site, wanted, taken, earliest, length: durationOf(wanted), nights: NIGHTS })
  return alignNear(wanted, [before, after].filter((time) => time !== undefined))
}

/** The first free dark time for the wanted length from the wanted start on, if there is one within {@link NIGHTS}. */
export function nextFree({ site, wanted, taken, earliest }: FreeSlotSearch): Interval | undefined {
  const from = Math.max(wanted.start, earliest)
  const length = durationOf(wanted)
  const { after } = nearestFreeDark({ site, wanted: { start: from, end: from + length }, taken, earliest: from, length, nights: NIGHTS })
  return after && alignToSteps(after, length, 'start')
}

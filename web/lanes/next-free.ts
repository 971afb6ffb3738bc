import { DAY, type Instant, type Interval, durationOf, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { searchedSpan } from '../../src/sky/free-time.ts'
import { firstFreeDark } from '../editor/free-slots.ts'
import { onSteps, stepAtOrAfter } from '../editor/steps.ts'
import { CLOCK_ALONE } from '../format/span.ts'
import { NIGHTS } from '../nights-searched.ts'

/** The shortest free time that is of use, in seconds. */
const MIN_DURATION = 30 * MINUTE

const wantedFrom = (start: Instant): Interval => ({ start, end: start + MIN_DURATION })

/** The interval from `start` on whose reservations the search at the sites needs, in whole UTC days, so that it seldom changes. */
export function searchWindow(sites: readonly Site[], start: Instant, now: Instant): Interval {
  const ends = sites.map((site) => searchedSpan(site, wantedFrom(now), NIGHTS).end)
  return { start: start - (start % DAY), end: Math.ceil(Math.max(...ends) / DAY) * DAY }
}

/**
 * The next free dark time of 30 minutes or more at a site, on steps of five minutes; undefined if there is none in the
 * {@link NIGHTS} that are searched.
 */
export function nextFreeDark(site: Site, taken: readonly Interval[], now: Instant): Interval | undefined {
  const free = firstFreeDark(site, taken, stepAtOrAfter(now), (run) => durationOf(onSteps(run)) >= MIN_DURATION)
  if (!free) return undefined
  const { start, end } = onSteps(free)
  // In polar night more would be free, but a button has room for clocks alone.
  return { start, end: Math.min(end, start + CLOCK_ALONE) }
}

import { type Instant, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { isDate, nightAt, nightInterval, offsetAt } from '../../src/sky/zone.ts'

/** Seconds between the times that can be chosen. */
export const STEP = 5 * MINUTE

/** The first step at or after an instant. */
export const stepAtOrAfter = (at: Instant): Instant => Math.ceil(at / STEP) * STEP
/** The last step at or before an instant. */
export const stepAtOrBefore = (at: Instant): Instant => Math.floor(at / STEP) * STEP

/** The night of a date; undefined if the date is invalid or the site's time zone skipped it. */
export function nightOfDate(site: Site, date: string): Night | undefined {
  const night = { site, date }
  try {
    if (!isDate(date)) return undefined
    nightInterval(night)
    return night
  } catch {
    return undefined
  }
}

/** The instants of a night at which a reservation can start, sorted: all steps, and those of `also`. */
export function startsIn(night: Night, also: readonly Instant[] = []): Instant[] {
  const { start, end } = nightInterval(night)
  return sortedUnique([...stepsFrom(start, end), ...also.filter((at) => at >= start && at < end)])
}

/** The instants of a night at which a reservation can end that starts at `after`, sorted: all steps, the noon at its end, and those of `also`. */
export function endsIn(night: Night, after: Instant, also: readonly Instant[] = []): Instant[] {
  const { start, end } = nightInterval(night)
  const isPossible = (at: Instant) => at > start && at > after && at <= end
  return sortedUnique([...stepsFrom(start, end), end, ...also].filter(isPossible))
}

function* stepsFrom(start: Instant, end: Instant): Generator<Instant, void> {
  for (let at = stepAtOrAfter(start); at < end; at += STEP) yield at
}

const sortedUnique = (instants: readonly Instant[]): Instant[] => [...new Set(instants)].toSorted((a, b) => a - b)

/** The instant in `night` with the same site time as `at`, or an hour later if clocks skip it; at most the end of the night. */
export function sameLocalTimeIn(night: Night, at: Instant, from = nightAt(night.site, at)): Instant {
  const { timeZone } = night.site
  const sinceNoon = (instant: Instant, noon: Instant) =>
    instant + offsetAt(timeZone, instant) - noon - offsetAt(timeZone, noon)
  const { start, end } = nightInterval(night)
  const shown = sinceNoon(at, nightInterval(from).start)
  const elapsed = start + shown
  const corrected = elapsed - (offsetAt(timeZone, elapsed) - offsetAt(timeZone, start))
  return Math.min(sinceNoon(corrected, start) === shown ? corrected : elapsed, end)
}

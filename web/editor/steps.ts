import { type Instant, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { isDate, nightAt, nightInterval, offsetAt } from '../../src/sky/zone.ts'

/** Seconds between the times one can choose. */
export const STEP = 5 * MINUTE

export const stepAtOrAfter = (at: Instant): Instant => Math.ceil(at / STEP) * STEP
export const stepAtOrBefore = (at: Instant): Instant => Math.floor(at / STEP) * STEP

/** The night of a date, or none where the site never had it. */
export function nightOn(site: Site, date: string): Night | undefined {
  const night = { site, date }
  try {
    if (!isDate(date)) return undefined
    nightInterval(night)
    return night
  } catch {
    return undefined
  }
}

/** The instants of a night at which something can start, in the order they happen, and of `also` those that are in it. */
export function startsIn(night: Night, also: readonly Instant[] = []): Instant[] {
  const { start, end } = nightInterval(night)
  return inOrder([...stepsFrom(start, end), ...also.filter((at) => at >= start && at < end)])
}

/** The instants of a night at which something can end that starts at `after`: the next noon among them. */
export function endsIn(night: Night, after: Instant, also: readonly Instant[] = []): Instant[] {
  const { start, end } = nightInterval(night)
  const isIn = (at: Instant) => at > start && at > after && at <= end
  return inOrder([...stepsFrom(start, end), end, ...also].filter(isIn))
}

function* stepsFrom(start: Instant, end: Instant): Generator<Instant, void> {
  for (let at = stepAtOrAfter(start); at < end; at += STEP) yield at
}

const inOrder = (instants: readonly Instant[]): Instant[] => [...new Set(instants)].toSorted((a, b) => a - b)

/** When the clock shows in `night` what it shows at `at`; where the clocks leave that out, as much later. At most its end. */
export function sameClockIn(night: Night, at: Instant, from = nightAt(night.site, at)): Instant {
  const { timeZone } = night.site
  const sinceNoon = (instant: Instant, noon: Instant) => instant + offsetAt(timeZone, instant) - noon - offsetAt(timeZone, noon)
  const { start, end } = nightInterval(night)
  const shown = sinceNoon(at, nightInterval(from).start)
  const elapsed = start + shown
  const corrected = elapsed - (offsetAt(timeZone, elapsed) - offsetAt(timeZone, start))
  return Math.min(sinceNoon(corrected, start) === shown ? corrected : elapsed, end)
}

import { type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { isDate, nightInterval } from '../../src/sky/zone.ts'

/** Seconds between the times that can be chosen. */
export const STEP = 5 * MINUTE

/** The shortest free time that is offered, in seconds. A shorter drag is a slip of the pointer. */
export const SHORTEST = 15 * MINUTE

/** The first step at or after an instant. */
export const stepAtOrAfter = (at: Instant): Instant => Math.ceil(at / STEP) * STEP
/** The last step at or before an instant. */
export const stepAtOrBefore = (at: Instant): Instant => Math.floor(at / STEP) * STEP

/** The part of an interval in whole steps. Its end is before its start if there is no step in it. */
export const onSteps = ({ start, end }: Interval): Interval => ({
  start: stepAtOrAfter(start),
  end: stepAtOrBefore(end),
})

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

import { HOUR, type Instant, type Interval, overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { formatClock } from '../format/clock.ts'
import { formatDistance, formatLength } from '../format/length.ts'
import { formatMoment, formatSpan } from '../format/span.ts'
import { isolate } from '../bidi.ts'
import type { Check, Objection, QuotaLeft } from './check.ts'
import { formatTaken, holderOf } from './describe.ts'
import { type OverlapCheck, timingOf } from './draft-checks.ts'

interface FreeQuestion {
  readonly site: Site
  readonly during: Interval
  /** Undefined before the reservations have been read. */
  readonly overlaps: OverlapCheck | undefined
  /** All other reservations read so far. */
  readonly others: readonly Reservation[] | undefined
  /** Why they could not be read. */
  readonly problem: string | undefined
}

/** Whether a time is free, until when and whose the next is; or who has it. */
export function freeCheck({ site, during, overlaps: found, others = [], problem }: FreeQuestion): Check {
  if (!found)
    return {
      state: 'unknown',
      strong: '',
      rest: problem ? 'The reservations could not be loaded.' : 'Checking availability …',
    }
  const [own] = found.overlapping
  if (found.blocking.length > 0) return { state: 'bad', strong: '', rest: formatTaken(site, found.blocking) }
  const before = others.filter((one) => overlaps(one, during) && !found.overlapping.includes(one))
  if (before.length > 0) return { state: 'warning', strong: 'Overlaps already:', rest: ` ${formatTaken(site, before)}` }
  if (own)
    return { state: 'good', strong: 'You already have', rest: ` ${formatSpan(site, own)}; your own may overlap.` }
  return { state: 'good', strong: 'Free', rest: formatUntil(site, during, others) }
}

/** ` until 01:30, then Li Wei`, if that is in the same night. */
function formatUntil(site: Site, { start, end }: Interval, others: readonly Reservation[]): string {
  const night = nightInterval(nightAt(site, start))
  const next = others
    .filter((one) => one.start >= end && one.start < night.end)
    .toSorted((a, b) => a.start - b.start)[0]
  if (!next) return ' for the rest of the night'
  const holder = next.kind === 'maintenance' ? holderOf(next) : isolate(next.creator)
  return ` until ${formatClock(site, next.start)}, then ${holder}`
}

/** A warning about a time that is past, or further ahead than it may look. */
export function timingCheck(site: Site, during: Interval, now: Instant): Check | undefined {
  const when = timingOf(during, now)
  if (when === 'past')
    return { state: 'bad', strong: 'Over', rest: `: this time is over, ${formatDistance(during.end, now)}.` }
  if (when === 'now')
    return {
      state: 'warning',
      strong: '',
      rest: `This time has already started, at ${formatMoment(site, during.start)}.`,
    }
  return undefined
}

/** The rules that a draft breaks; conflicts are told by {@link freeCheck}. */
export const ruleChecks = (objections: readonly Objection[]): Check[] =>
  objections
    .filter(({ code }) => code !== 'conflict')
    .map(({ message, overridable }) => ({ state: overridable ? 'warning' : 'bad', strong: '', rest: message }))

const QUOTA_TIMES: Readonly<Record<string, string>> = {
  hours_per_night: 'in this night',
  hours_per_7_nights: 'in seven nights',
}

/** What is used of the quotas: `2 h 30 min of 4 h are yours in this night already`. */
export const quotaChecks = (left: readonly QuotaLeft[]): Check[] =>
  left.map(({ rule, used, limit }) => {
    const when = QUOTA_TIMES[rule]
    if (when === undefined)
      return { state: 'good', strong: `${used} of ${limit}`, rest: ' reservations to come are made' }
    const [had, most] = [used, limit].map((hours) => formatLength(Math.round(hours * HOUR)))
    return { state: 'good', strong: `${had} of ${most}`, rest: ` are yours ${when} already` }
  })

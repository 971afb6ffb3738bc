import { DAY, HOUR, type Instant, type Interval } from './interval.ts'
import type { Reservation } from './reservation.ts'
import type { Rules } from './rules.ts'
import type { SiteCode } from './site.ts'

/** The fields of a reservation that rules look at. */
export type Placed = Pick<Reservation, 'id' | 'site' | 'start' | 'end' | 'kind'>

/** A night: from noon to noon, with the date of its evening, `YYYY-MM-DD`. */
export interface DatedNight extends Interval {
  readonly date: string
}

/** What the rules are evaluated with, beside the reservations. */
export interface QuotaContext {
  readonly now: Instant
  /** The rules of the whole network. */
  readonly network: Rules
  /** The rules of a site alone; without any for a code that is not listed. */
  readonly rulesAt: (site: SiteCode) => Rules
  /** The night that an instant is in at a site. */
  readonly nightOf: (site: SiteCode, at: Instant) => DatedNight
}

/** A rule that counts the hours or the reservations of an observer. */
export interface Quota {
  readonly code: 'hours_per_night' | 'hours_per_7_nights' | 'upcoming'
  /** Whether it counts the reservations at one site, or at all. */
  readonly from: 'site' | 'network'
  /** In seconds, or a number of reservations for `upcoming`. */
  readonly limit: number
}

/** What counts towards a quota. */
export interface Usage {
  /** In seconds, or a number of reservations for `upcoming`. */
  readonly used: number
  /** The first and the last night that are counted; none for `upcoming`. */
  readonly nights: readonly [first: string, last: string] | undefined
}

/** The quotas that hold at a site: its own, then those of the network. */
export const quotasAt = (site: SiteCode, { network, rulesAt }: QuotaContext): Quota[] => [
  ...quotasOf(rulesAt(site), 'site'),
  ...quotasOf(network, 'network'),
]

function quotasOf({ perNight, per7Nights, upcoming }: Rules, from: Quota['from']): Quota[] {
  const quotas: Quota[] = []
  if (perNight !== undefined) quotas.push({ code: 'hours_per_night', from, limit: perNight })
  if (per7Nights !== undefined) quotas.push({ code: 'hours_per_7_nights', from, limit: per7Nights })
  if (upcoming !== undefined) quotas.push({ code: 'upcoming', from, limit: upcoming })
  return quotas
}

/**
 * How much of a quota an observer's reservations use, for a reservation at `site` that starts in `night`. Of the runs of 7 nights
 * that hold the night it is the one that is used most.
 */
export function usageOf(
  { code, from }: Pick<Quota, 'code' | 'from'>,
  { site, night }: { readonly site: SiteCode; readonly night: string },
  reservations: readonly Placed[],
  context: QuotaContext,
): Usage {
  const counts = (one: Placed) => one.kind !== 'maintenance' && (from === 'network' || one.site === site)
  if (code === 'upcoming') {
    const upcoming = reservations.filter((one) => one.end > context.now && counts(one))
    return { used: upcoming.length, nights: undefined }
  }
  const day = dayOf(night)
  const span = code === 'hours_per_night' ? 1 : RUN
  const first = fullestRun(secondsByDay(reservations, { day, counts }, context), day, span)
  return { used: first.used, nights: [dateOf(first.day), dateOf(first.day + span - 1)] }
}

/** Nights in a row that `hours_per_7_nights` counts. */
const RUN = 7
/** Reservations that start further than this from the noon (UTC) of a night are in no run with it, at any longitude. */
const NEAR = (RUN + 2) * DAY

/** The reserved seconds of those that count, by the day of the night of their start, around a day. */
function secondsByDay(
  reservations: readonly Placed[],
  { day, counts }: { readonly day: number; readonly counts: (one: Placed) => boolean },
  { nightOf }: QuotaContext,
): ReadonlyMap<number, number> {
  const totals = new Map<number, number>()
  const nights = new Map<SiteCode, (Interval & { readonly day: number })[]>()
  for (const one of reservations) {
    const { site, start, end } = one
    if (Math.abs(start - noonOf(day)) > NEAR || !counts(one)) continue
    const known = nights.get(site) ?? []
    let night = known.find((near) => near.start <= start && start < near.end)
    if (!night) {
      // Each night is looked up once: that takes a thousand times as long as to compare instants.
      const found = nightOf(site, start)
      night = { start: found.start, end: found.end, day: dayOf(found.date) }
      nights.set(site, [...known, night])
    }
    totals.set(night.day, (totals.get(night.day) ?? 0) + end - start)
  }
  return totals
}

/** The run of `span` days that holds `day` and has most seconds: its first day, and the seconds. Of equal ones the earliest. */
function fullestRun(totals: ReadonlyMap<number, number>, day: number, span: number) {
  const runs = Array.from({ length: span }, (_, n) => day - span + 1 + n).map((first) => ({
    day: first,
    used: Array.from({ length: span }, (_, n) => totals.get(first + n) ?? 0).reduce((sum, one) => sum + one, 0),
  }))
  return runs.reduce((fullest, run) => (run.used > fullest.used ? run : fullest))
}

/** No zone is further than this from UTC. */
const MAX_OFFSET = 16 * HOUR

/**
 * From which end on an observer's reservations have to be counted to evaluate the rules for a reservation; undefined if nothing
 * is counted. @param alone whether rules anywhere forbid that it overlaps others
 */
export function countedFrom(after: Placed, context: QuotaContext, alone: boolean): Instant | undefined {
  const ends = quotasAt(after.site, context).map(({ code }) => {
    if (code === 'upcoming') return context.now
    const nights = code === 'hours_per_night' ? 1 : RUN
    return noonOf(dayOf(context.nightOf(after.site, after.start).date) - nights + 1) - MAX_OFFSET
  })
  if (alone) ends.push(after.start)
  return ends.length > 0 ? Math.min(...ends) : undefined
}

/** Days since 1970-01-01 of a date. */
const dayOf = (date: string): number => Date.parse(date) / (DAY * 1000)
const dateOf = (day: number): string => new Date(day * DAY * 1000).toISOString().slice(0, -14)
/** The noon of a day in UTC. */
const noonOf = (day: number): Instant => day * DAY + DAY / 2

import { isTrusted } from '../domain/access.ts'
import { bookableTime, type FreeInterval, REASONS, type Reason } from '../domain/availability.ts'
import { Failure } from '../domain/failure.ts'
import { type FirstFew, firstFew } from '../domain/first-few.ts'
import { type Instant, type Interval, durationOf, subtractIntervals } from '../domain/interval.ts'
import type { Darkness, Night } from '../domain/night.ts'
import type { Actor } from '../domain/observer.ts'
import type { ReservationId } from '../domain/reservation.ts'
import { type Rules, strictest } from '../domain/rules.ts'
import type { SiteCode } from '../domain/site.ts'
import { mapConcurrently, yieldToEventLoop } from '../concurrency.ts'
import { type FreeTimeQuery, freeTimeOf } from '../sky/free-nights.ts'
import { qualityOf, type Quality } from '../sky/quality.ts'
import { moonUp } from '../sky/moon-limits.ts'
import type { Target, Track } from '../sky/target.ts'
import { trackOf } from '../sky/track.ts'
import { nightInterval } from '../sky/zone.ts'
import type { Outline } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { middleOf, NIGHTS_PER_TURN, nightsOf } from './planning.ts'
import { type TakenTime, takenTime } from './taken-time.ts'

/** The first intervals are the soonest ones, or those of the best quality. */
export const ORDERS = ['soonest', 'best'] as const

/** When can one observe at these sites? */
export interface AvailabilityQuery {
  readonly sites: readonly SiteCode[]
  readonly during: Interval
  /** The least length of an interval, in seconds. */
  readonly length: number
  readonly darkness: Darkness
  readonly target?: Target | undefined
  readonly maxAirmass: number
  readonly minLunarDistance?: number | undefined
  readonly maxLunarPhase?: number | undefined
  readonly order: (typeof ORDERS)[number]
  /** The largest number of intervals. */
  readonly limit: number
  /** One of the caller's own reservations, whose time counts as free; any, of an admin or a service. */
  readonly ignore?: ReservationId | undefined
}

/** A free interval with what an observer wants to know of it. */
export interface Offer extends FreeInterval, Quality {
  readonly isMoonUp: boolean
}

/** The free intervals; whether there are more than these; and for each site without any, why. */
export interface Availability {
  readonly offers: readonly Offer[]
  readonly hasMore: boolean
  readonly reasons: ReadonlyMap<SiteCode, readonly Reason[]>
}

/** Sites whose reservations are read at once. */
const READ_AT_ONCE = 4

/**
 * The intervals in which a reservation can be made, from now on, and the target be observed. Yields to the event loop every few
 * nights.
 * @throws Failure `malformed` if the wanted length is longer than the time; `busy`, `unavailable`
 */
export async function findAvailability(
  query: AvailabilityQuery,
  actor: Actor,
  context: ServiceContext,
): Promise<Availability> {
  assertFits(query)
  const { sites, networkRules = {} } = context
  const now = context.now()
  const reasons = new Map<SiteCode, readonly Reason[]>()
  const found = firstFew(query.limit, inOrder)
  const codes = [...new Set(query.sites)]
  const counts = (outline: Outline) => !isIgnored(outline, query.ignore, actor)
  const taken = await mapConcurrently(codes, READ_AT_ONCE, async (code) => {
    if (!sites.has(code)) return undefined
    await yieldToEventLoop()
    return takenTime(code, query.during, context, { shortest: query.length, counts })
  })
  for (const [index, code] of codes.entries()) {
    const [site, takenHere] = [sites.get(code), taken[index]]
    if (!site || !takenHere) {
      reasons.set(code, ['unknown_site'])
      continue
    }
    await yieldToEventLoop()
    const search = searchOf(takenHere, strictest(site.rules ?? {}, networkRules), query, now)
    const why = await searchNights(nightsOf(site, query.during), search, query, found)
    if (why.length > 0) reasons.set(code, why)
  }
  return { offers: await offersOf(found.items(), query), hasMore: found.hasMore(), reasons }
}

/** @throws Failure `malformed` */
function assertFits({ length, during }: AvailabilityQuery): void {
  if (length <= durationOf(during)) return
  const message = 'minutes must be at most the time from start to end'
  throw new Failure('malformed', `Error: ${message}`, [{ field: 'minutes', message }])
}

const isIgnored = ({ id, observer }: Outline, ignore: ReservationId | undefined, actor: Actor) =>
  id === ignore && actor.role !== 'anonymous' && (isTrusted(actor) || actor.id === observer)

/** A free interval, and what it is ordered by. */
interface Candidate extends FreeInterval {
  readonly rank: number
}

/** Of two with one rank the earlier comes first; of two at one time, the site that was named first. */
const inOrder = (a: Candidate, b: Candidate) => a.rank - b.rank || a.start - b.start

/** Intervals that take as long to rank as a night takes to search. */
const RANKS_PER_NIGHT = 20

/** A function to call after a part of a night's work, which yields to the event loop after every few nights of it. */
function openPace(): (nights: number) => Promise<void> | undefined {
  let done = 0
  return (nights) => {
    done += nights
    if (done < NIGHTS_PER_TURN) return undefined
    done = 0
    return yieldToEventLoop()
  }
}

/** Adds the free intervals of a site's nights to those found. Returns why there are none, if so. */
async function searchNights(
  nights: readonly Night[],
  search: FreeTimeQuery,
  query: AvailabilityQuery,
  found: FirstFew<Candidate>,
): Promise<readonly Reason[]> {
  const reasons = new Set<Reason>()
  const pace = openPace()
  let isFound = false
  for (const night of nights) {
    await pace(1)
    const track = trackIn(night, query)
    const { free, reason } = freeTimeOf(night, { ...query, track }, search)
    if (reason) reasons.add(reason)
    for (const one of free) {
      found.add({ ...one, night, rank: rankOf(one, night, track, query) })
      if (query.order === 'best') await pace(1 / RANKS_PER_NIGHT)
    }
    isFound ||= free.length > 0
  }
  if (isFound) return []
  return reasons.size > 0 ? REASONS.filter((reason) => reasons.has(reason)) : ['not_dark']
}

const searchOf = (
  { closed, reserved }: TakenTime,
  rules: Rules,
  { during, length }: AvailabilityQuery,
  now: Instant,
): FreeTimeQuery => ({
  during,
  length,
  bookable: bookableTime(rules, length, now),
  requiredDarkness: rules.darkness,
  open: subtractIntervals(during, closed),
  untaken: subtractIntervals(during, reserved),
})

const trackIn = (night: Night, { target }: AvailabilityQuery): Track | undefined =>
  target && trackOf(night.site, target, middleOf(nightInterval(night)))

const rankOf = (during: Interval, night: Night, track: Track | undefined, { order, length }: AvailabilityQuery) =>
  order === 'best' ? qualityOf(during, length, night, track).score : during.start

async function offersOf(candidates: readonly Candidate[], query: AvailabilityQuery): Promise<Offer[]> {
  const pace = openPace()
  const offers: Offer[] = []
  for (const candidate of candidates) {
    await pace(1)
    offers.push(offerOf(candidate, query))
  }
  return offers
}

function offerOf({ start, end, night }: Candidate, query: AvailabilityQuery): Offer {
  const track = trackIn(night, query)
  const quality = qualityOf({ start, end }, query.length, night, track)
  const middle = middleOf(quality.best)
  return {
    start,
    end,
    night,
    ...quality,
    isMoonUp: moonUp(night).some((up) => up.start <= middle && middle < up.end),
  }
}

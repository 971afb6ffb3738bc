import { type DomainCalendar, MAX_SITES } from '../../src/client/domain/calendar.ts'
import { DAY, type Instant, type Interval, durationOf, MINUTE } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site, SiteCode } from '../../src/domain/site.ts'
import { searchedSpan } from '../../src/sky/free-time.ts'
import { readInterval } from '../../src/wire/time.ts'
import { stepAtOrAfter } from '../editor/steps.ts'
import { NIGHTS } from '../nights-searched.ts'

/** A time at a telescope. */
export interface Offer extends Interval {
  readonly site: SiteCode
}

interface Wish {
  readonly calendar: DomainCalendar
  readonly sites: readonly Site[]
  readonly wanted: Interval
  readonly now: Instant
  readonly target?: string | undefined
  /** A reservation whose own time counts as free. */
  readonly ignore?: Reservation | undefined
  readonly order?: 'soonest' | 'best'
}

/**
 * Free dark times of the wanted length at telescopes: for each the one that is nearest to the wanted time, or with the order `best`
 * the best part for the target, in the order of the calendar. @throws ApiError, NetworkError
 */
export async function findOffers({
  calendar,
  sites,
  wanted,
  now,
  target,
  ignore,
  order = 'soonest',
}: Wish): Promise<Offer[]> {
  const [first] = sites
  if (!first) return []
  const from = Math.max(now, wanted.start)
  const span = searchedSpan(first, { start: from, end: from + 1 }, NIGHTS)
  const earliest = Math.max(now, span.start)
  // No more than the calendar answers to readers who are not signed in.
  const during = { start: earliest, end: Math.min(span.end, earliest + NIGHTS * DAY) }
  const length = durationOf(wanted)
  const minutes = Math.ceil(length / MINUTE)
  const codes = sites.slice(0, MAX_SITES).map(({ code }) => code)
  const { intervals } = await calendar.availability(codes, during, minutes, {
    target,
    order,
    ignore: ignore?.id,
    limit: 200,
  })
  const offers = intervals.flatMap(({ site, best, ...offered }): Offer[] => {
    const part = order === 'best' ? readInterval(best) : fitInto(readInterval(offered), wanted)
    const start = stepAtOrAfter(part.start)
    return start + length <= readInterval(offered).end ? [{ site, start, end: start + length }] : []
  })
  return order === 'best' ? offers : nearestOfEach(offers, wanted)
}

/** The part of a free interval, of the wanted length, that is nearest to the wanted time. */
function fitInto(free: Interval, wanted: Interval): Interval {
  const latest = free.end - durationOf(wanted)
  const start = Math.min(Math.max(free.start, wanted.start), latest)
  return { start, end: start + durationOf(wanted) }
}

function nearestOfEach(offers: readonly Offer[], { start }: Interval): Offer[] {
  const nearest = new Map<SiteCode, Offer>()
  const away = (offer: Offer) => Math.abs(offer.start - start)
  for (const offer of offers) {
    const known = nearest.get(offer.site)
    if (!known || away(offer) < away(known)) nearest.set(offer.site, offer)
  }
  return [...nearest.values()].toSorted((a, b) => away(a) - away(b))
}

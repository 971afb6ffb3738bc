import { type DomainCalendar, inBatches, MAX_SITES } from '../../src/client/domain/calendar.ts'
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

/** As the calendar tells it. */
type Answer = Awaited<ReturnType<DomainCalendar['availability']>>['intervals'][number]

interface Wish {
  readonly calendar: DomainCalendar
  readonly sites: readonly Site[]
  readonly wanted: Interval
  readonly now: Instant
  readonly target?: string | undefined
  /** A reservation whose own time counts as free. */
  readonly ignore?: Reservation | undefined
  readonly order?: 'soonest' | 'best'
  /** Whether the caller has not signed in, and so may ask about few telescopes at once. */
  readonly isAnonymous?: boolean
  /** Whether no more telescopes have to be asked about; true by default. */
  readonly isEnough?: (offers: readonly Offer[]) => boolean
}

/** The most telescopes that one question may be about without signing in. */
const MAX_ANONYMOUS = 10
/** The most questions that are asked about one wish. */
const MAX_QUESTIONS = 5

/**
 * Free dark times of the wanted length at telescopes: for each the one that is nearest to the wanted time, or with the order `best`
 * the best part for the target, in the order of the calendar. It asks about as many telescopes at once as the caller may, in
 * their order, until there is enough. @throws ApiError, NetworkError
 */
export async function findOffers(wish: Wish): Promise<Offer[]> {
  const { sites, isAnonymous = false, isEnough = () => true } = wish
  let found: Answer[] = []
  let offers: Offer[] = []
  for (const some of inBatches(sites, isAnonymous ? MAX_ANONYMOUS : MAX_SITES).slice(0, MAX_QUESTIONS)) {
    // One after another: the next may not be needed.
    // oxlint-disable-next-line no-await-in-loop
    found = [...found, ...(await askAbout(some, wish))]
    offers = offersOf(found, wish)
    if (isEnough(offers)) break
  }
  return offers
}

async function askAbout(sites: readonly Site[], wish: Wish): Promise<Answer[]> {
  const { calendar, wanted, now, target, ignore, order = 'soonest' } = wish
  const [first] = sites
  if (!first) return []
  const from = Math.max(now, wanted.start)
  const span = searchedSpan(first, { start: from, end: from + 1 }, NIGHTS)
  const earliest = Math.max(now, span.start)
  // No more than the calendar answers to readers who are not signed in.
  const during = { start: earliest, end: Math.min(span.end, earliest + NIGHTS * DAY) }
  const codes = sites.map(({ code }) => code)
  const minutes = Math.ceil(durationOf(wanted) / MINUTE)
  const options = { target, order, ignore: ignore?.id, limit: 200 }
  return (await calendar.availability(codes, during, minutes, options)).intervals
}

function offersOf(found: readonly Answer[], { wanted, order }: Wish): Offer[] {
  const length = durationOf(wanted)
  const sorted = order === 'best' ? found.toSorted((a, b) => a.best.score - b.best.score) : found
  const offers = sorted.flatMap(({ site, best, ...offered }): Offer[] => {
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

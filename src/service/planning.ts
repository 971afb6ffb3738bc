import { Failure } from '../domain/failure.ts'
import { DAY, HOUR, type Instant, type Interval, durationOf } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Actor } from '../domain/observer.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { openSemaphore } from '../concurrency.ts'
import { nextNight, nightAt, nightInterval } from '../sky/zone.ts'

/** How much one question about many nights may ask for: signed in, and not. */
const MAX = { sites: 100, nights: 31 }
const MAX_ANONYMOUS = { sites: 10, nights: 14 }

/** Nights that are computed in one turn of the event loop: 0.1 ms each, up to 4 ms where no site has asked for the date yet. */
export const NIGHTS_PER_TURN = 2

/** The questions about many nights that this process answers at once: it has one event loop. */
const turns = openSemaphore({
  concurrency: 2,
  maxWaiting: 20,
  timeoutMs: 10_000,
  busyError: () =>
    new Failure('busy', 'Too many nights are being planned just now; please try again, or ask for less.'),
})

/** Answers a question about many nights when it is its turn. @throws Failure `busy` if too many wait, or one for too long */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const release = await turns.acquire()
  try {
    return await work()
  } finally {
    release()
  }
}

/** How much a question asks for. */
export const siteNights = (sites: readonly SiteCode[], during: Interval): number =>
  sites.length * Math.ceil(durationOf(during) / DAY)

/** @throws Failure `malformed` if a question about nights runs backwards, or is larger than its caller may ask */
export function assertPlannable(sites: readonly SiteCode[], during: Interval, actor: Actor): void {
  const max = actor.role === 'anonymous' ? MAX_ANONYMOUS : MAX
  const malformed = (field: string, message: string) =>
    new Failure('malformed', `Error: ${message}`, [{ field, message }])
  const more = actor.role === 'anonymous' ? '; sign in to ask for more' : ''
  if (during.start >= during.end) throw malformed('end', 'end must be after start')
  if (sites.length > max.sites) throw malformed('site', `a question is about at most ${max.sites} sites${more}`)
  // A night in which the clocks go back is an hour longer.
  if (durationOf(during) > max.nights * DAY + HOUR)
    throw malformed('end', `a question is about at most ${max.nights} nights${more}`)
}

/** The nights at a site that overlap an interval, in order. */
export function nightsOf(site: Site, { start, end }: Interval): Night[] {
  const nights: Night[] = []
  for (let night = nightAt(site, start); nightInterval(night).start < end; night = nextNight(night)) nights.push(night)
  return nights
}

/** The middle of a night: where a target's precession is taken from. */
export const middleOf = ({ start, end }: Interval): Instant => (start + end) / 2

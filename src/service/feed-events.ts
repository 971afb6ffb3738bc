import { chunksOf, sortInChunks, yieldToEventLoop } from '../concurrency.ts'
import { Failure } from '../domain/failure.ts'
import { DAY, type Instant, MAX_INSTANT } from '../domain/interval.ts'
import type { ObserverId } from '../domain/observer.ts'
import { isOfProgram, type Reservation } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { wemaOf } from '../domain/enclosure.ts'
import type { Cancelled } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { siteQuery } from './site-query.ts'

/** How far back feeds go, and how long they show what was cancelled. */
export const FEED_DAYS = 30
/** The most events of a feed. Those of a store's list have at most 8 MB together. */
export const MAX_FEED_EVENTS = 10_000
/** The most that a feed shows of what programs cleared: of a whole day, if they replace 100 reservations an hour. */
const MAX_CLEARED = 2500

/** Events that one turn of the event loop compares. */
const EVENTS_PER_TURN = 1000

/** Whose reservations a feed shows: those at a telescope, or those of an observer. */
export type FeedSubject = { readonly site: SiteCode } | { readonly observer: ObserverId }

/** A reservation in a calendar feed. */
export interface FeedEvent {
  readonly reservation: Reservation
  /** Identifies it together with its id, also when it moves. */
  readonly firstStart: Instant
  readonly revision: number
  /** When that revision was made. */
  readonly at: Instant
  readonly isCancelled: boolean
}

/** Where feeds begin. It changes only once a day, so that an unchanged feed has the same bytes. */
export const feedStart = (now: Instant): Instant => (Math.floor(now / DAY) - FEED_DAYS) * DAY

/**
 * The reservations that end at `from` or later, and the newest of those that were cancelled at `from` or later, as many as
 * there is room for. The closures of a telescope's enclosure are among its own.
 * @throws Failure `too_large`, `busy`, `unavailable`
 */
export async function feedEvents(
  subject: FeedSubject,
  from: Instant,
  context: ServiceContext,
): Promise<readonly FeedEvent[]> {
  const current = await currentEvents(subject, from, context).catch((error: unknown) => {
    throw error instanceof Failure && error.code === 'too_large' ? feedTooLarge() : error
  })
  const room = MAX_FEED_EVENTS - current.length
  if (room < 0) throw feedTooLarge()
  // Read last, so that none is missing in both that is deleted meanwhile.
  const cancelled = await sortInChunks(await cancelledOf(subject, from, room, context), inOrder)
  const newest = new Map<string, FeedEvent>()
  for (const some of chunksOf([...current, ...cancelled], EVENTS_PER_TURN)) {
    await yieldToEventLoop()
    for (const event of some) {
      const name = `${event.reservation.id}\n${event.firstStart}`
      if ((newest.get(name)?.revision ?? -1) < event.revision) newest.set(name, event)
    }
  }
  return [...newest.values()]
}

const feedTooLarge = () =>
  new Failure(
    'too_large',
    `Error: the feed has more than ${MAX_FEED_EVENTS} events or 8 MB, the most that one may have`,
  )

const NO_EXTRA = {}

const currentEvents = (subject: FeedSubject, from: Instant, context: ServiceContext): Promise<FeedEvent[]> =>
  context.store.list(
    'site' in subject
      ? siteQuery([subject.site], { start: from, end: MAX_INSTANT }, context)
      : { observer: subject.observer, endingFrom: from },
    ({ reservation, revision }, firstStart) => ({
      // Without the fields that no feed shows, which may be large.
      reservation: { ...reservation, extra: NO_EXTRA },
      firstStart,
      revision,
      at: reservation.modified,
      isCancelled: false,
    }),
  )

/**
 * The newest of what was cancelled, people's first. One that moved to another telescope was not: a program that merges feeds
 * would take its new time for cancelled.
 */
async function cancelledOf(
  subject: FeedSubject,
  from: Instant,
  room: number,
  { store, sites }: ServiceContext,
): Promise<FeedEvent[]> {
  const most = { people: room, programs: Math.min(room, MAX_CLEARED) }
  const found = await store.cancelled(subject, from, most)
  const wema = 'site' in subject ? wemaOf(subject.site, sites) : undefined
  const closures = wema === undefined ? [] : await store.cancelled({ site: wema }, from, most)
  const shown = [...found, ...closures.filter(({ reservation: { kind } }) => kind === 'maintenance')].filter(
    ({ reservation: { end } }) => end > from,
  )
  const kept = shown.length > room ? (await sortInChunks(shown, peopleFirst)).slice(0, room) : shown
  return kept.map((one) => ({ ...one, isCancelled: true }))
}

const peopleFirst = (a: Cancelled, b: Cancelled) =>
  Number(isOfProgram(a.reservation)) - Number(isOfProgram(b.reservation)) || b.at - a.at

const inOrder = (a: FeedEvent, b: FeedEvent) =>
  a.reservation.start - b.reservation.start || (a.reservation.id < b.reservation.id ? -1 : 1)

import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import type { Instant, Interval } from '../domain/interval.ts'
import type { SiteCode } from '../domain/site.ts'
import { openSemaphore, type Semaphore } from '../concurrency.ts'
import { type PortalTelescope, type PortalTimeouts, schedulePages, TooManyPagesError } from './portal-schedule.ts'
import type { PortalObservation } from './schedule-page.ts'

const TIMEOUTS: PortalTimeouts = { pageMs: 5000, totalMs: 20_000 }
/** How long lists are cached; how many, and their size together. */
const TTL_MS = 30_000
const MAX_CACHED = 200
const MAX_CACHED_BYTES = 32_000_000
/** Schedules that are read concurrently from one portal, and that wait, for so many milliseconds. */
const QUEUE = { concurrency: 2, maxWaiting: 20, timeoutMs: 10_000 }

/** Requests that wait for portals, so that slow ones do not take the places of all other requests. */
const MAX_CALLERS = 50

/** A list of observations as JSON. */
export interface ObservationLists {
  /** For admins and services. */
  readonly whole: Uint8Array<ArrayBuffer>
  /** For all others: the same bytes, if nothing in it has to be masked. */
  readonly masked: Uint8Array<ArrayBuffer>
}

/** Writes observations as the wire has them. */
export interface ObservationCodec {
  readonly writeTime: (at: Instant) => string
  /** The observations at a site that overlap `during`. @throws Failure `too_large`; Error if nothing that was read is an observation */
  readonly encode: (
    site: SiteCode,
    during: Interval,
    chunks: AsyncIterable<readonly PortalObservation[]>,
  ) => Promise<ObservationLists>
}

/** The observation portals of the LCO scheduler. */
export interface Portals {
  /**
   * The observations at a site that overlap `during`, at most half a minute old. Undefined if the site is no telescope of a
   * portal.
   * @throws Failure `upstream` if the portal does not answer or answers badly, `too_large`; `busy` if too many requests wait for it
   */
  observations(site: SiteCode, during: Interval): Promise<ObservationLists | undefined>
}

export interface PortalsOptions extends ObservationCodec {
  /** The monotonic clock, in seconds. */
  readonly elapsed: () => number
  /** Called when a schedule was read, or could not be. */
  readonly onRead: (outcome: 'read' | 'failed') => void
  readonly timeouts?: PortalTimeouts
}

/** The portals of these telescopes, by the site that each is here. Sends no request before it is asked. */
export function openPortals(telescopes: ReadonlyMap<SiteCode, PortalTelescope>, options: PortalsOptions): Portals {
  const { elapsed } = options
  const cache = new LRUCache<string, ObservationLists>({
    max: MAX_CACHED,
    maxSize: MAX_CACHED_BYTES,
    sizeCalculation: ({ whole, masked }) => whole.length + (masked === whole ? 0 : masked.length),
    ttl: TTL_MS,
    ttlResolution: 0,
    perf: { now: () => elapsed() * 1000 },
  })
  const current = new Map<string, Promise<ObservationLists>>()
  const read = openReader(options)
  const start = (key: string, reading: Promise<ObservationLists>) => {
    const shared = reading
      .then((lists) => {
        cache.set(key, lists)
        return lists
      })
      .finally(() => current.delete(key))
    current.set(key, shared)
    return shared
  }
  let callers = 0
  return {
    async observations(site, during) {
      const telescope = telescopes.get(site)
      if (!telescope) return undefined
      const key = `${site} ${during.start} ${during.end}`
      const cached = cache.get(key)
      if (cached) return cached
      if (callers === MAX_CALLERS) throw busyError()
      callers += 1
      try {
        return await (current.get(key) ?? start(key, read(telescope, site, during)))
      } finally {
        callers -= 1
      }
    },
  }
}

const NO_ANSWER = 'The observation portal does not answer just now; please try again.'
const TOO_LONG = 'The observation portal has more of this time than can be read; please ask for a shorter window.'

/** Reads schedules, few at a time from each portal. */
function openReader({ writeTime, encode, onRead, timeouts = TIMEOUTS }: PortalsOptions) {
  const queues = new Map<string, Semaphore>()
  const queueOf = (address: string): Semaphore => {
    const queue = queues.get(address) ?? openSemaphore({ ...QUEUE, busyError })
    queues.set(address, queue)
    return queue
  }
  return async (telescope: PortalTelescope, site: SiteCode, during: Interval): Promise<ObservationLists> => {
    const total = AbortSignal.timeout(timeouts.totalMs)
    const release = await queueOf(telescope.address).acquire()
    try {
      const window = { start: writeTime(during.start), end: writeTime(during.end) }
      const lists = await encode(site, during, schedulePages(telescope, window, total, timeouts))
      onRead('read')
      return lists
    } catch (cause) {
      if (cause instanceof Failure) throw cause
      onRead('failed')
      throw new Failure('upstream', cause instanceof TooManyPagesError ? TOO_LONG : NO_ANSWER, [], { cause })
    } finally {
      release()
    }
  }
}

const busyError = () =>
  new Failure('busy', 'Too many requests wait for the observation portal just now; please try again.')

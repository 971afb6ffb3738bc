import { hash } from 'node:crypto'
import { visibleTo, type Viewer } from '../domain/access.ts'
import type { Instant } from '../domain/interval.ts'
import type { Reservation, ReservationId } from '../domain/reservation.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import type { FeedEvent } from '../service/feed-events.ts'
import { openContentLines } from '../wire/content-lines.ts'
import {
  addCalendarStart,
  addEvent,
  CALENDAR_END,
  type CalendarEvent,
  NO_EVENTS,
  placeLines,
} from '../wire/icalendar.ts'

/** Milliseconds of work in one turn of the event loop, and how many events are written between two looks at the clock. */
const TURN_MS = 1
const EVENTS_PER_LOOK = 8

/** What a feed shows beside its events. */
export interface FeedView {
  readonly name: string
  readonly viewer: Viewer
  /** The telescope of the feed; without it each event's own is named. */
  readonly site?: Site
  readonly sites: ReadonlyMap<string, Site>
  /** Whether the reservations count as busy in the subscriber's calendar. */
  readonly isBusy: boolean
}

/** The feed as bytes of iCalendar. Yields to the event loop after every {@link TURN_MS} milliseconds. */
export async function feedBody(events: readonly FeedEvent[], view: FeedView): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer<ArrayBuffer>[] = []
  const lines = openContentLines()
  const placeOf = openPlaces(view)
  addCalendarStart(view.name, '-//Photon Ranch//Calendar//EN', lines)
  if (events.length === 0) lines.addLines(NO_EVENTS)
  let startedAt = performance.now()
  for (const [n, event] of events.entries()) {
    addEvent(eventOf(event, view, placeOf), lines)
    if (n % EVENTS_PER_LOOK !== 0 || performance.now() - startedAt < TURN_MS) continue
    parts.push(lines.take())
    await yieldToEventLoop()
    startedAt = performance.now()
  }
  lines.addLines(CALENDAR_END)
  return Buffer.concat([...parts, lines.take()])
}

/** The lines of the place with a code: written once for each. */
function openPlaces({ site: only, sites }: FeedView): (code: SiteCode) => Uint8Array {
  const known = new Map<SiteCode, Uint8Array>()
  return (code) => {
    const site = only ?? sites.get(code)
    const lines = known.get(code) ?? placeLines(site?.name ?? code, site)
    known.set(code, lines)
    return lines
  }
}

function eventOf(
  { reservation, firstStart, revision, at, isCancelled }: FeedEvent,
  view: FeedView,
  placeOf: (code: SiteCode) => Uint8Array,
): CalendarEvent {
  const seen = visibleTo(view.viewer, reservation)
  const { id, start, end, title, kind, origin } = seen
  return {
    uid: uidOf(id, firstStart),
    revision,
    at,
    start,
    end,
    summary: title,
    description: descriptionOf(seen),
    place: placeOf(reservation.site),
    categories: [kind.toUpperCase(), ...(origin === 'lco' ? ['LCO'] : [])],
    isCancelled,
    isBusy: view.isBusy,
  }
}

const descriptionOf = ({ creator, project, note }: Reservation): string =>
  [`Observer: ${creator}`, ...(project ? [`Project: ${project.name}`] : []), ...(note === '' ? [] : [note])].join('\n')

/** The bits of a UUID that say how it was made: version 8, of the variant of RFC 9562. */
const [VERSION, VARIANTS] = ['8', '89ab']

/** A UUID of an id and its first start: two rows of the original may share an id. */
export function uidOf(id: ReservationId, firstStart: Instant): string {
  const digits = hash('sha256', JSON.stringify([id, firstStart]))
  const variant = VARIANTS[Number.parseInt(digits[16] ?? '', 16) % VARIANTS.length]
  const [first, second, third] = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(13, 16)]
  return `${first}-${second}-${VERSION}${third}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

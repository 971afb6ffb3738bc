import type { Instant } from '../domain/interval.ts'
import { type ContentLines, openContentLines } from './content-lines.ts'
import { writeBasicTime } from './time.ts'

/** iCalendar (RFC 5545, RFC 7986), as far as feeds need it. */

/** How often a calendar program should ask. */
export const REFRESH = 'PT1H'

/** One event of a feed. */
export interface CalendarEvent {
  /** The same for good. In ASCII, at most 71 characters. */
  readonly uid: string
  readonly revision: number
  /** When that revision was made. */
  readonly at: Instant
  readonly start: Instant
  readonly end: Instant
  readonly summary: string
  /** In lines. */
  readonly description: string
  /** Of {@link placeLines}. */
  readonly place: Uint8Array
  /** Words in ASCII, at most 64 characters in all. */
  readonly categories: readonly string[]
  readonly isCancelled: boolean
  /** Whether its time counts as busy in the subscriber's calendar. */
  readonly isBusy: boolean
}

/** The lines of an event about a place, which many events have in common. */
export function placeLines(
  name: string,
  position?: { readonly latitude: number; readonly longitude: number },
): Uint8Array {
  const lines = openContentLines()
  lines.addText('LOCATION', name)
  if (position) lines.addLines(`GEO:${position.latitude.toFixed(6)};${position.longitude.toFixed(6)}\r\n`)
  return lines.take()
}

/** Adds an event. */
export function addEvent(event: CalendarEvent, lines: ContentLines): void {
  const { uid, at, start, end, revision, summary, description, place, categories, isCancelled, isBusy } = event
  const changed = writeBasicTime(at)
  lines.addLines(
    `BEGIN:VEVENT\r\nUID:${uid}\r\n` +
      `DTSTAMP:${changed}\r\nLAST-MODIFIED:${changed}\r\nSEQUENCE:${Math.max(0, revision - 1)}\r\n` +
      `DTSTART:${writeBasicTime(start)}\r\nDTEND:${writeBasicTime(end)}\r\n`,
  )
  lines.addText('SUMMARY', summary)
  if (description !== '') lines.addText('DESCRIPTION', description)
  lines.addBytes(place)
  lines.addLines(
    `CATEGORIES:${categories.join(',')}\r\n` +
      `STATUS:${isCancelled ? 'CANCELLED' : 'CONFIRMED'}\r\n` +
      `TRANSP:${isBusy && !isCancelled ? 'OPAQUE' : 'TRANSPARENT'}\r\n` +
      'END:VEVENT\r\n',
  )
}

/** Adds the lines before the events. */
export function addCalendarStart(name: string, productId: string, lines: ContentLines): void {
  lines.addLines('BEGIN:VCALENDAR\r\nVERSION:2.0\r\n')
  lines.addText('PRODID', productId)
  lines.addLines('CALSCALE:GREGORIAN\r\n')
  lines.addText('NAME', name)
  lines.addText('X-WR-CALNAME', name)
  lines.addLines(`REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}\r\nX-PUBLISHED-TTL:${REFRESH}\r\n`)
}

/** The lines after the events. */
export const CALENDAR_END = 'END:VCALENDAR\r\n'

/** In place of events, since a calendar must have at least one component. */
export const NO_EVENTS =
  'BEGIN:VTIMEZONE\r\nTZID:UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\n' +
  'END:STANDARD\r\nEND:VTIMEZONE\r\n'

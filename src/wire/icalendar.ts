import type { Instant } from '../domain/interval.ts'
import { writeBasicTime } from './time.ts'

/** iCalendar (RFC 5545, RFC 7986), as far as feeds need it. Lines end with CRLF, and are folded at 75 octets. */

/** The longest line in octets of UTF-8, without its end. */
const MAX_OCTETS = 75
/** The most octets of a UTF-16 code unit in UTF-8. */
const MAX_OCTETS_PER_UNIT = 3

/** How often a calendar program should ask. */
export const REFRESH = 'PT1H'

/** One event of a feed. */
export interface CalendarEvent {
  /** The same for good. */
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
  readonly place: string
  readonly categories: readonly string[]
  readonly isCancelled: boolean
  /** Whether its time counts as busy in the subscriber's calendar. */
  readonly isBusy: boolean
}

/** Whether a text has anything that TEXT cannot hold as it is. */
// oxlint-disable-next-line no-control-regex -- they are what is removed
const SPECIAL = /[\\;,\u0000-\u0008\n-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/
/** What replaces a code unit of a text: control characters but tabs are removed, and all line breaks are newlines. */
const REPLACED = Array.from({ length: 0x202a }, (_, unit) => {
  const character = String.fromCharCode(unit)
  if ('\\;,'.includes(character)) return `\\${character}`
  if ('\n\r\u2028\u2029'.includes(character)) return '\\n'
  const isControl = unit < 0x20 || (unit >= 0x7f && unit < 0xa0)
  return isControl && character !== '\t' ? '' : undefined
})

/** A value of type TEXT: control characters are removed. */
export function escapeText(text: string): string {
  if (!SPECIAL.test(text)) return text
  const whole = text.toWellFormed()
  let [escaped, from] = ['', 0]
  for (let at = 0; at < whole.length; at += 1) {
    const replaced = REPLACED[whole.charCodeAt(at)]
    if (replaced === undefined) continue
    // CRLF is one line break.
    const isFirstOfTwo = whole[at] === '\r' && whole[at + 1] === '\n'
    escaped += whole.slice(from, at) + (isFirstOfTwo ? '' : replaced)
    from = at + 1
  }
  return escaped + whole.slice(from)
}

/** The octets of a UTF-16 code unit in UTF-8. A surrogate pair has four, which count with its first half. */
function octetsOf(unit: number): number {
  if (unit < 0x80) return 1
  if (unit < 0x800) return 2
  if (unit < 0xd800 || unit > 0xdfff) return 3
  return unit < 0xdc00 ? 4 : 0
}

/** A line with its end, in several lines if it is longer than 75 octets: never split within a character. */
export function foldLine(line: string): string {
  if (line.length <= MAX_OCTETS / MAX_OCTETS_PER_UNIT) return `${line}\r\n`
  if (Buffer.byteLength(line) <= MAX_OCTETS) return `${line}\r\n`
  let [octets, from, folded] = [0, 0, '']
  for (let at = 0; at < line.length; at += 1) {
    const size = octetsOf(line.charCodeAt(at))
    if (octets + size > MAX_OCTETS) {
      folded += `${line.slice(from, at)}\r\n `
      // The space counts.
      ;[octets, from] = [1, at]
    }
    octets += size
  }
  return `${folded}${line.slice(from)}\r\n`
}

const textLine = (name: string, text: string) => foldLine(`${name}:${escapeText(text)}`)

/** The lines of an event about a place, which many events have in common. */
export const placeLines = (
  name: string,
  position?: { readonly latitude: number; readonly longitude: number },
): string =>
  textLine('LOCATION', name) +
  (position ? `GEO:${position.latitude.toFixed(6)};${position.longitude.toFixed(6)}\r\n` : '')

/** The lines of an event. */
export function eventLines(event: CalendarEvent): string {
  const { at, start, end, revision, description, isCancelled, isBusy } = event
  const changed = writeBasicTime(at)
  return (
    'BEGIN:VEVENT\r\n' +
    textLine('UID', event.uid) +
    `DTSTAMP:${changed}\r\nLAST-MODIFIED:${changed}\r\nSEQUENCE:${Math.max(0, revision - 1)}\r\n` +
    `DTSTART:${writeBasicTime(start)}\r\nDTEND:${writeBasicTime(end)}\r\n` +
    textLine('SUMMARY', event.summary) +
    (description === '' ? '' : textLine('DESCRIPTION', description)) +
    event.place +
    foldLine(`CATEGORIES:${event.categories.map(escapeText).join(',')}`) +
    `STATUS:${isCancelled ? 'CANCELLED' : 'CONFIRMED'}\r\n` +
    `TRANSP:${isBusy && !isCancelled ? 'OPAQUE' : 'TRANSPARENT'}\r\n` +
    'END:VEVENT\r\n'
  )
}

/** The lines before the events. */
export const calendarStart = (name: string, productId: string): string =>
  'BEGIN:VCALENDAR\r\nVERSION:2.0\r\n' +
  textLine('PRODID', productId) +
  'CALSCALE:GREGORIAN\r\n' +
  textLine('NAME', name) +
  textLine('X-WR-CALNAME', name) +
  `REFRESH-INTERVAL;VALUE=DURATION:${REFRESH}\r\nX-PUBLISHED-TTL:${REFRESH}\r\n`

/** The lines after the events. */
export const CALENDAR_END = 'END:VCALENDAR\r\n'

/** In place of events, since a calendar must have at least one component. */
export const NO_EVENTS =
  'BEGIN:VTIMEZONE\r\nTZID:UTC\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\n' +
  'END:STANDARD\r\nEND:VTIMEZONE\r\n'

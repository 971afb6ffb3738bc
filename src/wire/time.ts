import { DAY, HOUR, MINUTE, MIN_INSTANT, MAX_INSTANT, type Instant, type Interval } from '../domain/interval.ts'

/** ISO 8601 with a date and at least hours and minutes; seconds, their fraction and the offset may be left out. */
const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:Z|([+-])(\d{2}):?(\d{2}))?$/

/** The usual form of a time, on a day that every month has, parsed fast. Not of years before 1000, which `Date.UTC` misreads. */
const USUAL = /^[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/

/**
 * The instant of a text, to the whole second (fractions are cut off); without a zone it is UTC.
 * Undefined if the text is not a time, or its date does not exist.
 */
export function parseTime(text: string): Instant | undefined {
  if (USUAL.test(text)) return usualTime(text)
  const match = TIME.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as TimeParts
  const midnight = midnightOf(year, month, day)
  const offset = offsetOf(...(match.slice(7, 10) as OffsetParts))
  if (midnight === undefined || offset === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  const instant = midnight + hour * 3600 + minute * 60 + second - offset
  return instant >= MIN_INSTANT && instant < MAX_INSTANT ? instant : undefined
}

/** The instant of a text that is {@link USUAL}: `Date.parse` takes twice as long, and would find the same. */
function usualTime(text: string): Instant {
  const digits = (at: number) => (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
  const year = digits(0) * 100 + digits(2)
  return Date.UTC(year, digits(5) - 1, digits(8), digits(11), digits(14), digits(17)) / 1000
}

/** In UTC; undefined if there is no such date. */
function midnightOf(year: number, month: number, day: number): Instant | undefined {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 1000 : undefined
}

/** In seconds, positive to the east. */
function offsetOf(sign = '+', hourDigits = '0', minuteDigits = '0'): number | undefined {
  const [hours, minutes] = [Number(hourDigits), Number(minuteDigits)]
  if (hours > 23 || minutes > 59) return undefined
  return (sign === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}

/** The instant of a time that the calendar wrote. @throws TypeError if the text is not a time */
export function instantOf(text: string): Instant {
  const instant = parseTime(text)
  if (instant === undefined) throw new TypeError('This is not a time.')
  return instant
}

type OffsetParts = [sign?: string, hours?: string, minutes?: string]
type TimeParts = [number, number, number, number, number, number]

/** As every time is written on the wire: `YYYY-MM-DDTHH:mm:ssZ`. */
export function writeTime(at: Instant): string {
  const { day, hours, minutes, seconds } = partsOf(at)
  return `${dateOf(day)}T${hours}:${minutes}:${seconds}Z`
}

/** In the basic format of ISO 8601, as in iCalendar: `YYYYMMDDTHHmmssZ`. */
export function writeBasicTime(at: Instant): string {
  const { day, hours, minutes, seconds } = partsOf(at)
  const date = dateOf(day)
  return `${date.slice(0, 4)}${date.slice(5, 7)}${date.slice(8)}T${hours}${minutes}${seconds}Z`
}

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'))

/** The day, counted from 1970, and the time within it. */
function partsOf(at: Instant) {
  const day = Math.floor(at / DAY)
  const second = Math.floor(at - day * DAY)
  return {
    day,
    hours: TWO_DIGITS[Math.floor(second / HOUR)],
    minutes: TWO_DIGITS[Math.floor((second % HOUR) / MINUTE)],
    seconds: TWO_DIGITS[second % MINUTE],
  }
}

/** The dates of days, since the same few are written over and over, and at most so many. */
const dates = new Map<number, string>()
const MAX_DATES = 2000

/** `YYYY-MM-DD`. */
function dateOf(day: number): string {
  const known = dates.get(day)
  if (known !== undefined) return known
  const date = new Date(day * DAY * 1000).toISOString().slice(0, 10)
  if (dates.size >= MAX_DATES) dates.clear()
  dates.set(day, date)
  return date
}

/** An interval on the wire: both ends as {@link writeTime} writes them. */
export const writeInterval = ({ start, end }: Interval): { start: string; end: string } => ({
  start: writeTime(start),
  end: writeTime(end),
})

/** The interval between two times that the calendar wrote. @throws TypeError if a text is not a time */
export const readInterval = ({ start, end }: { readonly start: string; readonly end: string }): Interval => ({
  start: instantOf(start),
  end: instantOf(end),
})

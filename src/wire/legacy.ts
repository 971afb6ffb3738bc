import { DEFAULT_DURATION, type Reservation } from '../domain/reservation.ts'
import { type Instant, MAX_INSTANT } from '../domain/interval.ts'
import { writeTime } from './time.ts'
import { eventCodec, eventOf, RESERVED_FIELDS, STORED_RESERVED_FIELDS } from './event.ts'
import { type EventInput, eventShape, proposedFrom } from './event-input.ts'

/** The reservation of a row, and what was assumed, in short phrases that name the field; or why the row is rejected. */
export type LegacyRow =
  | { readonly reservation: Reservation; readonly repairs: readonly string[] }
  | { readonly rejected: string }

type Row = { readonly [field: string]: unknown }
type Field = keyof typeof eventShape.shape

/** Optional fields of a row, and the phrase for what is assumed without them. */
const ASSUMED = {
  creator_id: 'unknown',
  creator: 'Observer',
  title: 'the creator',
  reservation_type: 'realtime',
  origin: 'ptr',
  resourceId: 'the site',
  project_id: 'none',
  project_priority: 'standard',
  reservation_note: 'an empty one',
} as const satisfies Partial<Record<Field, string>>

/** Optional fields that every version of the original wrote: their absence is reported. */
const EXPECTED: readonly string[] = ['creator_id', 'creator', 'title', 'reservation_type']

/**
 * Reads a row of the original's table (a JSON object), also a malformed one. Limits on writes are not applied. The same
 * row always gives the same reservation, so that an import can be repeated.
 */
export function readLegacy(row: unknown): LegacyRow {
  if (!isObject(row)) return { rejected: 'it is not an object' }
  const required = requiredFields(row)
  if (required.rejected !== undefined) return required
  const modified = instant('last_modified', row)
  const { mended, repairs } = repair(row)
  const defaults = { observer: ASSUMED.creator_id, creator: ASSUMED.creator, now: modified ?? required.start }
  return {
    reservation: proposedFrom({ ...mended, ...required }, defaults),
    repairs: [
      ...(isAbsent(row['end']) ? ['end was missing: 30 minutes assumed'] : []),
      ...repairs,
      ...laterRepairs(row, modified),
    ],
  }
}

/** The fields without which there is no reservation. */
function requiredFields(row: Row) {
  const [id, site, start] = [valid('event_id', row), valid('site', row), instant('start', row)]
  if (!id) return rejection('event_id', 'an id', row)
  if (!site) return rejection('site', "a site's code", row)
  if (start === undefined) return rejection('start', 'a date and time', row)
  const end = isAbsent(row['end']) ? start + DEFAULT_DURATION : instant('end', row)
  if (end === undefined) return rejection('end', 'a date and time', row)
  if (end <= start) return { rejected: 'end is not after start' }
  if (end >= MAX_INSTANT) return { rejected: 'end is not before the year 10000' }
  return { event_id: id, site, start, end }
}

/** The row with its optional fields parsed, and without malformed ones. */
function repair(row: Row): { mended: Partial<EventInput>; repairs: string[] } {
  const mended: Record<string, unknown> = { ...row }
  const repairs: string[] = []
  for (const [field, assumed] of Object.entries(ASSUMED) as [keyof typeof ASSUMED, string][]) {
    mended[field] = valid(field, row)
    if (mended[field] !== undefined && mended[field] !== null) continue
    // `null` is the parsed value of texts that mean no project.
    if (mended[field] === null && field === 'project_id') continue
    if (!isAbsent(row[field])) repairs.push(`${field} was not valid: ${assumed} assumed`)
    else if (EXPECTED.includes(field)) repairs.push(`${field} was missing: ${assumed} assumed`)
  }
  return { mended, repairs }
}

function laterRepairs(row: Row, modified: Instant | undefined): string[] {
  const reserved = RESERVED_FIELDS.filter((field) => !isAbsent(row[field])).map(
    (field) => `${field} is the calendar's own to say: left out`,
  )
  if (modified !== undefined) return reserved
  return [...reserved, `last_modified was ${isAbsent(row['last_modified']) ? 'missing' : 'no time'}: the start assumed`]
}

/** A field, parsed; undefined if it is malformed. */
function valid<F extends Field>(field: F, row: Row): EventInput[F] | undefined {
  const read = eventShape.shape[field].safeParse(row[field])
  return read.success ? (read.data as EventInput[F]) : undefined
}

const instant = (field: 'start' | 'end' | 'last_modified', row: Row) => valid('start', { start: row[field] })

const rejection = (field: string, expected: string, row: Row) => ({
  rejected: isAbsent(row[field]) ? `${field} is missing` : `${field} is not ${expected}`,
})

const isAbsent = (value: unknown) => value === undefined || value === null

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields of an event that only the calendar sets. */
const calendarFieldsOf = (row: unknown) =>
  Object.fromEntries(
    Object.entries(isObject(row) ? row : {}).filter(([field]) => STORED_RESERVED_FIELDS.includes(field)),
  ) as Reservation['extra']

/** The encoding of reservations as rows of the original's table, for the store in DynamoDB. */
export const rowCodec = {
  ...eventCodec,
  row: eventOf,
  time: writeTime,
  /**
   * The reservation of a row, also of a malformed one; undefined if there is none in it.
   * @param isOwn whether the calendar wrote it, and so the fields that only the calendar sets
   */
  read(row: unknown, isOwn: boolean): Reservation | undefined {
    const read = readLegacy(row)
    if (!('reservation' in read)) return undefined
    const { reservation } = read
    return isOwn ? { ...reservation, extra: { ...reservation.extra, ...calendarFieldsOf(row) } } : reservation
  },
}

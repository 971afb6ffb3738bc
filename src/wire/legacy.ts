import { DEFAULT_DURATION, type Reservation } from '../domain/reservation.ts'
import { MAX_INSTANT } from '../domain/interval.ts'
import { writeTime } from './time.ts'
import { eventCodec, eventOf, RESERVED_FIELDS } from './event.ts'
import { type EventInput, eventShape, proposedFrom } from './event-input.ts'

/** A row read, with what had to be assumed in short phrases that name the field; or why it cannot be one. */
export type LegacyRow =
  | { readonly reservation: Reservation; readonly repairs: readonly string[] }
  | { readonly refused: string }

type Row = { readonly [field: string]: unknown }
type Field = keyof typeof eventShape.shape

/** Fields a reservation can be read without, and what stands in for them. */
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

/** Fields every version of the original wrote, so that it is worth saying where they are missing. */
const EXPECTED: readonly string[] = ['creator_id', 'creator', 'title', 'reservation_type']

/**
 * Reads a row as the original stored it, a plain JSON object, odd ones included. Today's limits on what may be
 * written are not applied to what was. The same row is always read the same, so that it can be known again.
 */
export function readLegacy(row: unknown): LegacyRow {
  if (!isObject(row)) return { refused: 'it is not an object' }
  const [id, site, start, modified] = [valid('event_id', row), valid('site', row), instant('start', row), instant('last_modified', row)]
  if (!id) return rejection('event_id', 'an id', row)
  if (!site) return rejection('site', "a site's code", row)
  if (start === undefined) return rejection('start', 'a date and time', row)
  const end = isAbsent(row['end']) ? start + DEFAULT_DURATION : instant('end', row)
  if (end === undefined) return rejection('end', 'a date and time', row)
  if (end <= start) return { refused: 'end is not after start' }
  if (end >= MAX_INSTANT) return { refused: 'end is not before the year 10000' }

  const { mended, repairs } = repair(row)
  for (const field of RESERVED_FIELDS) if (!isAbsent(row[field])) repairs.push(`${field} is the calendar's own to say: left out`)
  if (isAbsent(row['end'])) repairs.unshift('end was missing: 30 minutes assumed')
  if (modified === undefined) repairs.push(`last_modified was ${isAbsent(row['last_modified']) ? 'missing' : 'no time'}: the start assumed`)
  const input = { ...mended, event_id: id, site, start, end }
  return { reservation: proposedFrom(input, { observer: ASSUMED.creator_id, creator: ASSUMED.creator, now: modified ?? start }), repairs }
}

/** The row with its optional fields as the wire accepts them, and without those it does not. */
function repair(row: Row): { mended: Partial<EventInput>; repairs: string[] } {
  const mended: Record<string, unknown> = { ...row }
  const repairs: string[] = []
  for (const [field, assumed] of Object.entries(ASSUMED) as [keyof typeof ASSUMED, string][]) {
    mended[field] = valid(field, row)
    if (mended[field] !== undefined && mended[field] !== null) continue
    // The wire has a null project as well: how it reads the ways to write that there is none.
    if (mended[field] === null && field === 'project_id') continue
    if (!isAbsent(row[field])) repairs.push(`${field} was not valid: ${assumed} assumed`)
    else if (EXPECTED.includes(field)) repairs.push(`${field} was missing: ${assumed} assumed`)
  }
  return { mended, repairs }
}

/** A field as the wire reads it; undefined where it would refuse it. */
function valid<F extends Field>(field: F, row: Row): EventInput[F] | undefined {
  const read = eventShape.shape[field].safeParse(row[field])
  return read.success ? (read.data as EventInput[F]) : undefined
}

const instant = (field: 'start' | 'end' | 'last_modified', row: Row) =>
  valid('start', { start: row[field] }) ?? undefined

const rejection = (field: string, expected: string, row: Row) => ({
  refused: isAbsent(row[field]) ? `${field} is missing` : `${field} is not ${expected}`,
})

const isAbsent = (value: unknown) => value === undefined || value === null

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** How a store keeps reservations as rows of the original's table: the wire's fields, and whatever stands in them. */
export const rowCodec = {
  ...eventCodec,
  row: eventOf,
  time: writeTime,
  /** What a row says, odd ones included; undefined where it says no reservation. */
  read(row: unknown): Reservation | undefined {
    const read = readLegacy(row)
    return 'reservation' in read ? read.reservation : undefined
  },
}

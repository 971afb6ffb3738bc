import { createHash } from 'node:crypto'
import { MIN_INSTANT, DAY, MAX_INSTANT, type Instant, type Interval, durationOf } from '../../domain/interval.ts'
import type { OutboxMessage } from '../../domain/outbox-message.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { Item } from './attributes.ts'

/** The table's key. What the original called them: for rows an id and a start, for what is ours whatever fits. */
export interface Key {
  readonly event_id: string
  readonly start: string
}

export const keyAttributes = ({ event_id, start }: Key): Item => ({ event_id: { S: event_id }, start: { S: start } })

export const keyText = ({ event_id, start }: Key): string => `${event_id}\n${start}`

/** All that is no reservation stands under keys that begin like this, and has neither site nor end: in no index. */
const RESERVED_PREFIX = 'calendar#'

export const isReservedKey = (id: string): boolean => id.startsWith(RESERVED_PREFIX)

/** What a site's day items stand under. A site's code has no `#`. */
export const dayIndexId = (site: SiteCode): string => `${RESERVED_PREFIX}sheet#${site}`
export const observerIndexId = (observer: ObserverId): string => `${RESERVED_PREFIX}observer#${observer}`
export const historyId = (id: ReservationId): string => `${RESERVED_PREFIX}history#${id}`
export const OUTBOX = `${RESERVED_PREFIX}outbox`
export const STATE: Key = { event_id: `${RESERVED_PREFIX}sheets`, start: 'state' }

export const revisionKey = (id: ReservationId, number: number): Key => ({ event_id: historyId(id), start: padded(number, 9) })
/** The one place for messages about a reservation and a project. Together their names may be longer than a key. */
export const messageKey = ({ reservation, project: { name, createdAt } }: OutboxMessage): Key => ({
  event_id: OUTBOX,
  start: `message ${createHash('sha256').update(JSON.stringify([reservation, name, createdAt])).digest('base64url')}`,
})
/** Messages of an older layout: each has a place of its own, under a number that rises. */
export const isLegacyMessage = (start: string): boolean => /^\d{16}$/.test(start)

/** The id whose history stands under a key; undefined for any other. */
export const idOfHistory = (eventId: string): ReservationId | undefined =>
  eventId.startsWith(historyId('')) ? eventId.slice(historyId('').length) : undefined

export const isDayItem = (eventId: string): boolean => eventId.startsWith(dayIndexId('')) || eventId.startsWith(observerIndexId(''))

/** A day item as people may read of it. Of whom it is, is not said. */
export const dayItemSortKey = ({ event_id, start }: Key): string =>
  event_id.startsWith(observerIndexId('')) ? `its observer's day item for ${start}` : `the day item of ${event_id.slice(dayIndexId('').length)} for ${start}`

/** So that texts are in the order of the numbers. */
const padded = (number: number, digits: number) => String(number).padStart(digits, '0')

/** What is longer than this is not on the day items of its days, but of its months. */
export const MAX_SHORT_SECONDS = 7 * DAY
/** What spans more months than this fits into no transaction; only a table that was taken over has such. */
export const MAX_MONTHS = 85

const dateOf = (at: Instant) => new Date(at * 1000).toISOString().slice(0, 10)

export const dayOf = (at: Instant): string => `day ${dateOf(at)}`
const monthOf = (at: Instant) => `month ${dateOf(at).slice(0, 7)}`
/** The day item of whatever is longer still. */
export const UNBOUNDED = 'ever'

/** The first and the last day or month an interval touches; days and months are those of UTC. */
export const daysAround = (interval: Interval) => firstAndLast(interval).map(dayOf) as [string, string]
export const monthsAround = (interval: Interval) => firstAndLast(interval).map(monthOf) as [string, string]

/** The first and the last second, as far as there are dates for them. */
const firstAndLast = ({ start, end }: Interval) => [Math.max(start, MIN_INSTANT), Math.min(end, MAX_INSTANT) - 1]

export function daysOf({ start, end }: Interval): string[] {
  const first = Math.floor(start / DAY)
  return Array.from({ length: Math.ceil(end / DAY) - first }, (_, index) => dayOf((first + index) * DAY))
}

export function monthsOf({ start, end }: Interval): string[] {
  const [first, last] = [monthNumber(start), monthNumber(end - 1)]
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const date = new Date(0)
    date.setUTCFullYear(0, first + index, 1)
    return monthOf(date.getTime() / 1000)
  })
}

const monthNumber = (at: Instant) => new Date(at * 1000).getUTCFullYear() * 12 + new Date(at * 1000).getUTCMonth()

const monthCount = ({ start, end }: Interval) => monthNumber(end - 1) - monthNumber(start) + 1

export const isShort = (interval: Interval): boolean => durationOf(interval) <= MAX_SHORT_SECONDS

/** Whether an interval fits on the day items of its days or months. */
export const isBounded = (interval: Interval): boolean => monthCount(interval) <= MAX_MONTHS

/** The day items of its site that a reservation is on. */
export const dayItemSortKeys = (interval: Interval): string[] =>
  isShort(interval) ? daysOf(interval) : isBounded(interval) ? monthsOf(interval) : [UNBOUNDED]

import { createHash } from 'node:crypto'
import { BEGINNING, DAY, FOREVER, type Instant, type Interval, lengthOf } from '../../domain/interval.ts'
import type { Message } from '../../domain/message.ts'
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

export const nameOf = ({ event_id, start }: Key): string => `${event_id}\n${start}`

/** All that is no reservation stands under keys that begin like this, and has neither site nor end: in no index. */
const OURS = 'calendar#'

export const isOurs = (id: string): boolean => id.startsWith(OURS)

/** What a site's sheets stand under. A site's code has no `#`. */
export const sheetsOf = (site: SiteCode): string => `${OURS}sheet#${site}`
export const observerSheetsOf = (observer: ObserverId): string => `${OURS}observer#${observer}`
export const historyOf = (id: ReservationId): string => `${OURS}history#${id}`
export const OUTBOX = `${OURS}outbox`
export const STATE: Key = { event_id: `${OURS}sheets`, start: 'state' }

export const revisionKey = (id: ReservationId, number: number): Key => ({ event_id: historyOf(id), start: padded(number, 9) })
/** The one place for messages about a reservation and a project. Together their names may be longer than a key. */
export const messageKey = ({ reservation, project: { name, createdAt } }: Message): Key => ({
  event_id: OUTBOX,
  start: `message ${createHash('sha256').update(JSON.stringify([reservation, name, createdAt])).digest('base64url')}`,
})
/** Messages of an older layout: each has a place of its own, under a number that rises. */
export const isNumbered = (start: string): boolean => /^\d{16}$/.test(start)

/** The id whose history stands under a key; undefined for any other. */
export const idOfHistory = (eventId: string): ReservationId | undefined =>
  eventId.startsWith(historyOf('')) ? eventId.slice(historyOf('').length) : undefined

export const isSheet = (eventId: string): boolean => eventId.startsWith(sheetsOf('')) || eventId.startsWith(observerSheetsOf(''))

/** A sheet as people may read of it. Of whom it is, is not said. */
export const sheetNameOf = ({ event_id, start }: Key): string =>
  event_id.startsWith(observerSheetsOf('')) ? `its observer's sheet for ${start}` : `the sheet of ${event_id.slice(sheetsOf('').length)} for ${start}`

/** So that texts are in the order of the numbers. */
const padded = (number: number, digits: number) => String(number).padStart(digits, '0')

/** What is longer than this is not on the sheets of its days, but of its months. */
export const SHORT = 7 * DAY
/** What spans more months than this fits into no transaction; only a table that was taken over has such. */
export const MOST_MONTHS = 85

const dateOf = (at: Instant) => new Date(at * 1000).toISOString().slice(0, 10)

export const dayOf = (at: Instant): string => `day ${dateOf(at)}`
const monthOf = (at: Instant) => `month ${dateOf(at).slice(0, 7)}`
/** The sheet of whatever is longer still. */
export const EVER = 'ever'

/** The first and the last day or month an interval touches; days and months are those of UTC. */
export const daysAround = (interval: Interval) => edgesOf(interval).map(dayOf) as [string, string]
export const monthsAround = (interval: Interval) => edgesOf(interval).map(monthOf) as [string, string]

/** The first and the last second, as far as there are dates for them. */
const edgesOf = ({ start, end }: Interval) => [Math.max(start, BEGINNING), Math.min(end, FOREVER) - 1]

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

export const isShort = (interval: Interval): boolean => lengthOf(interval) <= SHORT

/** Whether an interval fits on the sheets of its days or months. */
export const isBounded = (interval: Interval): boolean => monthCount(interval) <= MOST_MONTHS

/** The sheets of its site that a reservation is on. */
export const sheetNamesOf = (interval: Interval): string[] =>
  isShort(interval) ? daysOf(interval) : isBounded(interval) ? monthsOf(interval) : [EVER]

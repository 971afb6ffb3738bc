import { createHash } from 'node:crypto'
import type { CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { MIN_INSTANT, DAY, MAX_INSTANT, type Instant, type Interval, durationOf } from '../../domain/interval.ts'
import { isForReceiver } from '../../domain/outbox-message.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { PendingMessage } from '../port.ts'
import { type DynamoJson, withoutSets } from '../../wire/dynamo-json.ts'

/*
 * All items of the table. Only rows have a site and an end, so that only rows are in the original's indexes.
 *
 * | item                | event_id                    | start             | other attributes                               |
 * | ------------------- | --------------------------- | ----------------- | ---------------------------------------------- |
 * | row                 | the event's id              | the event's start | the event; _revision, _extra, _first_start     |
 * | revision            | calendar#history#ID         | number, 9 digits  | the revision, largest_size, token              |
 * | day item            | calendar#site#SITE          | day DATE          | entries, version                               |
 * | long item           | calendar#site#SITE          | long              | entries, version, child_version; see feed-log.ts |
 * | segment of a log    | calendar#feed#SITE          | number, 12 digits | see feed-log.ts                                |
 * | site with a log     | calendar#feed               | site SITE         |                                                |
 * | observer's day item | calendar#observer#OBSERVER  | day DATE SITE     | entries, version                               |
 * | observer's version  | calendar#quota#OBSERVER     | version           | version, changed: see observer-versions.ts     |
 * | project message     | calendar#outbox             | message HASH      | see messages.ts                                |
 * | receiver's message  | calendar#webhooks           | RECEIVER HASH NUMBER | see messages.ts                             |
 * | one that has failed | calendar#webhooks-failed    | RECEIVER HASH NUMBER | see messages.ts                             |
 * | state               | calendar#day-index          | state             | state, by                                      |
 * | cancelled           | calendar#cancelled#…        | time TOKEN        | see cancelled.ts                               |
 * | secret feed         | calendar#feed#DIGEST        | feed              | feed_id, observer, digest, made_at             |
 * | the same            | calendar#feeds#OBSERVER     | NUMBER            | see calendar-feeds.ts                          |
 */

/** An item of DynamoDB: attributes by name. */
export type Item = DynamoJson

/**
 * The size of an item in bytes of JSON, which is longer than what DynamoDB counts. The entries of a day item are JSON already,
 * and count as they are.
 */
export function sizeOf(item: Item): number {
  const entries = item['entries']?.S ?? ''
  const rest = entries === '' ? item : { ...item, entries: {} }
  return Buffer.byteLength(entries) + Buffer.byteLength(JSON.stringify(rest))
}

/** DynamoDB allows 400 kB for an item. We leave a margin. */
export const MAX_ITEM_BYTES = 380_000

/** An item as plain JSON. Numbers that JavaScript cannot hold exactly are rounded, as in any JSON. */
export const plainOf = (item: Item): { [field: string]: unknown } =>
  withoutSets(unmarshall(item, { wrapNumbers: Number })) as { [field: string]: unknown }

/** The key of an item. The names are the original's. */
export interface Key {
  readonly event_id: string
  readonly start: string
}

export const keyAttributes = ({ event_id, start }: Key): Item => ({ event_id: { S: event_id }, start: { S: start } })
export const keyOf = ({ event_id, start }: Item): Key => ({ event_id: event_id?.S ?? '', start: start?.S ?? '' })
/** A key as one text, to look it up in a Map. */
export const keyText = ({ event_id, start }: Key): string => `${event_id}\n${start}`

/** Each key once. */
export const distinctKeys = (keys: readonly Key[]): Key[] => [
  ...new Map(keys.map((key) => [keyText(key), key])).values(),
]

const RESERVED_PREFIX = 'calendar#'
const HISTORY = `${RESERVED_PREFIX}history#`
const SITE = `${RESERVED_PREFIX}site#`
const OBSERVER = `${RESERVED_PREFIX}observer#`
const QUOTA = `${RESERVED_PREFIX}quota#`
const CANCELLED = `${RESERVED_PREFIX}cancelled#`
export const FEED = `${RESERVED_PREFIX}feed`
export const OUTBOX = `${RESERVED_PREFIX}outbox`
export const WEBHOOKS = `${RESERVED_PREFIX}webhooks`
export const FAILED_WEBHOOKS = `${RESERVED_PREFIX}webhooks-failed`
/** By this attribute DynamoDB deletes an item, in seconds since 1970, if it is the table's time to live. */
export const EXPIRES = 'expires'
export const STATE: Key = { event_id: `${RESERVED_PREFIX}day-index`, start: 'state' }

/** Whether an id belongs to items that are not rows. No reservation may have it. */
export const isReservedId = (id: string): boolean => id.startsWith(RESERVED_PREFIX)

export const historyId = (id: ReservationId): string => HISTORY + id
/** The id whose history an item belongs to; undefined for other items. */
export const idOfHistory = (eventId: string): ReservationId | undefined =>
  eventId.startsWith(HISTORY) ? eventId.slice(HISTORY.length) : undefined
export const revisionKey = (id: ReservationId, number: number): Key => ({
  event_id: historyId(id),
  start: padded(number, REVISION_DIGITS),
})

/** A hash for a key, which holds at most 1 kB. */
export const hashOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url')
/** A number in a key, with so many digits that the keys sort by number. */
export const padded = (number: number, digits: number): string => String(number).padStart(digits, '0')
export const REVISION_DIGITS = 9

/**
 * The key of the one message about a reservation and a project, or for a receiver and a revision. The messages for a receiver
 * about one reservation are next to each other.
 */
export function messageKey({ message, revision, failedAt }: MessageIdentity): Key {
  if (!isForReceiver(message)) {
    const { reservation, project } = message
    return { event_id: OUTBOX, start: `message ${hashOf([reservation, project.name, project.createdAt])}` }
  }
  const { receiver, reservation } = message
  return {
    event_id: failedAt === undefined ? WEBHOOKS : FAILED_WEBHOOKS,
    start: `${receiver} ${hashOf([reservation])} ${padded(revision, REVISION_DIGITS)}`,
  }
}

/** The fields of a message that its key has. */
export type MessageIdentity = Pick<PendingMessage, 'message' | 'revision' | 'failedAt'>

export const siteIndexId = (site: SiteCode): string => SITE + site
export const siteLogId = (site: SiteCode): string => `${FEED}#${site}`
export const observerIndexId = (observer: ObserverId): string => OBSERVER + observer
export const versionKey = (observer: ObserverId): Key => ({ event_id: QUOTA + observer, start: 'version' })
export const isDayItem = (eventId: string): boolean => eventId.startsWith(SITE) || eventId.startsWith(OBSERVER)

/** The partition of what people cancelled at a site or of an observer, or of what programs cleared there. */
export const cancelledAt = (
  place: { readonly site: SiteCode } | { readonly observer: ObserverId },
  isOfProgram: boolean,
): string =>
  `${CANCELLED}${isOfProgram ? 'program#' : ''}${'site' in place ? `site#${place.site}` : `observer#${place.observer}`}`
export const calendarFeedKey = (digest: string): Key => ({
  event_id: `${RESERVED_PREFIX}feed#${digest}`,
  start: 'feed',
})
export const calendarFeedsId = (observer: ObserverId): string => `${RESERVED_PREFIX}feeds#${observer}`

/** The key of an observer's day item. One for each site, since one program may reserve at all of them. */
export const observerDayKey = ({ observer, end, site }: Pick<Reservation, 'observer' | 'end' | 'site'>): Key => ({
  event_id: observerIndexId(observer),
  start: `${dayOf(end)} ${site}`,
})
/** The site of an observer's day item. A day has 14 characters. */
export const siteOfObserverDay = ({ start }: Key): SiteCode => start.slice(dayOf(0).length + 1)

/** Names a day item in a message, without the observer's id. */
export const describeDayItem = ({ event_id, start }: Key): string =>
  event_id.startsWith(OBSERVER)
    ? `its observer's day item for ${start}`
    : `the day item of ${event_id.slice(SITE.length)} for ${start}`

/** A longer reservation is on the long item of its site, not on day items. */
const MAX_SHORT_SECONDS = 7 * DAY
export const isShort = (interval: Interval): boolean => durationOf(interval) <= MAX_SHORT_SECONDS
/** The days of a longer window are too many to read before each change. Only a row of the original is so long. */
const MAX_GUARDED_SECONDS = 2600 * DAY
export const isGuardable = (interval: Interval): boolean => durationOf(interval) <= MAX_GUARDED_SECONDS

const LONG = 'long'
export const longItemKey = (site: SiteCode): Key => ({ event_id: siteIndexId(site), start: LONG })
export const isLongItem = ({ start }: Key): boolean => start === LONG

/** The sort key of a day (UTC). */
export const dayOf = (at: Instant): string => `day ${new Date(at * 1000).toISOString().slice(0, 10)}`

/** The sort keys of the first and the last day that an interval touches. */
export const daysAround = ({ start, end }: Interval): readonly [string, string] => [
  dayOf(Math.max(start, MIN_INSTANT)),
  dayOf(Math.min(end, MAX_INSTANT) - 1),
]

/** The keys of the day items of a site for each day that an interval touches. */
export function dayItemKeys(site: SiteCode, { start, end }: Interval): Key[] {
  const first = Math.floor(start / DAY)
  const days = Array.from({ length: Math.ceil(end / DAY) - first }, (_, index) => dayOf((first + index) * DAY))
  return days.map((day) => ({ event_id: siteIndexId(site), start: day }))
}

export const BY_SITE = 'site-end-index'
export const BY_OBSERVER = 'creatorid-end-index'
/** The original's indexes, and the partition key of each. The sort key of both is `end`. */
export const INDEXES = { [BY_SITE]: 'site', [BY_OBSERVER]: 'creator_id' } as const

const ATTRIBUTES = ['event_id', 'start', 'end', ...Object.values(INDEXES)]

const keySchema = (hash: string, range: string): KeySchemaElement[] => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
]

/** The original's table: its keys and its indexes, with capacity on demand. */
export const tableDefinition = (table: string): CreateTableCommandInput => ({
  TableName: table,
  AttributeDefinitions: ATTRIBUTES.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
  KeySchema: keySchema('event_id', 'start'),
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: Object.entries(INDEXES).map(([name, hash]) => ({
    IndexName: name,
    KeySchema: keySchema(hash, 'end'),
    Projection: { ProjectionType: 'ALL' },
  })),
})

import type { Viewer } from '../domain/access.ts'
import type { Instant, Interval } from '../domain/interval.ts'
import type { OutboxMessage } from '../domain/outbox-message.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Json, Reservation, ReservationId, Revision, Stored, Via } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Semaphore } from '../concurrency.ts'

/** Which reservations to list. */
export type Query =
  /** Sorted by start, then id. */
  | SiteQuery
  /** All of an observer that end at `endingFrom` or later, sorted by end, then id. */
  | { readonly observer: ObserverId; readonly endingFrom: Instant }

/** All reservations that overlap `during` at any of the sites, and all maintenance at the enclosures. */
export interface SiteQuery {
  readonly sites: readonly SiteCode[]
  readonly during: Interval
  /** Codes of enclosures, none of which is one of the sites. */
  readonly wemas?: readonly SiteCode[]
  /** What the maintenance at the enclosures has as its `resource` in the list; by default what is stored. */
  readonly resource?: SiteCode | undefined
  /** Of `listBytes`: only what decides who may command, which is the maintenance alone if there is any. Above 8 MB of events `too_large`, as for `list`. */
  readonly inEffect?: boolean
}

/** A site and an interval, with the maintenance at its enclosure. */
export interface OutlineWindow extends Pick<SiteWindow, 'site' | 'during'> {
  readonly wema?: SiteCode | undefined
}

/**
 * Stores reservations. Every implementation passes `test/store/contract.ts`.
 *
 * Lists are complete: a store that cannot answer throws `Failure('unavailable')` instead of returning an empty list.
 * A change that has resolved is durable: on the disk, or on the majority of replicas.
 */
export interface Store {
  /** The rows under an id: none, one, or several duplicate rows of the original, one for each start. */
  find(id: ReservationId): Promise<Stored[]>
  /** The slots of the rows under each of many ids; an empty list for an id without rows. */
  slotsUnder(ids: readonly ReservationId[]): Promise<ReadonlyMap<ReservationId, readonly Slot[]>>
  /**
   * The results of `valueOf` for each reservation of a list, as of one instant. Long lists are read over several turns of the
   * event loop, by few callers at a time. Reservations take nine times as much memory as their texts, so the store keeps none.
   * @param valueOf may be called more than once, and for reservations outside of the list. `firstStart` is where the reservation
   * was before it was ever moved, and identifies it together with its id for good
   * @throws Failure `too_large` above 8 MB of events; `busy` while too many long lists are being read
   */
  list<T>(query: Query, valueOf: (stored: Stored, firstStart: Instant) => T): Promise<T[]>
  /**
   * The same list as the bytes of a JSON array of wire events, masked for `viewer`. They belong to the caller: nobody else has them.
   * @param max the maximal size in bytes, 32 MB by default. Below 1 MB no long list is read
   * @throws Failure `too_large` above `max`; `busy` while too many long lists are being read
   */
  listBytes(query: Query, viewer: Viewer, max?: number): Promise<Uint8Array<ArrayBuffer>>
  /**
   * A text that changes with each durable change at the sites, and is never used again, after a restart either. Undefined if the
   * store does not know it. While it is the same, so are all lists of the sites.
   * @throws Failure `unavailable`
   */
  versionOf?(sites: readonly SiteCode[]): Promise<string | undefined>
  /** The outlines of all reservations in a window, as of one instant, in chunks, in no order. */
  outlines(window: OutlineWindow): AsyncIterable<readonly Outline[]>
  /** The ids of reservations of origin `lco`, in chunks, in no order. */
  planned(query: PlannedQuery): AsyncIterable<readonly ReservationId[]>
  /**
   * The newest of the reservations at a code, or of an observer, that were deleted at `since` or later and not restored: at
   * most so many of people and of programs, and {@link MAX_CANCELLED_SIZE} of each. In no order. Of a service there are none.
   */
  cancelled(
    place: { readonly site: SiteCode } | { readonly observer: ObserverId },
    since: Instant,
    most: CancelledLimits,
  ): Promise<Cancelled[]>
  /** A chunk of the history of an id, read in its own turn of the event loop: see {@link HistoryRange}. */
  history(id: ReservationId, range?: HistoryRange): Promise<readonly Revision[]>
  /**
   * Calls `decide` with a snapshot and commits the changes that it returns, with their revisions and messages: durably, all
   * or nothing, and only if nothing in the snapshot has changed since. Otherwise calls `decide` again with a new snapshot, so
   * it must be pure. If `decide` throws, nothing is written and the error is rethrown.
   * @throws Failure `too_large` if the windows of the scope overlap too many reservations, or its observers have more than 2,000
   */
  change<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T>
  /** Limits how many long lists are read concurrently. Other reads of much data must acquire it too. */
  readonly longLists: Semaphore
  /** Number of reservations that one change should not exceed: more may be `too_large` to commit. */
  readonly maxBatch: number
  /** The most reservations that can be made in one change, of at most a day each, in different nights. */
  readonly maxSeries: number
  /** The limits for reservations that are close in time, and so share index items. */
  readonly bulk: BulkLimits
  readonly outbox: Outbox
  readonly archive: Archive
  readonly calendarFeeds: CalendarFeeds
  readonly feed: Feed
  /** All reservations, in no order. */
  all(): AsyncIterable<Stored>
  /** Resolves when the store can answer. @throws Failure `unavailable` */
  ping(): Promise<void>
  /** Why the store cannot be read or written, if so. */
  health(): Promise<Health>
  /** Undefined if the store has no statistics. */
  readonly stats?: () => Promise<StoreStats>
  /** Waits for the changes in progress, then closes the store. */
  close(): Promise<void>
}

/** A reservation as it was when it was deleted, without its note and its extra fields. */
export interface Cancelled {
  readonly reservation: Reservation
  readonly firstStart: Instant
  /** The number of the revision that deleted it. */
  readonly revision: number
  readonly at: Instant
}

/** How many cancelled reservations to return: those of programs, which clear many, do not displace those of people. */
export interface CancelledLimits {
  readonly people: number
  /** See `isOfProgram`. */
  readonly programs: number
}

/** After so many characters `cancelled` reads no more reservations of people, and none of programs. */
export const MAX_CANCELLED_SIZE = 8_000_000

/** An observer's secret feed. The secret itself is not stored. */
export interface CalendarFeed {
  readonly id: string
  readonly observer: ObserverId
  /** A digest of the secret. */
  readonly digest: string
  readonly madeAt: Instant
}

/** The observers' secret feeds. */
export interface CalendarFeeds {
  /** Those of an observer, the oldest first. */
  of(observer: ObserverId): Promise<readonly CalendarFeed[]>
  /** The feed whose secret has this digest. */
  find(digest: string): Promise<CalendarFeed | undefined>
  /** Adds a feed. @returns false, with nothing written, if its observer has `max` feeds already */
  add(feed: CalendarFeed, max: number): Promise<boolean>
  /** Removes a feed: no server finds it from then on. @returns false if the observer has none with this id */
  remove(observer: ObserverId, id: string): Promise<boolean>
}

/** The limits of changes to many reservations that are close in time. */
export interface BulkLimits {
  /** Reservations per change. */
  readonly size: number
  /** Changes that may run concurrently. */
  readonly concurrency: number
}

/** Statistics for operators; a value that is not known is undefined. */
export interface StoreStats {
  /** Number of reservations. */
  readonly reservations?: number | undefined
  /** Number of rows that were unreadable at the last scrub. */
  readonly damaged?: number | undefined
  /** Sizes of the file and of its write-ahead log (WAL). */
  readonly bytes?: { readonly file: number; readonly log: number }
  readonly diskSpace?: DiskSpace | undefined
  /** When the last backup that passed its check was made. */
  readonly backedUpAt?: Instant | undefined
}

/** Free space and size of a disk, in bytes. */
export interface DiskSpace {
  readonly free: number
  readonly size: number
}

/** The reasons why a store cannot be read or written now, as a few words each; undefined if it can. */
export interface Health {
  readonly unreadable?: string | undefined
  readonly unwritable?: string | undefined
}

/** Selects reservations of origin `lco` at a site. */
export interface PlannedQuery {
  readonly site: SiteCode
  readonly startingAfter: Instant
  readonly endingAfter: Instant
}

/** The fields of a reservation that decide who has a site. */
export type Outline = Pick<Reservation, 'id' | 'site' | 'start' | 'end' | 'observer' | 'kind'>

/** Place, time and project of a reservation: small enough to keep thousands in memory. */
export interface Slot {
  readonly reservation: Pick<Reservation, 'site' | 'start' | 'end' | 'project'>
}

/**
 * What a change has to see: the rows under ids, the reservations that overlap windows, and the outlines of observers'
 * reservations. `windows` and `observers` are called in each attempt, with the current rows.
 */
export interface Scope {
  readonly ids: readonly ReservationId[]
  readonly windows?: (rows: (id: ReservationId) => readonly Stored[]) => readonly SiteWindow[]
  readonly observers?: (rows: (id: ReservationId) => readonly Stored[]) => readonly ObserverWindow[]
  /** The maximal number of overlapping reservations in the snapshot; fewer if they are large, but at least two. */
  readonly limit?: number
}

/** A site and an interval. */
export interface SiteWindow {
  readonly site: SiteCode
  readonly during: Interval
  /** The snapshot may omit the reservations of this observer, except maintenance. */
  readonly exceptObserver?: ObserverId | undefined
  /** The snapshot omits everything but maintenance. */
  readonly onlyMaintenance?: boolean
}

/** An observer's reservations that end at `endingFrom` or later, at all sites; none of a service. */
export interface ObserverWindow {
  readonly observer: ObserverId
  readonly endingFrom: Instant
}

/** The maximal number of outlines in `ofObservers`. */
export const MAX_OF_OBSERVERS = 2000

/**
 * Selects revisions with numbers above `after` and below `before`: at most `limit`, from the oldest on, or the newest with
 * `fromEnd`. The result is sorted oldest first and limited to a chunk of about half a megabyte, but has at least one revision if
 * any matches.
 */
export interface HistoryRange {
  readonly after?: number
  readonly before?: number
  readonly limit?: number
  readonly fromEnd?: boolean
}

/** What a change sees. It is consistent: a change decided on it is committed only if it still holds. */
export interface Snapshot {
  /** The rows under an id. @param id must be in the scope */
  rows(id: ReservationId): readonly Stored[]
  /** A chunk of the history of an id. @param id must be in the scope or in `overlapping` */
  history(id: ReservationId, range?: HistoryRange): readonly Revision[]
  /** The maximal size that the reservation has ever had, as the wire's JSON, in bytes; 0 for a new id. @param id must be in the scope */
  largestSize(id: ReservationId): number
  /** The number of the next revision: 1 for a new id. @param id must be in the scope */
  nextRevision(id: ReservationId): number
  /** The reservations that overlap the windows of the scope, up to its limit. */
  readonly overlapping: readonly Stored[]
  /** Whether `overlapping` has all of them. */
  readonly isComplete: boolean
  /** The outlines of all reservations in the observer windows of the scope, each once, in no order. */
  readonly ofObservers: readonly Outline[]
}

/** The changes to commit, and the result of the call. */
export interface Decision<T> {
  readonly changes: readonly Change[]
  readonly answer: T
}

/** Replaces `before` by `after`: creates without `before`, deletes without `after`. The store numbers its revision. */
export interface Change {
  readonly before?: Stored
  readonly after?: Reservation
  readonly at: Instant
  readonly by: string
  readonly via: Via
  /** Ids of conflicting reservations that were allowed. */
  readonly overlapping?: readonly ReservationId[]
  /** Codes of broken rules that were overridden. */
  readonly overridden?: readonly string[]
  /** Outbox messages, written in the same transaction. */
  readonly messages?: readonly OutboxMessage[]
}

/** A message that has not been delivered, with the state of its delivery. */
export interface PendingMessage {
  readonly message: OutboxMessage
  /** The revision that the message reports; 0 for messages older than this field. */
  readonly revision: number
  readonly writtenAt: Instant
  /** Number of times that it was claimed. */
  readonly attempts: number
  /** When it may be claimed next; 0: immediately. */
  readonly due: Instant
  /** When it was given up, and is only kept to be retried by an operator. */
  readonly failedAt?: Instant | undefined
}

/** A worker's exclusive right to deliver a message, until it lapses. */
export interface Claim extends Omit<PendingMessage, 'due' | 'failedAt'> {
  /** Identifies the worker's claim. */
  readonly token: string
  readonly until: Instant
  /** Whether an earlier claim lapsed without an outcome. */
  readonly lapsed: boolean
}

/** The maximum of a claim of a message to the projects service, and of its delay after a number of attempts, in seconds. */
export const maxWait = (attempts: number): number => Math.min(3600, Math.max(60, 2 ** attempts))

/** The same for a message to a receiver of webhooks, after any number of attempts. */
export const MAX_RECEIVER_WAIT = 43_200

/** A message to a receiver that has failed and is older than this, in seconds, does not hold back later ones. */
export const HOLDS_BACK_SECONDS = 300

/**
 * The maximal difference between the clocks of servers, in seconds. A message due later than this after {@link maxWait} was
 * written before the clock was set back, and is due now.
 */
export const MAX_CLOCK_SKEW = 300

/**
 * The transactional outbox: messages that have not been delivered, each written in the transaction of its change.
 *
 * For the projects service it holds one message for each pair of reservation and project: a newer one replaces it, and becomes
 * due when the claim of the older ends. For a receiver of webhooks it holds one for each revision. A message holds back the
 * later ones about its reservation to the same receiver while it has not been attempted, is claimed, or is younger than
 * {@link HOLDS_BACK_SECONDS}.
 */
export interface Outbox {
  /**
   * Claims at most `limit` due messages with a token: no other worker gets them before `until`.
   * @returns the claims, and whether there may be more due messages
   */
  claim(requested: {
    /** Claims the messages to this receiver; without it those to the projects service. */
    readonly receiver?: string | undefined
    readonly now: Instant
    readonly until: Instant
    readonly limit: number
    readonly token: string
  }): Promise<Claims>
  /** Removes a message that was delivered or given up. A newer message in its place becomes due. Does nothing if another worker has claimed it since. */
  remove(claim: Claim): Promise<void>
  /**
   * Ends a claim and makes the message due at an instant; a newer message in its place is due now. If the service has not
   * answered, the request may still arrive, so neither is due before the end of the claim. Does nothing if another worker has
   * claimed it since.
   */
  postpone(claim: Claim, due: Instant, answered: boolean): Promise<void>
  /**
   * Ends a claim of a message that was not sent, which counts as no attempt, and makes the message due at an instant; a newer
   * message in its place is due now. Does nothing if another worker has claimed it since.
   */
  giveBack(claim: Claim, due: Instant): Promise<void>
  /** Ends a claim of a message to a receiver, which is kept as failed. Does nothing if another worker has claimed it since. */
  fail(claim: Claim, at: Instant): Promise<void>
  /** Removes the messages to a receiver that failed before an instant. */
  removeFailed(receiver: string, before: Instant): Promise<void>
  /** The messages to a receiver; without a name those to the projects service. */
  backlog(receiver?: string): Promise<Backlog>
  /** All messages, failed ones too, in chunks, in no order. One that is retried meanwhile does not come again. */
  messages(): AsyncIterable<readonly PendingMessage[]>
  /**
   * Makes a message due, failed or not, as if it had never been attempted; if it is claimed, when the claim ends.
   * @returns whether the outbox still has it
   */
  retry(message: PendingMessage): Promise<boolean>
  /** Removes a message. @returns whether the outbox still had it */
  drop(message: PendingMessage): Promise<boolean>
}

/** The result of claiming messages. */
export interface Claims {
  readonly claims: readonly Claim[]
  /** Whether more messages may be due. */
  readonly more: boolean
}

/** The size and age of the messages to the projects service, or to a receiver. */
export interface Backlog {
  /** Number of messages, without those that have failed. */
  readonly depth: number
  /** Number of messages that have failed and are kept; only of a receiver. */
  readonly failed?: number
  /** When the oldest message was written; undefined if there is none. */
  readonly oldest: Instant | undefined
}

/** A position in a log of the feed: the number of entries before it, and what tells the last of them from another with its number. */
export interface LogPosition {
  readonly number: number
  readonly nonce: string
}

/** A position in the feed: one in each of its logs. */
export interface Cursor {
  /** As clients see it, and opaque to them. */
  readonly id: string
  /** By the name of the log. */
  readonly positions: ReadonlyMap<string, LogPosition>
}

/** A revision, with the position right after it. */
export interface FeedEntry extends Cursor {
  readonly revision: Revision
}

/**
 * The revisions of the whole store, of all processes, in logs. A log is in commit order. Old entries are dropped. A store has
 * one log, named by an empty text, or one for each site, named by its code; a move between two sites is in the logs of both.
 */
export interface Feed {
  readonly bySite: boolean
  /** How often a change stream looks for new entries, in milliseconds. */
  readonly pollMs: number
  /** The cursor at positions that other cursors of this feed have. */
  cursorAt(positions: Cursor['positions']): Cursor
  /** The current end of the feed, at all sites or some. @throws Failure `unavailable` */
  end(sites?: ReadonlySet<SiteCode>): Promise<Cursor>
  /**
   * Finds a position by its id, for all sites or some; undefined if it is from another feed, or its entry was dropped, or it is
   * a position for other sites. @throws Failure `unavailable`
   */
  cursor(id: string, sites?: ReadonlySet<SiteCode>): Promise<Cursor | undefined>
  /**
   * A page of the entries after the cursor `id`, at all sites or some, oldest first, read in its own turn of the event loop.
   * Entries of one log are in its order, and each is in the page once.
   * Undefined if entries may be missing: the cursor is unknown, or archive entries were imported since.
   * @param max the maximal number of entries to look for
   * @throws Failure `unavailable`
   */
  since(id: string, max: number, sites?: ReadonlySet<SiteCode>): Promise<FeedPage | undefined>
}

/** Entries of about half a megabyte together, at least one if there are any. */
export interface FeedPage {
  readonly entries: readonly FeedEntry[]
  /** The cursor to continue from: the end of the feed if nothing is left. */
  readonly next: Cursor
  /** Number of entries that were found but are not in this page. */
  readonly remaining: number
}

/** Everything that a store holds under one id, which may be deleted: rows, history and messages. */
export interface ArchiveEntry {
  readonly id: ReservationId
  readonly reservations: readonly Stored[]
  /** Oldest first. */
  readonly history: readonly Revision[]
  /** Undelivered messages, sorted by project; then those to receivers, by receiver and revision. */
  readonly messages: readonly PendingMessage[]
}

/** All contents of a store, to migrate them to another. No process may write to either store meanwhile. */
export interface Archive {
  /** One archive entry for each id, deleted ones included, in no order. */
  entries(): AsyncIterable<ArchiveEntry>
  /**
   * Writes archive entries unchanged and durably. Skips entries that it already has, so that an interrupted migration can be
   * repeated.
   * @returns the number of new entries
   * @throws Failure `conflict` if it holds other data under an id, or is in use
   */
  importAll(entries: readonly ArchiveEntry[]): Promise<number>
  /** Makes the store ready for use, after the last `importAll`. */
  finalize(): Promise<void>
}

/** Converts reservations to and from the wire's event JSON, which stores hold so that lists need no parsing. */
export interface Codec {
  /** The version of the encoding. Increase it with each change: stores then rewrite the texts they hold. */
  readonly encodingVersion: number
  encode(reservation: Reservation): string
  decode(text: string): Reservation
  /** The size of the encoded reservation in bytes. */
  sizeOf(reservation: Reservation): number
}

/** Converts reservations to and from rows of the original's DynamoDB table. */
export interface RowCodec extends Codec {
  /** The wire's event as an object. */
  row(reservation: Reservation): { readonly [field: string]: Json }
  /** An instant in the format of the wire. */
  time(at: Instant): string
  /**
   * Parses a row, malformed ones of the original included; undefined if it is no reservation.
   * @param isOwn whether the calendar wrote it, and so the fields that only the calendar sets
   */
  read(row: unknown, isOwn: boolean): Reservation | undefined
}

import type { Viewer } from '../domain/access.ts'
import type { Instant, Interval } from '../domain/interval.ts'
import type { OutboxMessage } from '../domain/outbox-message.ts'
import type { ObserverId } from '../domain/observer.ts'
import type { Json, Reservation, ReservationId, Revision, Stored, Via } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import type { Semaphore } from '../concurrency.ts'

/** Which reservations to list. */
export type Query =
  /** All that overlap `during` at any of the sites, by start, then id. */
  | { readonly sites: readonly SiteCode[]; readonly during: Interval }
  /** All of an observer's that end at `endingFrom` or later, by end, then id. */
  | { readonly observer: ObserverId; readonly endingFrom: Instant }

/**
 * Where reservations are kept. Every store passes `test/store/contract.ts`.
 *
 * Lists come whole. A store that cannot answer throws `Failure('unavailable')`: never an empty list.
 * An acknowledged change is on the disk (or in the majority of replicas).
 */
export interface Store {
  /** What stands under an id: none, one, or (rows of the original) one for each start. */
  find(id: ReservationId): Promise<Stored[]>
  /** The slots of what stands under each of many ids, though there be nothing under it. */
  slotsUnder(ids: readonly ReservationId[]): Promise<ReadonlyMap<ReservationId, readonly Slot[]>>
  /**
   * What `valueOf` makes of each of a list, as one instant has it. A long one is read in several turns of the event loop,
   * and by few at a time: events take nine times as much memory as their texts, so none is kept unless `valueOf` does. It
   * may be asked more than once, and of more than belongs to the list.
   * @throws Failure `too_large` past 8 MB of events; `busy` where too many long ones are being read
   */
  list<T>(query: Query, valueOf: (stored: Stored) => T): Promise<T[]>
  /**
   * The same list as the bytes of a JSON array of wire events, as `viewer` see them: up to 32 MB, or `most`. If that is
   * less than a long list, none is read.
   */
  listBytes(query: Query, viewer: Viewer, max?: number): Promise<Uint8Array<ArrayBuffer>>
  /** The outlines of all that overlaps a place, likewise, piece by piece, in no order; however many there are. */
  outlines(window: Pick<SiteWindow, 'site' | 'during'>): AsyncIterable<readonly Outline[]>
  /** The ids of what the LCO scheduler has planned (origin `lco`), piece by piece, in no order. */
  planned(query: PlannedQuery): AsyncIterable<readonly ReservationId[]>
  /** A piece of the history of an id, in a turn of the event loop of its own: see {@link HistoryRange}. */
  history(id: ReservationId, range?: HistoryRange): Promise<readonly Revision[]>
  /**
   * Shows `decide` what stands, and commits the changes it returns, all or nothing, durably, with their history and
   * messages, only if none of what it saw has changed meanwhile; otherwise decides again. `decide` is pure: it may run
   * more than once. What it throws is thrown, and nothing is changed.
   * @throws Failure `too_large` where too much stands around its places to look at it all
   */
  change<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>): Promise<T>
  /** Who reads a long list, and who waits for that. Whoever else reads much goes through it too. */
  readonly longLists: Semaphore
  /** How many reservations one change should touch at most: more may be too much to commit at once (`too_large`). */
  readonly maxBatch: number
  /**
   * The same for reservations that are next to each other and so have in common what is kept of a night: so many may be
   * tried. And how many such changes go well side by side.
   */
  readonly bulk: BulkLimits
  readonly outbox: Outbox
  readonly archive: Archive
  /** Undefined where a store cannot tell in which order its changes were committed. */
  readonly feed: Feed | undefined
  /** Every reservation, in no order. */
  all(): AsyncIterable<Stored>
  /** Resolves when the store can answer. @throws Failure `unavailable` */
  ping(): Promise<void>
  health(): Promise<Health>
  /** Undefined where there is nothing to tell. */
  readonly stats?: () => Promise<StoreStats>
  close(): Promise<void>
}

export interface BulkLimits {
  readonly size: number
  readonly concurrency: number
}

/** What operators want to know of a store; undefined where it is not known. */
export interface StoreStats {
  /** How many stand. */
  readonly reservations?: number | undefined
  /** How many of those cannot be read, when they were last looked over. */
  readonly damaged?: number | undefined
  /** What its file and the log beside it take. */
  readonly bytes?: { readonly file: number; readonly log: number }
  readonly diskSpace?: DiskSpace | undefined
  /** When the last backup was made that has passed its check. */
  readonly backedUpAt?: Instant | undefined
}

/** Of a disk, in bytes. */
export interface DiskSpace {
  readonly free: number
  readonly size: number
}

/** Why a store cannot be read, or cannot be changed, just now: in a few words, undefined where it can. */
export interface Health {
  readonly unreadable?: string | undefined
  readonly unwritable?: string | undefined
}

export interface PlannedQuery {
  readonly site: SiteCode
  readonly startingAfter: Instant
  readonly endingAfter: Instant
}

/** By what it is decided who has a site. */
export type Outline = Pick<Reservation, 'id' | 'site' | 'start' | 'end' | 'observer' | 'kind'>

/** When and where a reservation is, and for which project: so little that it can be kept of each of many. */
export interface Slot {
  readonly reservation: Pick<Reservation, 'site' | 'start' | 'end' | 'project'>
}

/**
 * What a change must see: reservations by id, and what stands in places. `overlapping` learns its places from the named
 * rows, at each try.
 */
export interface Scope {
  readonly ids: readonly ReservationId[]
  readonly windows?: (rows: (id: ReservationId) => readonly Stored[]) => readonly SiteWindow[]
  /** Where it is enough to see so many of what stands in the places, or fewer that are large: two at least. */
  readonly limit?: number
}

export interface SiteWindow {
  readonly site: SiteCode
  readonly during: Interval
  /** Whose reservations need not be seen, unless they are maintenance. */
  readonly exceptObserver?: ObserverId | undefined
}

/**
 * Which of an id's revisions: those numbered above `after` and below `before`, at most `most` of them, and of those the
 * first, or the `newest`. They come oldest first, as a piece: so many as are about half a megabyte together, one at
 * least. None come only where there are no more.
 */
export interface HistoryRange {
  readonly after?: number
  readonly before?: number
  readonly limit?: number
  readonly fromEnd?: boolean
}

/** What stands: as one instant saw it, or the change that is decided on it is not committed. */
export interface Snapshot {
  /** The rows under an id of the scope. */
  rows(id: ReservationId): readonly Stored[]
  /** A piece of the history of an id of the scope, or of one in `overlapping`. */
  history(id: ReservationId, range?: HistoryRange): readonly Revision[]
  /** The size of the largest that an id of the scope has ever been, in bytes of the wire's JSON; 0 for an id never heard of. */
  largestSize(id: ReservationId): number
  /** The number its next revision will have: 1 for an id never heard of. */
  nextRevision(id: ReservationId): number
  /** What overlaps the places of the scope, and is to be seen. */
  readonly overlapping: readonly Stored[]
  /** Whether that is all of it. */
  readonly isComplete: boolean
}

export interface Decision<T> {
  readonly changes: readonly Change[]
  readonly answer: T
}

/** Puts `after` in the place of `before`; the store numbers the revision that records it. */
export interface Change {
  readonly before?: Stored
  readonly after?: Reservation
  readonly at: Instant
  readonly by: string
  readonly via: Via
  readonly overlapping?: readonly ReservationId[]
  /** What the projects service is told of it, after the commit. */
  readonly messages?: readonly OutboxMessage[]
}

/** A message that has not been delivered, and what has become of it so far. */
export interface PendingMessage {
  readonly message: OutboxMessage
  /** The revision of its reservation that it tells of; 0 where that is not known, of messages from before it was kept. */
  readonly revision: number
  readonly writtenAt: Instant
  /** How often somebody has set about telling it. */
  readonly attempts: number
  /** When somebody next may: at once (0) where nobody has. */
  readonly due: Instant
}

/** A message that one dispatcher has for itself, until the claim lapses. */
export interface Claim extends Omit<PendingMessage, 'due'> {
  /** Of whoever has it. */
  readonly token: string
  readonly until: Instant
  /** Somebody had it before, and never said what became of it. */
  readonly lapsed: boolean
}

/** No claim of a message, and no pause after so many attempts, is longer, in seconds. */
export const longestWait = (attempts: number): number => Math.min(3600, Math.max(60, 2 ** attempts))

/** So much the clocks of servers may differ, in seconds. What waits for longer than it may, and this, was written by a clock that has been put back since, and is due. */
export const SKEW = 300

/**
 * Messages that have not been delivered, each written with the change it tells of. Of one reservation and one project
 * there is one, the last: it takes the place of an earlier one, and waits while somebody has that one.
 */
export interface Outbox {
  /**
   * Takes what is due, at most `limit`, for whoever has the token, so that nobody else does before `until`.
   * @returns what was taken, and whether there may be `more`
   */
  claim(requested: { readonly now: Instant; readonly until: Instant; readonly limit: number; readonly token: string }): Promise<Claims>
  /** The message has been delivered, or never will be. One that has taken its place meanwhile is due. Nothing where the claim has lapsed. */
  remove(claim: Claim): Promise<void>
  /**
   * The message is due again at an instant; one that has taken its place is due now. Where it was not `answered`, and may
   * yet arrive, nothing about the two is due before the claim lapses. Nothing where it has.
   */
  postpone(claim: Claim, due: Instant, answered: boolean): Promise<void>
  /** How many there are, and when the oldest was written. */
  backlog(): Promise<Backlog>
}

export interface Claims {
  readonly claims: readonly Claim[]
  readonly more: boolean
}

export interface Backlog {
  readonly depth: number
  readonly oldest: Instant | undefined
}

/** A place in a feed: `sequence` only rises; `id` names the place for others, who may not understand it. */
export interface Cursor {
  readonly sequence: number
  readonly id: string
}

/** A revision, and the place in the feed right after it. */
export interface FeedEntry extends Cursor {
  readonly revision: Revision
}

/** The revisions of the whole store in the order of their commits, whichever process made them. Only the last of them are kept. */
export interface Feed {
  /** Where it ends now. @throws Failure `unavailable` */
  end(): Promise<Cursor>
  /** The place called `id`; undefined where it is not of this feed, or no longer kept. @throws Failure `unavailable` */
  cursor(id: string): Promise<Cursor | undefined>
  /**
   * What was committed after the place called `id`, everywhere or at some sites, oldest first: a page of it, in a turn
   * of the event loop of its own, and no more is looked for than `most`. Undefined where that cannot be told for
   * certain: the place is not to be found, or archive entries were adopted since.
   * @throws Failure `unavailable`
   */
  since(id: string, max: number, sites?: ReadonlySet<SiteCode>): Promise<FeedPage | undefined>
}

/** So many changes as are about half a megabyte together, one at least where there are any. */
export interface FeedPage {
  readonly entries: readonly FeedEntry[]
  /** From here it goes on, with nothing missed: the end of the feed, where no more was found than `most` and nothing is left. */
  readonly next: Cursor
  /** How many were found beyond these. */
  readonly remaining: number
}

/** Everything a store holds under one id, though nothing of it may stand any more. */
export interface ArchiveEntry {
  readonly id: ReservationId
  readonly reservations: readonly Stored[]
  /** Oldest first. */
  readonly history: readonly Revision[]
  /** Not delivered, by project. */
  readonly messages: readonly PendingMessage[]
}

/** A store as a whole, for moving it to another one. Nobody may write to either meanwhile. */
export interface Archive {
  /** One archive entry for each id ever heard of, in no order. */
  entries(): AsyncIterable<ArchiveEntry>
  /**
   * Takes archive entries over as they are, durably. One that it has already, alike in everything, is passed over, so that
   * a move which broke off may be repeated.
   * @returns how many were new
   * @throws Failure `conflict` where it holds something else under an id, or is in use
   */
  importAll(entries: readonly ArchiveEntry[]): Promise<number>
  /** After the last has been adopted: makes the store ready to be used. */
  finalize(): Promise<void>
}

/** How a store writes reservations as text: the wire's event JSON, so that a list goes out without being parsed. */
export interface Codec {
  /** Counts up whenever a reservation comes to be written otherwise, so that a store knows when its texts are out of date. */
  readonly encodingVersion: number
  encode(reservation: Reservation): string
  decode(text: string): Reservation
  /** How many bytes `encode` makes of it. */
  sizeOf(reservation: Reservation): number
}

/** How a store keeps reservations as rows of the original's table. */
export interface RowCodec extends Codec {
  /** The wire's event. */
  row(reservation: Reservation): { readonly [field: string]: Json }
  /** A time as the wire writes it. */
  time(at: Instant): string
  /** What a row says, odd ones of the original included; undefined where it says no reservation. */
  read(row: unknown): Reservation | undefined
}

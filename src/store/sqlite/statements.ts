import type { Database } from 'better-sqlite3'
import { MAX_EVENT_BYTES } from '../../domain/reservation.ts'
import { HOLDS_BACK_SECONDS, MAX_CLOCK_SKEW, MAX_RECEIVER_WAIT } from '../port.ts'
import { byPosition } from './by-position.ts'
import { prepareLists } from './list-statements.ts'

/** The indexed expression of `large_revision`. */
const SIZE_OF_REVISION = 'max(coalesce(octet_length(before), 0), coalesce(octet_length(after), 0))'

const PUT = `
  INSERT INTO reservations (site, length_class, start, event_id, end, observer, kind, origin, revision, doc, masked, first_start)
  VALUES (:site, :lengthClass, :start, :id, :end, :observer, :kind, :origin, :revision, :doc, :masked, :firstStart)`
const RECORD = `
  INSERT INTO revisions (event_id, number, at, by, via, before, after, overlapping, overridden)
  VALUES (:id, :number, :at, :by, :via, :before, :after, :overlapping, :overridden)`
const ADD_TO_FEED = `
  INSERT INTO feed (event_id, number, site, former_site, at) VALUES (:id, :number, :site, :formerSite, :at)`

const feedWhere = (condition: string) => `
  SELECT sequence, nonce, event_id, number FROM feed
  WHERE ${condition} AND sequence > :after AND sequence <= :last ORDER BY sequence`

/** Messages that are read or deleted in one turn of the event loop. */
export const MESSAGES_PER_TURN = 500

/** Changes after which the feed is pruned, and the oldest entries that this looks at: more than they add, so that the feed shrinks. */
export const CHANGES_PER_PRUNING = 64
const ENTRIES_PER_PRUNING = 4 * CHANGES_PER_PRUNING

/** The deletions that feeds show, the newest first, from one on that is named. */
const cancelledWhere = (condition: string) => `
  SELECT event_id AS id, first_start AS firstStart, number AS revision, at FROM cancelled
  WHERE ${condition} AND of_program = +:ofProgram AND at >= :since AND (at, event_id, first_start) < (:at, :id, :firstStart)
  ORDER BY at DESC, event_id DESC, first_start DESC`

const CALENDAR_FEED = 'SELECT feed_id AS id, observer, digest, made_at AS madeAt FROM calendar_feeds'

/** Selects the message for a reservation and a project, or for a receiver and a revision. */
const SAME_MESSAGE =
  'event_id = :id AND receiver = :receiver AND number = :number AND project_name = :name AND created_at = :createdAt'

/** Whether an earlier message about the same reservation holds back the message `m`. The last ones are likely to, so they are looked at first. */
const HELD_BACK = `EXISTS (
  SELECT 1 FROM outbox AS earlier
  WHERE earlier.event_id = m.event_id AND earlier.receiver = m.receiver AND earlier.number < m.number
    AND earlier.failed_at IS NULL
    AND (earlier.attempts = 0 OR earlier.claim IS NOT NULL OR earlier.written_at >= :now - ${HOLDS_BACK_SECONDS})
  ORDER BY earlier.number DESC LIMIT 1)`

/** A row of `revisions`. */
export interface RevisionRow {
  readonly event_id: string
  readonly number: number
  readonly at: number
  readonly by: string
  readonly via: string
  readonly before: string | null
  readonly after: string | null
  readonly overlapping: string | null
  readonly overridden: string | null
}

/**
 * All SQL statements of the store, prepared once.
 *
 * In a statement that sorts, or finds a maximum, columns equal `+:parameter`: without the plus, SQLite compiles the statement
 * anew for each call, as a plan for that value might be better.
 */
// oxlint-disable-next-line max-lines-per-function -- a table of statements
export const prepare = (db: Database) => ({
  ...prepareLists(db),
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),

  byId: db.prepare('SELECT event_id AS id, start, doc, revision FROM reservations WHERE event_id = +? ORDER BY start'),
  page: db.prepare(`
    SELECT event_id AS id, start, doc, revision FROM reservations
    WHERE (event_id, start) > (?, ?) ORDER BY event_id, start`),
  sizeUnder: db
    .prepare('SELECT total(octet_length(doc)) FROM json_each(?) CROSS JOIN reservations ON event_id = value')
    .pluck(),
  remove: db.prepare('DELETE FROM reservations WHERE event_id = ? AND start = ?'),
  put: byPosition(db, PUT),
  firstStart: db
    .prepare('SELECT coalesce(first_start, start) FROM reservations WHERE event_id = ? AND start = ?')
    .pluck(),

  putCancelled: db.prepare(`
    INSERT OR REPLACE INTO cancelled (event_id, first_start, number, at, site, observer, of_program)
    VALUES (:id, :firstStart, :number, :at, :site, :observer, :ofProgram)`),
  cancelledUnder: db.prepare('SELECT first_start AS firstStart, number FROM cancelled WHERE event_id = ?'),
  removeCancelled: db.prepare('DELETE FROM cancelled WHERE event_id = ? AND first_start = ?'),
  cancelledAt: db.prepare(cancelledWhere('site = +:site')),
  cancelledOf: db.prepare(cancelledWhere('observer = +:observer')),

  putCalendarFeed: db.prepare(`
    INSERT INTO calendar_feeds (digest, feed_id, observer, made_at) SELECT :digest, :id, :observer, :madeAt
    WHERE (SELECT count(*) FROM calendar_feeds WHERE observer = :observer) < :max`),
  calendarFeedsOf: db.prepare(`${CALENDAR_FEED} WHERE observer = +? ORDER BY made_at, feed_id`),
  calendarFeed: db.prepare(`${CALENDAR_FEED} WHERE digest = ?`),
  removeCalendarFeed: db.prepare('DELETE FROM calendar_feeds WHERE observer = ? AND feed_id = ?'),

  history: db.prepare(
    'SELECT * FROM revisions WHERE event_id = +:id AND number > :after AND number < :before ORDER BY number',
  ),
  newest: db.prepare(
    'SELECT * FROM revisions WHERE event_id = +:id AND number > :after AND number < :before ORDER BY number DESC',
  ),
  largestSize: db
    .prepare(`
      SELECT max(size) FROM (
        SELECT max(octet_length(doc)) AS size FROM reservations WHERE event_id = +:id
        UNION ALL SELECT max(${SIZE_OF_REVISION}) FROM revisions WHERE event_id = +:id AND ${SIZE_OF_REVISION} > ${MAX_EVENT_BYTES})`)
    .pluck(),
  lastRevision: db.prepare('SELECT coalesce(max(number), 0) FROM revisions WHERE event_id = +?').pluck(),
  record: byPosition(db, RECORD),

  addToFeed: byPosition(db, ADD_TO_FEED),
  // An entry is the end of the feed until the next one. So it is kept as long as the next one, and the cursor of a quiet feed too.
  pruneFeed: db.prepare(`
    DELETE FROM feed WHERE sequence < (
      SELECT max(sequence) FROM (SELECT sequence, at FROM feed ORDER BY sequence LIMIT ${ENTRIES_PER_PRUNING})
      WHERE at < ? OR at IS NULL)`),
  insertGap: db.prepare('INSERT INTO feed DEFAULT VALUES'),
  lastEntry: db.prepare('SELECT sequence, nonce FROM feed ORDER BY sequence DESC LIMIT 1'),
  entryAt: db.prepare('SELECT sequence, nonce FROM feed WHERE sequence = ?'),
  gap: db.prepare('SELECT 1 FROM feed WHERE event_id IS NULL AND sequence > :after AND sequence <= :last LIMIT 1'),
  entriesAfter: db.prepare(feedWhere('1')),
  entriesOfSite: db.prepare(feedWhere('site = +:site')),
  entriesOfFormerSite: db.prepare(feedWhere('former_site = +:site')),
  revision: db.prepare('SELECT * FROM revisions WHERE event_id = ? AND number = ?'),

  putMessage: db.prepare(`
    INSERT INTO outbox (event_id, receiver, number, project_name, created_at, action, revision, written_at, attempts, due, failed_at)
    VALUES (:id, :receiver, :number, :name, :createdAt, :action, :revision, :writtenAt, :attempts, :due, :failedAt)
    ON CONFLICT DO UPDATE SET action = excluded.action, revision = excluded.revision, written_at = excluded.written_at,
      attempts = excluded.attempts, due = coalesce(held_until, excluded.due)`),
  messagesUnder: db.prepare('SELECT * FROM outbox WHERE event_id = ?'),
  due: db.prepare(`
    SELECT * FROM outbox AS m WHERE receiver = +:receiver AND failed_at IS NULL AND due <= :now AND NOT ${HELD_BACK}
    ORDER BY due, written_at LIMIT :limit`),
  // The indexed expression of `message_by_wait`, with the maximum of `maxWait`.
  dueTooLate: db.prepare(`
    SELECT * FROM outbox
    WHERE receiver = '' AND due - min(3600, max(60, 1 << min(attempts, 12))) > :now + ${MAX_CLOCK_SKEW} LIMIT :limit`),
  receiverDueTooLate: db.prepare(`
    SELECT * FROM outbox
    WHERE receiver = +:receiver AND failed_at IS NULL AND due > :now + ${MAX_RECEIVER_WAIT + MAX_CLOCK_SKEW} LIMIT :limit`),
  claim: db.prepare(`
    UPDATE outbox SET claim = :token, held_until = :until, due = :until, attempts = attempts + 1 WHERE ${SAME_MESSAGE}`),
  removeMessage: db.prepare(`DELETE FROM outbox WHERE ${SAME_MESSAGE} AND claim = :token AND revision = :revision`),
  postpone: db.prepare(`
    UPDATE outbox SET claim = NULL, held_until = iif(:answered, NULL, held_until),
      due = max(iif(revision = :revision, :due, 0), iif(:answered, 0, held_until))
    WHERE ${SAME_MESSAGE} AND claim = :token`),
  takeBackAttempt: db.prepare(`
    UPDATE outbox SET attempts = attempts - 1
    WHERE ${SAME_MESSAGE} AND claim = :token AND revision = :revision AND attempts = :attempts`),
  fail: db.prepare(
    `UPDATE outbox SET failed_at = :at, claim = NULL, held_until = NULL WHERE ${SAME_MESSAGE} AND claim = :token`,
  ),
  removeFailed: db.prepare(`
    DELETE FROM outbox WHERE (event_id, receiver, number, project_name, created_at) IN (
      SELECT event_id, receiver, number, project_name, created_at FROM outbox
      WHERE receiver = :receiver AND failed_at < :before LIMIT ${MESSAGES_PER_TURN})`),
  backlog: db.prepare(`
    SELECT (SELECT count(*) FROM outbox WHERE receiver = +:receiver AND failed_at IS NULL) AS depth,
      (SELECT min(written_at) FROM outbox WHERE receiver = +:receiver AND failed_at IS NULL) AS oldest,
      (SELECT count(*) FROM outbox WHERE receiver = +:receiver AND failed_at IS NOT NULL) AS failed`),
  messagePage: db.prepare(`
    SELECT * FROM outbox
    WHERE (event_id, receiver, number, project_name, created_at) > (:id, :receiver, :number, :name, :createdAt)
    ORDER BY event_id, receiver, number, project_name, created_at LIMIT ${MESSAGES_PER_TURN}`),
  retryMessage: db.prepare(`
    UPDATE outbox SET due = coalesce(held_until, 0), attempts = 0, failed_at = NULL
    WHERE ${SAME_MESSAGE} AND revision = :revision`),
  dropMessage: db.prepare(`DELETE FROM outbox WHERE ${SAME_MESSAGE} AND revision = :revision`),

  // All ids, deleted ones included. Each part is sorted by its index, so that a page costs no more than it holds.
  ids: db
    .prepare(`
      SELECT event_id FROM reservations WHERE event_id > :after
      UNION SELECT event_id FROM revisions WHERE event_id > :after
      UNION SELECT event_id FROM outbox WHERE event_id > :after
      ORDER BY event_id LIMIT :max`)
    .pluck(),
  touch: db.prepare('UPDATE encoding SET version = version'),
  // Number of rows that this connection has written.
  written: db.prepare('SELECT total_changes()').pluck(),
  count: db.prepare('SELECT count(*) FROM reservations').pluck(),
  ping: db.prepare('SELECT 1 FROM reservations LIMIT 1').pluck(),
})

/** The prepared SQL statements of a store. */
export type Statements = ReturnType<typeof prepare>

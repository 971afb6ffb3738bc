import type { Database } from 'better-sqlite3'
import { MAX_EVENT_BYTES } from '../../domain/reservation.ts'
import { prepareLists } from './list-statements.ts'

/** As the index of those that are larger than an event may be has it. */
const SIZE_OF_REVISION = 'max(coalesce(octet_length(before), 0), coalesce(octet_length(after), 0))'

const feedWhere = (condition: string) => `
  SELECT sequence, mark, event_id, number FROM feed
  WHERE ${condition} AND sequence > :after AND sequence <= :last ORDER BY sequence`

/** What a message is about. */
const SAME_MESSAGE = 'event_id = :id AND project_name = :name AND created_at = :createdAt'

export interface RevisionRow {
  readonly event_id: string
  readonly number: number
  readonly at: number
  readonly by: string
  readonly via: string
  readonly before: string | null
  readonly after: string | null
  readonly across: string | null
}

/** Everything the store ever says to SQLite, prepared once. */
export const prepare = (db: Database) => ({
  ...prepareLists(db),
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),

  byId: db.prepare('SELECT event_id AS id, start, doc, revision FROM reservations WHERE event_id = ? ORDER BY start'),
  page: db.prepare(`
    SELECT event_id AS id, start, doc, revision FROM reservations
    WHERE (event_id, start) > (?, ?) ORDER BY event_id, start`),
  sizeOfNamed: db
    .prepare('SELECT total(octet_length(doc)) FROM json_each(?) CROSS JOIN reservations ON event_id = value')
    .pluck(),
  remove: db.prepare('DELETE FROM reservations WHERE event_id = ? AND start = ?'),
  put: db.prepare(`
    INSERT INTO reservations (site, length_class, start, event_id, end, observer, kind, origin, revision, doc, masked)
    VALUES (:site, :lengthClass, :start, :id, :end, :observer, :kind, :origin, :revision, :doc, :masked)`),

  history: db.prepare('SELECT * FROM revisions WHERE event_id = :id AND number > :after AND number < :before ORDER BY number'),
  newest: db.prepare('SELECT * FROM revisions WHERE event_id = :id AND number > :after AND number < :before ORDER BY number DESC'),
  largest: db
    .prepare(`
      SELECT max(size) FROM (
        SELECT max(octet_length(doc)) AS size FROM reservations WHERE event_id = :id
        UNION ALL SELECT max(${SIZE_OF_REVISION}) FROM revisions WHERE event_id = :id AND ${SIZE_OF_REVISION} > ${MAX_EVENT_BYTES})`)
    .pluck(),
  lastRevision: db.prepare('SELECT coalesce(max(number), 0) FROM revisions WHERE event_id = ?').pluck(),
  record: db.prepare(`
    INSERT INTO revisions (event_id, number, at, by, via, before, after, across)
    VALUES (:id, :number, :at, :by, :via, :before, :after, :across)`),

  tell: db.prepare('INSERT INTO feed (event_id, number, site, former_site) VALUES (:id, :number, :site, :formerSite)'),
  breakFeed: db.prepare('INSERT INTO feed DEFAULT VALUES'),
  lastTold: db.prepare('SELECT sequence, mark FROM feed ORDER BY sequence DESC LIMIT 1'),
  toldAt: db.prepare('SELECT sequence, mark FROM feed WHERE sequence = ?'),
  broken: db.prepare('SELECT 1 FROM feed WHERE event_id IS NULL AND sequence > :after AND sequence <= :last LIMIT 1'),
  toldAfter: db.prepare(feedWhere('1')),
  toldOfSite: db.prepare(feedWhere('site = :site')),
  toldOfFormerSite: db.prepare(feedWhere('former_site = :site')),
  revision: db.prepare('SELECT * FROM revisions WHERE event_id = ? AND number = ?'),

  post: db.prepare(`
    INSERT INTO outbox (event_id, project_name, created_at, what, revision, written_at, attempts, due)
    VALUES (:id, :name, :createdAt, :what, :revision, :writtenAt, :attempts, :due)
    ON CONFLICT DO UPDATE SET what = excluded.what, revision = excluded.revision, written_at = excluded.written_at,
      attempts = excluded.attempts, due = coalesce(held_until, excluded.due)`),
  messagesAbout: db.prepare('SELECT * FROM outbox WHERE event_id = ?'),
  due: db.prepare('SELECT * FROM outbox WHERE due <= ? ORDER BY due, written_at LIMIT ?'),
  // As `message_by_wait` has it; the longest wait is that of `longestWait`.
  waitsTooLong: db.prepare('SELECT * FROM outbox WHERE due - min(3600, max(60, 1 << min(attempts, 12))) > ? LIMIT ?'),
  claim: db.prepare(`
    UPDATE outbox SET claim = :token, held_until = :until, due = :until, attempts = attempts + 1 WHERE ${SAME_MESSAGE}`),
  delivered: db.prepare(`DELETE FROM outbox WHERE ${SAME_MESSAGE} AND claim = :token AND revision = :revision`),
  postpone: db.prepare(`
    UPDATE outbox SET claim = NULL, held_until = iif(:answered, NULL, held_until),
      due = max(iif(revision = :revision, :due, 0), iif(:answered, 0, held_until))
    WHERE ${SAME_MESSAGE} AND claim = :token`),
  backlog: db.prepare('SELECT (SELECT count(*) FROM outbox) AS depth, (SELECT min(written_at) FROM outbox) AS oldest'),

  // Every id ever heard of. Each part comes in order from its index, so that a page costs no more than it holds.
  ids: db
    .prepare(`
      SELECT event_id FROM reservations WHERE event_id > :after
      UNION SELECT event_id FROM revisions WHERE event_id > :after
      UNION SELECT event_id FROM outbox WHERE event_id > :after
      ORDER BY event_id LIMIT :most`)
    .pluck(),
  // All that this connection has written so far, in rows.
  written: db.prepare('SELECT total_changes()').pluck(),
  count: db.prepare('SELECT count(*) FROM reservations').pluck(),
  ping: db.prepare('SELECT 1 FROM reservations LIMIT 1').pluck(),
})

export type Statements = ReturnType<typeof prepare>

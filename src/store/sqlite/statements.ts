import type { Database } from 'better-sqlite3'
import { LARGEST } from '../../domain/reservation.ts'
import { BEGINNING, FOREVER, HOUR, type Interval, lengthOf } from '../../domain/interval.ts'

const LAST_CLASS = 20

/** The longest reservation a class holds, in seconds. The last class holds whatever is longer still. */
const longestOf = (lengthClass: number) => (lengthClass === LAST_CLASS ? FOREVER - BEGINNING : HOUR * 2 ** lengthClass)

/** The smallest k from 0 to 20 for which 3600·2^k seconds are enough. */
export function lengthClassOf(interval: Interval): number {
  const hours = lengthOf(interval) / HOUR
  return Math.min(LAST_CLASS, Math.max(0, Math.ceil(Math.log2(hours))))
}

const CLASSES = Array.from({ length: LAST_CLASS + 1 }, (_, k) => `(${k}, ${longestOf(k)})`).join(', ')

/** `:sites` is a JSON array of codes; every class of every site is searched where an overlap can be, and nowhere else. */
const OVERLAPPING = `
  FROM json_each(:sites) AS wanted CROSS JOIN classes CROSS JOIN reservations AS r
    ON r.site = wanted.value AND r.length_class = classes.k AND r.start > :start - classes.longest AND r.start < :end
  WHERE r.end > :start
  ORDER BY r.start, r.event_id`

const OF_OBSERVER = 'FROM reservations AS r WHERE r.observer = :observer AND r.end >= :endingFrom ORDER BY r.end, r.event_id'

const WITH_CLASSES = `WITH classes (k, longest) AS (VALUES ${CLASSES})`

/** A stranger's eyes are a null observer, which equals nothing. */
const AS_SEEN = 'CASE WHEN :whole OR r.observer = :eyes THEN r.doc ELSE coalesce(r.masked, r.doc) END AS seen'

const asBytes = (rows: string) => `SELECT CAST('[' || coalesce(group_concat(seen, ','), '') || ']' AS BLOB) FROM (${rows})`

/** As the index of those that are larger than an event may be has it. */
const SIZE_OF_REVISION = 'max(coalesce(octet_length(before), 0), coalesce(octet_length(after), 0))'

const toldWhere = (condition: string) => `
  SELECT sequence, mark, event_id, number FROM feed
  WHERE ${condition} AND sequence > :after AND sequence <= :last ORDER BY sequence LIMIT :most`

/** What a message is about. */
const THE_TWO = 'event_id = :id AND project_name = :name AND created_at = :createdAt'

/** A row as the queries below give it. */
export interface Row {
  readonly doc: string
  readonly revision: number
}

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
  begin: db.prepare('BEGIN IMMEDIATE'),
  commit: db.prepare('COMMIT'),
  rollback: db.prepare('ROLLBACK'),

  byId: db.prepare('SELECT doc, revision FROM reservations WHERE event_id = ? ORDER BY start'),
  page: db.prepare(`
    SELECT doc, revision, event_id, start FROM reservations
    WHERE (event_id, start) > (?, ?) ORDER BY event_id, start LIMIT ?`),
  overlapping: db.prepare(`${WITH_CLASSES} SELECT r.doc, r.revision ${OVERLAPPING}`),
  ofObserver: db.prepare(`SELECT r.doc, r.revision ${OF_OBSERVER}`),
  overlappingBytes: db.prepare(`${WITH_CLASSES} ${asBytes(`SELECT ${AS_SEEN} ${OVERLAPPING}`)}`).pluck(),
  ofObserverBytes: db.prepare(asBytes(`SELECT ${AS_SEEN} ${OF_OBSERVER}`)).pluck(),

  remove: db.prepare('DELETE FROM reservations WHERE event_id = ? AND start = ?'),
  put: db.prepare(`
    INSERT INTO reservations (site, length_class, start, event_id, end, observer, revision, doc, masked)
    VALUES (:site, :lengthClass, :start, :id, :end, :observer, :revision, :doc, :masked)`),

  history: db.prepare('SELECT * FROM revisions WHERE event_id = :id AND number > :after AND number < :before ORDER BY number LIMIT :most'),
  newest: db.prepare('SELECT * FROM revisions WHERE event_id = :id AND number > :after AND number < :before ORDER BY number DESC LIMIT :most'),
  largest: db
    .prepare(`
      SELECT max(size) FROM (
        SELECT max(octet_length(doc)) AS size FROM reservations WHERE event_id = :id
        UNION ALL SELECT max(${SIZE_OF_REVISION}) FROM revisions WHERE event_id = :id AND ${SIZE_OF_REVISION} > ${LARGEST})`)
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
  toldAfter: db.prepare(toldWhere('1')),
  toldOfSite: db.prepare(toldWhere('site = :site')),
  toldOfFormerSite: db.prepare(toldWhere('former_site = :site')),
  revision: db.prepare('SELECT * FROM revisions WHERE event_id = ? AND number = ?'),

  post: db.prepare(`
    INSERT INTO outbox (event_id, project_name, created_at, what, revision, written_at, attempts, due)
    VALUES (:id, :name, :createdAt, :what, :revision, :writtenAt, :attempts, :due)
    ON CONFLICT DO UPDATE SET what = excluded.what, revision = excluded.revision, written_at = excluded.written_at,
      attempts = excluded.attempts, due = coalesce(held_until, excluded.due)`),
  messagesAbout: db.prepare('SELECT * FROM outbox WHERE event_id = ?'),
  due: db.prepare('SELECT * FROM outbox WHERE due <= ? ORDER BY due, written_at LIMIT ?'),
  dueFrom: db.prepare('SELECT * FROM outbox WHERE due > ? LIMIT ?'),
  claim: db.prepare(`
    UPDATE outbox SET claim = :token, held_until = :until, due = :until, attempts = attempts + 1 WHERE ${THE_TWO}`),
  delivered: db.prepare(`DELETE FROM outbox WHERE ${THE_TWO} AND claim = :token AND revision = :revision`),
  postpone: db.prepare(`
    UPDATE outbox SET claim = NULL, held_until = iif(:answered, NULL, held_until),
      due = max(iif(revision = :revision, :due, 0), iif(:answered, 0, held_until))
    WHERE ${THE_TWO} AND claim = :token`),
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
  ping: db.prepare('SELECT 1 FROM reservations LIMIT 1').pluck(),
})

export type Statements = ReturnType<typeof prepare>

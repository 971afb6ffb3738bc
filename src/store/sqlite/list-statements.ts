import type { Database } from 'better-sqlite3'
import { MIN_INSTANT, MAX_INSTANT, HOUR, type Interval, durationOf } from '../../domain/interval.ts'
import { MAX_OF_OBSERVERS } from '../port.ts'
import { byPosition } from './by-position.ts'

const LAST_CLASS = 20

/** The maximal duration in a length class, in seconds. The last class has no maximum. */
export const longestOf = (lengthClass: number): number =>
  lengthClass === LAST_CLASS ? MAX_INSTANT - MIN_INSTANT : HOUR * 2 ** lengthClass

/** The length class of an interval: the smallest k from 0 to 20 with a duration of at most 3600·2^k seconds. */
export function lengthClassOf(interval: Interval): number {
  const hours = durationOf(interval) / HOUR
  return Math.min(LAST_CLASS, Math.max(0, Math.ceil(Math.log2(hours))))
}

const MAX_LENGTH = `CASE present.k WHEN ${LAST_CLASS} THEN ${longestOf(LAST_CLASS)} ELSE ${HOUR} << present.k END`

/** The length classes present at each site of `:sites`, a JSON array of codes. Each site ends with a null. */
const WITH_PRESENT = `
  WITH RECURSIVE present (site, k) AS (
    SELECT value, (SELECT min(length_class) FROM reservations WHERE site = value) FROM json_each(:sites)
    UNION ALL
    SELECT site, (SELECT min(length_class) FROM reservations WHERE site = present.site AND length_class > present.k)
    FROM present WHERE present.k IS NOT NULL
  )`

/** The rows of each class that may overlap: in class k these start after `:start` minus the maximal duration of k. */
const SEARCHED = `
  FROM present CROSS JOIN reservations AS r
    ON r.site = present.site AND r.length_class = present.k AND r.start > :start - (${MAX_LENGTH}) AND r.start < :end`

const WHICH_OVERLAP = `${SEARCHED} WHERE r.end > :start`
/** Overlaps that concern a change: an observer does not conflict with themselves, except with maintenance. */
const OVERLAPS_EXCEPT = `r.end > :start AND (
  r.kind = 'maintenance' OR NOT :onlyMaintenance AND (:exceptObserver IS NULL OR r.observer <> :exceptObserver))`
const BY_START = 'ORDER BY r.start, r.event_id'
const OVERLAPPING = `${WHICH_OVERLAP} ${BY_START}`

const OF_OBSERVER = 'FROM reservations AS r WHERE r.observer = +:observer AND r.end >= :endingFrom'
const BY_END = 'ORDER BY r.end, r.event_id'

const MASKED = 'coalesce(r.masked, r.doc)'
/** The text masked for a viewer. Anonymous: `:viewer` is NULL, which equals no observer. */
const AS_SEEN = `CASE WHEN :seesEverything OR r.observer = :viewer THEN r.doc ELSE ${MASKED} END`

/**
 * Whether a text is intact: the event with the row's id. A damaged text would make the whole list unreadable. The check costs
 * as much as the rest of the query, so it is skipped if all texts are known to be intact (`:isClean`).
 */
const readable = (text: string) =>
  `CASE WHEN json_valid(${text}) THEN ${text} ->> '$.event_id' IS r.event_id ELSE 0 END`
const IF_READABLE = `(:isClean OR ${readable(AS_SEEN)})`

/** The rows with a damaged text. */
export const UNREADABLE = `
  SELECT r.event_id AS id, r.start FROM reservations AS r
  WHERE NOT ${readable('r.doc')} OR (r.masked IS NOT NULL AND NOT ${readable('r.masked')}) LIMIT 1000`

const asBytes = (rows: string, seen = AS_SEEN) =>
  `SELECT CAST('[' || coalesce(group_concat(seen, ','), '') || ']' AS BLOB) FROM (SELECT ${seen} AS seen ${rows})`

/** Whether a row is at an enclosure of `:wemas`, a JSON array of codes. */
const AT_WEMA = 'r.site IN (SELECT value FROM json_each(:wemas))'
const IF_LISTED = `(r.kind = 'maintenance' OR NOT ${AT_WEMA})`
/** The text as seen; of an enclosure with the resource `:resource`, if that is not NULL. A damaged text stays as it is. */
const AS_SHOWN = `
  CASE WHEN :resource IS NOT NULL AND ${AT_WEMA} AND json_valid(${AS_SEEN})
    THEN json_set(${AS_SEEN}, '$.resourceId', :resource) ELSE ${AS_SEEN} END`

/**
 * The number of rows that a list has to read, up to `max`, and their size in bytes. Reads no texts. Limits are not parameters,
 * because SQLite would recompile a statement with a limit as a parameter for each call.
 */
const count = (rows: string, max: number) => `SELECT count(*) FROM (SELECT 1 ${rows} LIMIT ${max})`
const measure = (size: string, rows: string, max: number) =>
  `SELECT count(*), total(size) FROM (SELECT ${size} AS size ${rows} LIMIT ${max})`

/** The maximal number of rows to measure of a list by sites. */
export const MAX_MEASURED = 20_000
/**
 * Of the rows of the classes `:k`, `:k` + 1 and `:k` + 2 that may overlap: their number and their latest end; and the next
 * class that occurs at the site. Three at once, up to four hours from 0 on: to search two more costs less than to run again.
 */
const MEASURE_CLASSES = `
  WITH present (k) AS (VALUES (:k), (:k + 1), (:k + 2))
  SELECT count(*), max(end), (SELECT min(length_class) FROM reservations WHERE site = +:site AND length_class > :k + 2)
  FROM (SELECT r.end FROM present CROSS JOIN reservations AS r
    ON r.site = +:site AND r.length_class = present.k AND r.start > :start - (${MAX_LENGTH}) AND r.start < :end
    LIMIT ${MAX_MEASURED})`
/** The maximal number of rows to measure of an observer's list, whose rows are looked up one by one. */
export const MAX_OF_OBSERVER = 5000

const OUTLINE = 'r.event_id AS id, r.site, r.start, r.end, r.observer, r.kind'

const FIRST_START = 'r.first_start AS firstStart'
const ROW = `r.event_id AS id, r.start, r.doc, r.revision, ${FIRST_START}`

/** A row with the columns needed to decode it. */
export interface Row {
  readonly id: string
  readonly start: number
  readonly doc: string
  readonly revision: number
  /** Null if it is the start; only in lists. */
  readonly firstStart?: number | null
}

/** A row's position in the primary key and in the observers' index. `k` is its length class. */
export interface Key extends Interval {
  readonly site: string
  readonly k: number
  readonly id: string
}

/** The rows after a key, in the order of the primary key: the next chunk. */
const IN_CLASS = `
  FROM reservations AS r
  WHERE r.site = +:site AND r.length_class = +:k AND (r.start, r.event_id) > (:start, :id) AND r.start < :before
  ORDER BY r.start, r.event_id`
/** The same in the order of the observers' index, which ends with the primary key. */
const ON_FROM = `
  FROM reservations AS r
  WHERE r.observer = +:observer AND (r.end, r.site, r.length_class, r.start, r.event_id) > (:end, :site, :k, :start, :id)
  ORDER BY r.end, r.site, r.length_class, r.start, r.event_id`

/** Skips the texts of rows that end before the window. */
const whereItOverlaps = (text: string) => `CASE WHEN r.end > :from THEN ${text} END`

const KEY = 'r.end, r.site, r.length_class AS k, r.start, r.event_id AS id'

/** The prepared SQL statements of lists. */
export type ListStatements = ReturnType<typeof prepareLists>

/** Prepares the SQL statements of lists: to read short ones, to measure, and to read long ones in chunks. */
export const prepareLists = (db: Database) => ({
  overlapping: db.prepare(`${WITH_PRESENT} SELECT ${ROW} ${OVERLAPPING}`),
  ofObserver: db.prepare(`SELECT ${ROW} ${OF_OBSERVER} ${BY_END}`),
  overlappingBytes: db.prepare(`${WITH_PRESENT} ${asBytes(`${WHICH_OVERLAP} AND ${IF_READABLE} ${BY_START}`)}`).pluck(),
  overlappingBytesWithClosures: db
    .prepare(`${WITH_PRESENT} ${asBytes(`${WHICH_OVERLAP} AND ${IF_LISTED} AND ${IF_READABLE} ${BY_START}`, AS_SHOWN)}`)
    .pluck(),
  ofObserverBytes: db.prepare(asBytes(`${OF_OBSERVER} AND ${IF_READABLE} ${BY_END}`)).pluck(),
  overlappingExcept: db.prepare(`${WITH_PRESENT} SELECT ${ROW}, ${OUTLINE} ${SEARCHED} WHERE ${OVERLAPS_EXCEPT}`),
  measureClasses: byPosition(db, MEASURE_CLASSES),
  outlinesOfObserver: db.prepare(`SELECT ${OUTLINE} ${OF_OBSERVER} LIMIT ${MAX_OF_OBSERVERS + 1}`),
  overlappingOutlines: db.prepare(`${WITH_PRESENT} SELECT ${OUTLINE} ${OVERLAPPING}`),

  imageRows: db.prepare(`
    ${WITH_PRESENT}
    SELECT ${OUTLINE}, r.revision, ${FIRST_START}, octet_length(r.doc) AS docLength, octet_length(${MASKED}) AS maskedLength ${OVERLAPPING}`),
  imageTexts: db.prepare(`
    ${WITH_PRESENT}
    SELECT CAST(group_concat(doc, ',') AS BLOB) AS docs, CAST(group_concat(masked, ',') AS BLOB) AS masked
    FROM (SELECT r.doc, ${MASKED} AS masked ${OVERLAPPING})`),
  countAround: db.prepare(`${WITH_PRESENT} ${count(SEARCHED, MAX_MEASURED)}`).pluck(),
  sizeOfOverlapping: db
    .prepare(
      `${WITH_PRESENT} ${measure('CASE WHEN r.end > :start THEN octet_length(r.doc) END', SEARCHED, MAX_MEASURED)}`,
    )
    .raw(),
  sizeOfObserver: db.prepare(measure('octet_length(r.doc)', OF_OBSERVER, MAX_OF_OBSERVER)).raw(),

  classesAt: db.prepare(`${WITH_PRESENT} SELECT site, k FROM present WHERE k IS NOT NULL`),
  inClass: db.prepare(
    `SELECT ${KEY}, ${whereItOverlaps('r.doc')} AS text, r.revision, ${FIRST_START}, r.observer, r.kind ${IN_CLASS}`,
  ),
  inClassSeen: db.prepare(`SELECT ${KEY}, ${whereItOverlaps(AS_SEEN)} AS text, r.revision, r.kind ${IN_CLASS}`),
  inClassOutlines: db.prepare(`SELECT ${KEY}, r.observer, r.kind ${IN_CLASS}`),
  onFrom: db.prepare(`SELECT ${KEY}, r.doc AS text, r.revision, ${FIRST_START} ${ON_FROM}`),
  onFromSeen: db.prepare(`SELECT ${KEY}, ${AS_SEEN} AS text, r.revision ${ON_FROM}`),
  planned: db.prepare(`
    SELECT start, event_id AS id, end FROM reservations
    WHERE origin = 'lco' AND site = +:site AND (start, event_id) > (:start, :id) ORDER BY start, event_id`),
})

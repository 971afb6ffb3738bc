import type { Database } from 'better-sqlite3'

/** The migrations of the schema, append-only: never edit an existing one. `PRAGMA user_version` is the number applied. */
const MIGRATIONS = [
  `
  -- Clustered by length class, so that overlaps are found at the same cost at any depth of history: in class k no
  -- reservation is longer than 3600 * 2^k seconds, so every one that overlaps [a, b) starts after a - 3600 * 2^k.
  CREATE TABLE reservations (
    site TEXT NOT NULL,
    length_class INTEGER NOT NULL,
    start INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    end INTEGER NOT NULL,
    observer TEXT NOT NULL,
    revision INTEGER NOT NULL,
    doc TEXT NOT NULL,   -- the wire's event as JSON
    masked TEXT,         -- the event as anonymous callers see it; null if that is the same
    PRIMARY KEY (site, length_class, start, event_id)
  ) WITHOUT ROWID, STRICT;
  -- The original allowed duplicate rows, with one id at several starts; service/ creates none.
  CREATE UNIQUE INDEX reservation_by_id ON reservations (event_id, start);
  CREATE INDEX reservation_by_observer ON reservations (observer, end);

  CREATE TABLE revisions (
    event_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    via TEXT NOT NULL,
    before TEXT,
    after TEXT,
    across TEXT,         -- JSON array of ids; null if there are none
    PRIMARY KEY (event_id, number)
  ) WITHOUT ROWID, STRICT;

  CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    what TEXT NOT NULL,
    project_name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX letter_by_reservation ON outbox (event_id, number);
  `,
  `
  -- Revisions in commit order. A row without a revision is a gap: entries may be missing before it.
  CREATE TABLE feed (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    mark TEXT NOT NULL DEFAULT (lower(hex(randomblob(4)))), -- distinguishes rows of the same number in different files
    event_id TEXT,
    number INTEGER
  ) STRICT;
  CREATE TRIGGER feed_keeps_10000 AFTER INSERT ON feed BEGIN
    DELETE FROM feed WHERE sequence <= new.sequence - 10000;
  END;
  INSERT INTO feed DEFAULT VALUES;
  `,
  `
  -- The version of the events' texts. Texts of an older version are rewritten when the file is opened.
  CREATE TABLE edition (texts TEXT NOT NULL) STRICT;
  INSERT INTO edition VALUES ('');
  `,
  `
  -- Revisions of imported events that exceed today's maximum, to find the largest size of an event.
  CREATE INDEX large_revision ON revisions (event_id, max(coalesce(octet_length(before), 0), coalesce(octet_length(after), 0)))
    WHERE max(coalesce(octet_length(before), 0), coalesce(octet_length(after), 0)) > 65536;
  `,
  `
  -- To read the feed of one site without reading that of others.
  ALTER TABLE feed ADD COLUMN site TEXT;
  ALTER TABLE feed ADD COLUMN former_site TEXT; -- the site that it left, if any
  UPDATE feed SET (site, former_site) =
    (SELECT coalesce(after, before) ->> 'site', nullif(before ->> 'site', coalesce(after, before) ->> 'site')
     FROM revisions WHERE revisions.event_id = feed.event_id AND revisions.number = feed.number);
  CREATE INDEX told_of_site ON feed (site, sequence) WHERE site IS NOT NULL;
  CREATE INDEX told_of_former_site ON feed (former_site, sequence) WHERE former_site IS NOT NULL;
  CREATE INDEX feed_breaks ON feed (sequence) WHERE event_id IS NULL;
  `,
  `
  -- One message for each reservation and project: a newer one replaces an older one.
  ALTER TABLE outbox RENAME TO letters;
  CREATE TABLE outbox (
    event_id TEXT NOT NULL,
    project_name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    what TEXT NOT NULL,
    revision INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,      -- when it may be claimed (0: immediately), or when its claim lapses
    claim TEXT,                -- the token of its claim
    held_until INTEGER,        -- no message about the reservation and project may be claimed before
    PRIMARY KEY (event_id, project_name, created_at)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX message_by_due ON outbox (due, written_at);
  CREATE INDEX message_by_age ON outbox (written_at);
  INSERT INTO outbox (event_id, project_name, created_at, what, revision, written_at, attempts, due)
    SELECT event_id, project_name, created_at, what, 0, unixepoch(), attempts, due FROM letters
    WHERE number IN (SELECT max(number) FROM letters GROUP BY event_id, project_name, created_at);
  DROP TABLE letters;
  `,
  `
  -- To read outlines without decoding events, and to find the reservations of the LCO scheduler.
  ALTER TABLE reservations ADD COLUMN kind TEXT NOT NULL DEFAULT 'realtime';
  ALTER TABLE reservations ADD COLUMN origin TEXT NOT NULL DEFAULT 'ptr';
  UPDATE reservations SET kind = doc ->> 'reservation_type', origin = doc ->> 'origin'
    WHERE json_valid(doc) AND (doc ->> 'reservation_type' IN ('project', 'maintenance') OR doc ->> 'origin' = 'lco');
  CREATE INDEX planned_by_site ON reservations (site, start, event_id, end) WHERE origin = 'lco';
  `,
  `
  -- The earliest instant of a message's last claim or postponement. If it is in the future, the clock was set back.
  CREATE INDEX message_by_wait ON outbox (due - min(3600, max(60, 1 << min(attempts, 12))));
  `,
  `
  -- Names of docs/glossary.md.
  ALTER TABLE revisions RENAME COLUMN across TO overlapping;
  ALTER TABLE outbox RENAME COLUMN what TO action;
  ALTER TABLE feed RENAME COLUMN mark TO nonce;
  ALTER TABLE edition RENAME TO encoding;
  ALTER TABLE encoding RENAME COLUMN texts TO version;
  DROP INDEX told_of_site;
  DROP INDEX told_of_former_site;
  DROP INDEX feed_breaks;
  CREATE INDEX feed_by_site ON feed (site, sequence) WHERE site IS NOT NULL;
  CREATE INDEX feed_by_former_site ON feed (former_site, sequence) WHERE former_site IS NOT NULL;
  CREATE INDEX feed_gaps ON feed (sequence) WHERE event_id IS NULL;
  `,
  `
  -- To read an observer's outlines from the index alone. It has the order that it had.
  DROP INDEX reservation_by_observer;
  CREATE INDEX reservation_by_observer ON reservations (observer, end, site, length_class, start, event_id, kind);
  ALTER TABLE revisions ADD COLUMN overridden TEXT; -- JSON array of codes of rules; null if there are none
  `,
  `
  -- Entries of the feed are kept by age instead of number.
  DROP TRIGGER feed_keeps_10000;
  ALTER TABLE feed ADD COLUMN at INTEGER; -- when the revision was made; null for a gap
  UPDATE feed SET at = (SELECT at FROM revisions WHERE revisions.event_id = feed.event_id AND revisions.number = feed.number);
  `,
  `
  -- For iCalendar feeds: a reservation keeps its first start when it moves.
  ALTER TABLE reservations ADD COLUMN first_start INTEGER; -- null if it is the start
  -- The reservations that were deleted and not restored.
  CREATE TABLE cancelled (
    event_id TEXT NOT NULL,
    first_start INTEGER NOT NULL,
    number INTEGER NOT NULL,    -- of the revision that deleted it
    at INTEGER NOT NULL,
    site TEXT NOT NULL,
    observer TEXT NOT NULL,
    is_shown INTEGER NOT NULL,  -- 0 if the LCO scheduler replaced it
    PRIMARY KEY (event_id, first_start)
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX cancelled_by_site ON cancelled (site, at) WHERE is_shown;
  CREATE INDEX cancelled_by_observer ON cancelled (observer, at) WHERE is_shown;
  CREATE TABLE calendar_feeds (
    digest TEXT PRIMARY KEY,    -- of the secret, which is not stored
    feed_id TEXT NOT NULL,
    observer TEXT NOT NULL,
    made_at INTEGER NOT NULL
  ) WITHOUT ROWID, STRICT;
  CREATE INDEX calendar_feed_by_observer ON calendar_feeds (observer, made_at, feed_id);
  `,
  `
  -- Messages to receivers of webhooks, one for each revision, beside those to the projects service.
  ALTER TABLE outbox RENAME TO project_messages;
  CREATE TABLE outbox (
    event_id TEXT NOT NULL,
    receiver TEXT NOT NULL,      -- empty for the projects service
    number INTEGER NOT NULL,     -- that of the revision; 0 for the projects service
    project_name TEXT NOT NULL,  -- empty for a receiver, like the next
    created_at TEXT NOT NULL,
    action TEXT,                 -- null for a receiver
    revision INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,        -- when it may be claimed (0: immediately), or when its claim lapses
    claim TEXT,                  -- the token of its claim
    held_until INTEGER,          -- no message in its place may be claimed before
    failed_at INTEGER,           -- when it was given up; null while it is to be delivered
    PRIMARY KEY (event_id, receiver, number, project_name, created_at)
  ) WITHOUT ROWID, STRICT;
  INSERT INTO outbox SELECT event_id, '', 0, project_name, created_at, action, revision, written_at, attempts, due, claim, held_until, NULL
    FROM project_messages;
  DROP TABLE project_messages;
  CREATE INDEX message_by_due ON outbox (receiver, due, written_at) WHERE failed_at IS NULL;
  CREATE INDEX message_by_age ON outbox (receiver, written_at, failed_at) WHERE failed_at IS NULL; -- so that it covers
  CREATE INDEX failed_message ON outbox (receiver, failed_at) WHERE failed_at IS NOT NULL;
  -- The earliest instant of a message's last claim or postponement. If it is in the future, the clock was set back.
  CREATE INDEX message_by_wait ON outbox (due - min(3600, max(60, 1 << min(attempts, 12)))) WHERE receiver = '';
  `,
  `
  -- Feeds show what the LCO scheduler replaced, too.
  DROP INDEX cancelled_by_site;
  DROP INDEX cancelled_by_observer;
  ALTER TABLE cancelled DROP COLUMN is_shown;
  CREATE INDEX cancelled_by_site ON cancelled (site, at);
  CREATE INDEX cancelled_by_observer ON cancelled (observer, at);
  `,
  `
  -- In feeds, what a program clears does not displace what people cancelled.
  ALTER TABLE cancelled ADD COLUMN of_program INTEGER NOT NULL DEFAULT 0;
  UPDATE cancelled SET of_program = 1
    FROM revisions AS r WHERE r.event_id = cancelled.event_id AND r.number = cancelled.number AND json_valid(r.before)
      AND r.before ->> 'reservation_type' IS NOT 'maintenance'
      AND (r.before ->> 'origin' = 'lco' OR cancelled.observer LIKE 'service:%');
  DROP INDEX cancelled_by_site;
  DROP INDEX cancelled_by_observer;
  CREATE INDEX cancelled_by_site ON cancelled (site, of_program, at);
  CREATE INDEX cancelled_by_observer ON cancelled (observer, of_program, at);
  `,
]

/** "PRCa" as `PRAGMA application_id`, which distinguishes calendars from the files of other programs. */
const APPLICATION_ID = 0x50_52_43_61

/** A file is no calendar, or none that this version can use. */
export class NotACalendar extends Error {
  override readonly name = 'NotACalendar'
  /** Whether the file exists. */
  readonly exists: boolean

  constructor(message: string, exists = true) {
    super(message)
    this.exists = exists
  }
}

/**
 * Applies the migrations that are missing. Writes nothing if there are none.
 * @param to number of migrations to apply, for tests with files of older versions
 * @throws NotACalendar if the file was written by a newer version of this software
 */
export function migrate(db: Database, file: string, to = MIGRATIONS.length): void {
  if (isCurrent(db)) return
  db.transaction(() => {
    const applied = versionOf(db)
    if (applied > MIGRATIONS.length) throw new NotACalendar(newer(file))
    for (const migration of MIGRATIONS.slice(applied, to)) db.exec(migration)
    db.pragma(`user_version = ${to}`)
    db.pragma(`application_id = ${APPLICATION_ID}`)
  }).immediate()
}

/** @param orNothing whether an empty file is allowed @throws NotACalendar if the file is no calendar */
export function assertCalendar(db: Database, file: string, orNothing?: 'or nothing'): void {
  const contents = contentsOf(db)
  if (contents === 'calendar' || (contents === 'nothing' && orNothing)) return
  throw new NotACalendar(`${file} holds no calendar: it is ${contents === 'nothing' ? 'empty' : "another program's"}.`)
}

/** @throws NotACalendar if the schema is not that of this version */
export function assertCurrent(db: Database, file: string): void {
  const applied = versionOf(db)
  if (applied > MIGRATIONS.length) throw new NotACalendar(newer(file))
  if (applied < MIGRATIONS.length)
    throw new NotACalendar(`${file} was written by an older version of the calendar: start the server with it once.`)
}

/** What a file contains. Calendars that are older than our `application_id` are recognised by their tables. */
export function contentsOf(db: Database): 'calendar' | 'nothing' | 'something else' {
  const id = db.pragma('application_id', { simple: true })
  if (id === APPLICATION_ID) return 'calendar'
  if (id !== 0) return 'something else'
  if (versionOf(db) > 0 && db.prepare(OUR_COLUMNS).pluck().get() === 5) return 'calendar'
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0 && versionOf(db) === 0
    ? 'nothing'
    : 'something else'
}

const OUR_COLUMNS = `
  SELECT count(*) FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
  WHERE t.name = 'reservations' AND c.name IN ('length_class', 'doc', 'masked') OR t.name = 'revisions' AND c.name IN ('via', 'across', 'overlapping')`

const isCurrent = (db: Database) =>
  versionOf(db) === MIGRATIONS.length && db.pragma('application_id', { simple: true }) === APPLICATION_ID

const newer = (file: string) => `${file}: this database was written by a newer version of the calendar.`

const versionOf = (db: Database) => db.pragma('user_version', { simple: true }) as number

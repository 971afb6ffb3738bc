import type { ReservationId } from '../../domain/reservation.ts'
import type { IndexedEntry, KeyedRow, VerificationTable } from '../integrity.ts'
import { scratchDatabase } from './scratch.ts'

const TABLES = `
  CREATE TABLE rows (id TEXT NOT NULL, start INTEGER NOT NULL, key TEXT NOT NULL, site TEXT NOT NULL, revision INTEGER NOT NULL, slim TEXT NOT NULL,
    PRIMARY KEY (id, start)) WITHOUT ROWID;
  CREATE TABLE wanted (day_item TEXT NOT NULL, entry TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (day_item, entry)) WITHOUT ROWID;
  CREATE TABLE there (day_item TEXT NOT NULL, entry TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (day_item, entry)) WITHOUT ROWID;
  CREATE TABLE histories (id TEXT PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL, stands INTEGER NOT NULL) WITHOUT ROWID;
  BEGIN`

const DIFFERING = `
  SELECT id, json_group_array(DISTINCT day_item) AS day_items FROM (
    SELECT * FROM wanted WHERE NOT EXISTS (SELECT 1 FROM there WHERE there.day_item = wanted.day_item AND there.entry = wanted.entry)
    UNION ALL
    SELECT * FROM there WHERE NOT EXISTS (SELECT 1 FROM wanted WHERE wanted.day_item = there.day_item AND wanted.entry = there.entry)
  ) GROUP BY id`

const SUSPECTS = `
  SELECT id FROM histories WHERE count <> last OR (stands AND NOT EXISTS (SELECT 1 FROM rows WHERE rows.id = histories.id))
  UNION SELECT rows.id FROM rows LEFT JOIN histories USING (id) WHERE rows.revision <> coalesce(histories.last, 0)`

/** A pile in a database of its own: what does not fit into some megabytes is in a file that nobody sees. */
export function scratchVerificationTable(): VerificationTable {
  const db = scratchDatabase()
  db.exec(TABLES)
  const addRow = db.prepare(`
    INSERT INTO rows VALUES (:id, :start, :key, :site, :revision, :slim) ON CONFLICT (id, start) DO UPDATE
    SET key = excluded.key, site = excluded.site, revision = excluded.revision, slim = excluded.slim WHERE excluded.key < rows.key`)
  const addTo = (table: string) => db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (:dayItem, :entry, :id)`)
  const [addWanted, addThere] = [addTo('wanted'), addTo('there')]
  const addRevision = db.prepare(`
    INSERT INTO histories VALUES (?, 1, ?, ?) ON CONFLICT (id) DO UPDATE
    SET count = count + 1, last = max(last, excluded.last), stands = iif(excluded.last > last, excluded.stands, stands)`)

  return {
    addRow(row: KeyedRow) {
      const { reservation: { id, start, site }, revision, key } = row
      addRow.run({ id, start, key, site, revision, slim: JSON.stringify(row) })
    },
    addExpected: (entered: IndexedEntry) => void addWanted.run(entered),
    addActual: (entered: IndexedEntry) => void addThere.run(entered),
    addRevision: (id, number, exists) => void addRevision.run(id, number, Number(exists)),
    *differing() {
      for (const { id, day_items } of db.prepare<[], { id: ReservationId; day_items: string }>(DIFFERING).iterate()) {
        yield { id, dayItems: JSON.parse(day_items) as string[] }
      }
    },
    suspectIds: () => db.prepare<[], ReservationId>(SUSPECTS).pluck().iterate() as Iterable<ReservationId>,
    atSeveralStarts: () =>
      db.prepare<[], { id: ReservationId; starts: number }>('SELECT id, count(*) AS starts FROM rows GROUP BY id HAVING count(*) > 1').iterate(),
    *rows() {
      for (const slim of db.prepare<[], string>('SELECT slim FROM rows ORDER BY site, start, id').pluck().iterate()) {
        yield JSON.parse(slim) as KeyedRow
      }
    },
    close: () => void db.close(),
  }
}

import type { ReservationId } from '../../domain/reservation.ts'
import type { IndexedEntry, KeyedRow, VerificationTable } from '../integrity.ts'
import { scratchDatabase } from './scratch.ts'

const TABLES = `
  CREATE TABLE rows (id TEXT NOT NULL, start INTEGER NOT NULL, key TEXT NOT NULL, site TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (id, start)) WITHOUT ROWID;
  CREATE TABLE expected (day_item TEXT NOT NULL, entry TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (day_item, entry)) WITHOUT ROWID;
  CREATE TABLE actual (day_item TEXT NOT NULL, entry TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (day_item, entry)) WITHOUT ROWID;
  CREATE TABLE histories (id TEXT PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL, remains INTEGER NOT NULL) WITHOUT ROWID;
  BEGIN`

const DIFFERING = `
  SELECT id, json_group_array(DISTINCT day_item) AS day_items FROM (
    SELECT * FROM expected WHERE NOT EXISTS (SELECT 1 FROM actual WHERE actual.day_item = expected.day_item AND actual.entry = expected.entry)
    UNION ALL
    SELECT * FROM actual WHERE NOT EXISTS (SELECT 1 FROM expected WHERE expected.day_item = actual.day_item AND expected.entry = actual.entry)
  ) GROUP BY id`

const SUSPECTS = `
  SELECT id FROM histories WHERE count <> last OR (remains AND NOT EXISTS (SELECT 1 FROM rows WHERE rows.id = histories.id))
  UNION SELECT rows.id FROM rows LEFT JOIN histories USING (id) WHERE rows.revision <> coalesce(histories.last, 0)`

/** A verification table in a temporary SQLite database. */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function scratchVerificationTable(): VerificationTable {
  const db = scratchDatabase()
  db.exec(TABLES)
  const addRow = db.prepare(`
    INSERT INTO rows VALUES (:id, :start, :key, :site, :revision, :json) ON CONFLICT (id, start) DO UPDATE
    SET key = excluded.key, site = excluded.site, revision = excluded.revision, json = excluded.json WHERE excluded.key < rows.key`)
  const addTo = (table: string) => db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (:dayItem, :entry, :id)`)
  const [addExpected, addActual] = [addTo('expected'), addTo('actual')]
  const addRevision = db.prepare(`
    INSERT INTO histories VALUES (?, 1, ?, ?) ON CONFLICT (id) DO UPDATE
    SET count = count + 1, last = max(last, excluded.last), remains = iif(excluded.last > last, excluded.remains, remains)`)

  return {
    addRow(row: KeyedRow) {
      const {
        reservation: { id, start, site },
        revision,
        key,
      } = row
      addRow.run({ id, start, key, site, revision, json: JSON.stringify(row) })
    },
    addExpected: (indexed: IndexedEntry) => void addExpected.run(indexed),
    addActual: (indexed: IndexedEntry) => void addActual.run(indexed),
    addRevision: (id, number, exists) => void addRevision.run(id, number, Number(exists)),
    *differing() {
      for (const { id, day_items } of db.prepare<[], { id: ReservationId; day_items: string }>(DIFFERING).iterate()) {
        yield { id, dayItems: JSON.parse(day_items) as string[] }
      }
    },
    suspectIds: () => db.prepare<[], ReservationId>(SUSPECTS).pluck().iterate() as Iterable<ReservationId>,
    atSeveralStarts: () =>
      db
        .prepare<[], { id: ReservationId; starts: number }>(
          'SELECT id, count(*) AS starts FROM rows GROUP BY id HAVING count(*) > 1',
        )
        .iterate(),
    *rows() {
      for (const json of db.prepare<[], string>('SELECT json FROM rows ORDER BY site, start, id').pluck().iterate()) {
        yield JSON.parse(json) as KeyedRow
      }
    },
    close: () => void db.close(),
  }
}

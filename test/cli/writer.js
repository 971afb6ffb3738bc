// Another process that makes reservations, one transaction each, until it is told to stop: `node writer.js FILE`.
import Sqlite from 'better-sqlite3'

const db = new Sqlite(process.argv[2], { timeout: 5000 })
const put = db.prepare(
  'INSERT INTO reservations SELECT site, length_class, ?, ?, ?, observer, 0, doc, masked, kind, origin, NULL FROM reservations LIMIT 1',
)
const record = db.prepare(
  "INSERT INTO revisions (event_id, number, at, by, via, after) SELECT ?, 1, 0, 'writer', 'import', doc FROM reservations LIMIT 1",
)
const both = db.transaction((n) => {
  put.run(n * 60, `written-${n}`, n * 60 + 60)
  record.run(`written-${n}`)
})
let written = 0
const write = () => {
  both(++written)
  if (written === 1) process.send?.('writing')
  setImmediate(write)
}
process.on('message', () => process.send?.(written, () => process.exit()))
write()

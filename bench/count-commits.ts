/**
 * Counts the transactions that a process commits. Load it with `NODE_OPTIONS=--import`. On SIGUSR2 it writes the count to
 * the file that `COMMITS_FILE` names.
 */
import { writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'

let count = 0
export const commits = (): number => count

// oxlint-disable-next-line typescript/unbound-method -- called with `this` below
const { prepare } = Sqlite.prototype
Sqlite.prototype.prepare = function (this: Sqlite.Database, sql: string) {
  const statement = prepare.call(this, sql)
  if (sql !== 'COMMIT') return statement
  const run = statement.run.bind(statement) as () => Sqlite.RunResult
  statement.run = () => {
    count += 1
    return run()
  }
  return statement
} as typeof prepare

const file = process.env['COMMITS_FILE']
if (file) process.on('SIGUSR2', () => writeFileSync(file, String(count)))

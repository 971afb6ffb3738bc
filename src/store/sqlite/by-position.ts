import type { Database, RunResult } from 'better-sqlite3'

/** A statement with named parameters. Its rows are arrays. */
export interface StatementByPosition {
  readonly source: string
  readonly reader: boolean
  /** @throws RangeError if a parameter is missing */
  run(parameters: object): RunResult
  /** @throws RangeError if a parameter is missing */
  get(parameters: object): unknown
}

/**
 * Prepares a statement that each change runs, so that it passes its parameters by position: better-sqlite3 takes several
 * calls into V8 to find a parameter by its name, and so a fifth of the time of an insert.
 */
export function byPosition(db: Database, source: string): StatementByPosition {
  const names = Array.from(source.matchAll(/:(\w+)/g), ([, name = '']) => name)
  const statement = db.prepare(source.replaceAll(/:\w+/g, '?'))
  if (statement.reader) statement.raw()
  const valuesOf = (parameters: object) => names.map((name) => valueOf(parameters, name))
  return {
    source,
    reader: statement.reader,
    run: (parameters) => statement.run(...valuesOf(parameters)),
    get: (parameters) => statement.get(...valuesOf(parameters)),
  }
}

function valueOf(parameters: object, name: string): unknown {
  const value = (parameters as Readonly<Record<string, unknown>>)[name]
  // SQLite would take it for null.
  if (value === undefined) throw new RangeError(`Missing named parameter "${name}"`)
  return value
}

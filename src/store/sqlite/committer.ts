import Sqlite from 'better-sqlite3'
import { Failure } from '../../domain/failure.ts'
import type { Statements } from './statements.ts'

/** Runs work that writes, and resolves when what it wrote is on the disk. */
export type Committer = <T>(work: () => T) => Promise<T>

interface Waiting {
  readonly work: () => unknown
  readonly settle: (outcome: Outcome) => void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** So that a burst does not keep the first of it, or a reader, waiting for the last. */
const MOST_TOGETHER = 256

/**
 * All that is asked for within one turn of the event loop shares one transaction and one fsync, each under its own
 * savepoint. Nobody is answered before the fsync, refusals included: what they were refused for may not be kept yet.
 */
export function committer(say: Statements, inTransaction: () => boolean): Committer {
  let queue: Waiting[] = []

  function flush(): void {
    const batch = queue.slice(0, MOST_TOGETHER)
    queue = queue.slice(MOST_TOGETHER)
    if (queue.length > 0) setImmediate(flush)
    const outcomes = commitTogether(batch, say, inTransaction)
    for (const [index, waiting] of batch.entries()) waiting.settle(outcomes[index] as Outcome)
  }

  return (work) =>
    new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as never))
      queue.push({ work, settle })
      if (queue.length === 1) setImmediate(flush)
    })
}

function commitTogether(batch: readonly Waiting[], say: Statements, inTransaction: () => boolean): Outcome[] {
  try {
    return unlessBroken(() => {
      say.begin.run()
      const outcomes = batch.map(({ work }) => underSavepoint(work, say))
      say.commit.run()
      return outcomes
    })
  } catch (error) {
    if (inTransaction()) say.rollback.run()
    return batch.map(() => ({ error }))
  }
}

/** What the work itself refuses costs only the work; what SQLite cannot do costs the whole transaction. */
function underSavepoint(work: () => unknown, say: Statements): Outcome {
  say.mark.run()
  try {
    const value = work()
    say.keep.run()
    return { value }
  } catch (error) {
    if (isBroken(error)) throw error
    say.undo.run()
    say.keep.run()
    return { error }
  }
}

/** A constraint that does not hold is a bug of ours; anything else that SQLite throws means it cannot answer now. */
const isBroken = (error: unknown) =>
  (error instanceof Sqlite.SqliteError && !error.code.startsWith('SQLITE_CONSTRAINT')) || isClosed(error)

/** What is asked after the store was closed finds no store; better-sqlite3 knows no error of its own for that. */
const isClosed = (error: unknown) => error instanceof TypeError && error.message === 'The database connection is not open'

/** @throws Failure `unavailable` where SQLite cannot answer */
export function unlessBroken<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isBroken(error)) throw error
    throw new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.', [], { cause: error })
  }
}

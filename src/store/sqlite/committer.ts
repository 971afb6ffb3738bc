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
 * All that is asked for within one turn of the event loop shares one transaction and one fsync. Nobody is answered
 * before the fsync, refusals included: what they were refused for may not be kept yet.
 *
 * Work may run more than once, and throws a `Failure` only before it has written anything.
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
      const outcomes = batch.map(({ work }) => outcomeOf(work))
      say.commit.run()
      return outcomes
    })
  } catch (error) {
    if (inTransaction()) say.rollback.run()
    if (error instanceof Failure || batch.length === 1) return batch.map(() => ({ error }))
    // A bug of one of them must not cost the others: each again, for itself. Cheaper than a savepoint for each, always.
    return batch.flatMap((one) => commitTogether([one], say, inTransaction))
  }
}

/** A refusal has written nothing, so what is written beside it can be kept. */
function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
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

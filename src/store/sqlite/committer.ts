import { Failure } from '../../domain/failure.ts'
import { unlessBroken } from './broken.ts'
import type { Guard } from './guard.ts'
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
export function committer(say: Statements, inTransaction: () => boolean, guard: Guard): Committer {
  let queue: Waiting[] = []

  function flush(): void {
    const batch = queue.slice(0, MOST_TOGETHER)
    queue = queue.slice(MOST_TOGETHER)
    if (queue.length > 0) setImmediate(flush)
    const outcomes = commitTogether(batch, say, inTransaction, guard)
    for (const [index, waiting] of batch.entries()) waiting.settle(outcomes[index] as Outcome)
  }

  return (work) =>
    new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as never))
      queue.push({ work, settle })
      if (queue.length === 1) setImmediate(flush)
    })
}

function commitTogether(batch: readonly Waiting[], say: Statements, inTransaction: () => boolean, guard: Guard): Outcome[] {
  try {
    return unlessBroken(() => {
      guard.beforeWriting()
      say.begin.run()
      const outcomes = batch.map(({ work }) => outcomeOf(work))
      say.commit.run()
      guard.committed()
      return outcomes
    })
  } catch (thrown) {
    if (inTransaction()) undo(say)
    const error = guard.failed(thrown)
    if (error instanceof Failure || batch.length === 1) return batch.map(() => ({ error }))
    // A bug of one of them must not cost the others: each again, for itself. Cheaper than a savepoint for each, always.
    return batch.flatMap((one) => commitTogether([one], say, inTransaction, guard))
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

/** Where that fails too, what is wrong is known already; the next to begin finds the transaction open, and undoes it then. */
function undo(say: Statements): void {
  try {
    say.rollback.run()
  } catch {}
}

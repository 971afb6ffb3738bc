import { Failure } from '../../domain/failure.ts'
import { asUnavailable } from './errors.ts'
import type { FileGuard } from './file-guard.ts'
import type { Statements } from './statements.ts'

/** Runs work that writes, and resolves when what it wrote is on the disk. */
export interface GroupCommit {
  <T>(work: () => T): Promise<T>
  /** Has nobody commit until what it resolves with is called: for what takes several turns of the event loop. */
  hold(): Promise<() => void>
  /** Work in a transaction of its own, in which something is looked at beforehand over several turns of the event loop. */
  exclusive<L, T>(load: () => Promise<L>, work: (loaded: L) => T): Promise<T>
}

interface QueuedWork {
  readonly work: () => unknown
  readonly settle: (outcome: WorkOutcome) => void
}

/** In the queue, whoever has to be alone. */
interface QueuedHold {
  readonly begin: (end: () => void) => void
}

type WorkOutcome = { readonly value: unknown } | { readonly error: unknown }

/** So that a burst does not keep the first of it, or a reader, waiting for the last: by count, and by how long it takes. */
const MAX_BATCH = 256
const MAX_BATCH_MS = 8

/**
 * All that is asked for within one turn of the event loop shares one transaction and one fsync. Nobody is answered
 * before the fsync, refusals included: what they were refused for may not be kept yet.
 *
 * Work may run more than once, and throws a `Failure` only before it has written anything.
 */
export function openGroupCommit(sql: Statements, inTransaction: () => boolean, guard: FileGuard): GroupCommit {
  let queue: (QueuedWork | QueuedHold)[] = []
  let isFlushing = false

  function enqueue(one: QueuedWork | QueuedHold): void {
    queue.push(one)
    if (!isFlushing) setImmediate(flush)
    isFlushing = true
  }

  function scheduleNext(): void {
    isFlushing = queue.length > 0
    if (isFlushing) setImmediate(flush)
  }

  function flush(): void {
    const [first] = queue
    if (first && 'begin' in first) {
      queue = queue.slice(1)
      return first.begin(scheduleNext)
    }
    const runExclusive = queue.findIndex((one) => 'begin' in one)
    const batch = queue.slice(0, Math.min(MAX_BATCH, runExclusive < 0 ? MAX_BATCH : runExclusive)) as QueuedWork[]
    const outcomes = commitBatch(batch, sql, inTransaction, guard)
    queue = queue.slice(outcomes.length)
    scheduleNext()
    for (const [index, outcome] of outcomes.entries()) batch[index]?.settle(outcome)
  }

  const commit = <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      enqueue({ work, settle: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)) })
    })
  const hold = () => new Promise<() => void>((begin) => enqueue({ begin }))

  async function exclusive<L, T>(load: () => Promise<L>, work: (loaded: L) => T): Promise<T> {
    const end = await hold()
    try {
      asUnavailable(() => begin(sql, guard))
      const loaded = await load()
      return asUnavailable(() => {
        const value = work(loaded)
        commitTransaction(sql, guard)
        return value
      })
    } catch (thrown) {
      if (inTransaction()) rollBack(sql)
      throw guard.failed(thrown)
    } finally {
      end()
    }
  }
  return Object.assign(commit, { hold, exclusive })
}

function begin(sql: Statements, guard: FileGuard): void {
  guard.beforeWriting()
  sql.begin.run()
}

function commitTransaction(sql: Statements, guard: FileGuard): void {
  sql.commit.run()
  guard.committed()
}

/** @returns what became of the first of them: as many as were done before it took too long */
function commitBatch(batch: readonly QueuedWork[], sql: Statements, inTransaction: () => boolean, guard: FileGuard): WorkOutcome[] {
  try {
    return asUnavailable(() => {
      begin(sql, guard)
      const startedAt = performance.now()
      const outcomes: WorkOutcome[] = []
      for (const { work } of batch) {
        outcomes.push(outcomeOf(work))
        if (performance.now() - startedAt > MAX_BATCH_MS) break
      }
      commitTransaction(sql, guard)
      return outcomes
    })
  } catch (thrown) {
    if (inTransaction()) rollBack(sql)
    const error = guard.failed(thrown)
    if (error instanceof Failure || batch.length === 1) return batch.map(() => ({ error }))
    // A bug of one of them must not cost the others: each again, for itself. Cheaper than a savepoint for each, always.
    return batch.flatMap((one) => commitBatch([one], sql, inTransaction, guard))
  }
}

/** A refusal has written nothing, so what is written beside it can be kept. */
function outcomeOf(work: () => unknown): WorkOutcome {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { error }
  }
}

/** Where that fails too, what is wrong is known already; the next to begin finds the transaction open, and undoes it then. */
function rollBack(sql: Statements): void {
  try {
    sql.rollback.run()
  } catch {}
}

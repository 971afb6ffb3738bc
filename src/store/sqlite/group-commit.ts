import { Failure } from '../../domain/failure.ts'
import { asUnavailable } from './errors.ts'
import type { FileGuard } from './file-guard.ts'
import type { Statements } from './statements.ts'

/** Runs work that writes, and resolves with its result when it is durable. */
export interface GroupCommit {
  /**
   * @param work may run more than once; may throw a `Failure`, but only before it writes
   * @param onDurable called with its result when that is durable: in commit order, and before anyone is answered
   */
  <T>(work: () => T, onDurable?: (value: T) => void): Promise<T>
  /** Resolves when no other work is running, with a function that lets the next work run. For work that yields to the event loop. */
  hold(): Promise<() => void>
  /** Runs work in its own transaction, in which `load` may yield to the event loop before. */
  exclusive<L, T>(load: () => Promise<L>, work: (loaded: L) => T, onDurable?: (value: T) => void): Promise<T>
}

interface QueuedWork {
  readonly work: () => unknown
  readonly onDurable: ((value: never) => void) | undefined
  readonly settle: (outcome: WorkOutcome) => void
}

interface QueuedHold {
  readonly begin: (release: () => void) => void
}

type WorkOutcome = { readonly value: unknown } | { readonly error: unknown }

/** Limits of one transaction, so that a burst delays neither its first changes nor readers. */
const MAX_BATCH = 256
const MAX_BATCH_MS = 8

interface TransactionContext {
  readonly sql: Statements
  readonly inTransaction: () => boolean
  readonly guard: FileGuard
}

/**
 * All work of one turn of the event loop shares one transaction and one fsync. Results are returned after the fsync. So are
 * Failures, because the reservation that work conflicts with may not be durable before.
 */
export function openGroupCommit(sql: Statements, inTransaction: () => boolean, guard: FileGuard): GroupCommit {
  const context = { sql, inTransaction, guard }
  const enqueue = openQueue((batch) => commitBatch(batch, context))
  const commit = <T>(work: () => T, onDurable?: (value: T) => void) =>
    new Promise<T>((resolve, reject) => {
      const settle = (outcome: WorkOutcome) =>
        'error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)
      enqueue({ work, onDurable, settle })
    })
  const hold = () => new Promise<() => void>((resolve) => enqueue({ begin: resolve }))
  async function exclusive<L, T>(load: () => Promise<L>, work: (loaded: L) => T, onDurable?: (value: T) => void) {
    const release = await hold()
    try {
      const value = await commitExclusively(load, work, context)
      onDurable?.(value)
      return value
    } finally {
      release()
    }
  }
  return Object.assign(commit, { hold, exclusive })
}

/** Flushes queued work in batches, once per turn of the event loop, and holds in between. First in, first out. */
function openQueue(
  flushBatch: (batch: readonly QueuedWork[]) => readonly WorkOutcome[],
): (item: QueuedWork | QueuedHold) => void {
  let queue: (QueuedWork | QueuedHold)[] = []
  let isFlushing = false

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
    const nextHold = queue.findIndex((item) => 'begin' in item)
    const batch = queue.slice(0, Math.min(MAX_BATCH, nextHold < 0 ? MAX_BATCH : nextHold)) as QueuedWork[]
    const outcomes = flushBatch(batch)
    queue = queue.slice(outcomes.length)
    scheduleNext()
    const done = outcomes.map((outcome, index) => ({ ...(batch[index] as QueuedWork), outcome }))
    for (const { onDurable, outcome } of done) if ('value' in outcome) onDurable?.(outcome.value as never)
    for (const { settle, outcome } of done) settle(outcome)
  }
  return (item) => {
    queue.push(item)
    if (!isFlushing) setImmediate(flush)
    isFlushing = true
  }
}

async function commitExclusively<L, T>(
  load: () => Promise<L>,
  work: (loaded: L) => T,
  context: TransactionContext,
): Promise<T> {
  try {
    asUnavailable(() => begin(context))
    const loaded = await load()
    return asUnavailable(() => {
      const value = work(loaded)
      commitTransaction(context)
      return value
    })
  } catch (thrown) {
    rollBack(context)
    throw context.guard.failed(thrown)
  }
}

/** @returns the outcomes of the first of `batch`: of as many as ran within the time limit */
function commitBatch(batch: readonly QueuedWork[], context: TransactionContext): WorkOutcome[] {
  try {
    return asUnavailable(() => {
      begin(context)
      const startedAt = performance.now()
      const outcomes: WorkOutcome[] = []
      for (const { work } of batch) {
        outcomes.push(outcomeOf(work))
        if (performance.now() - startedAt > MAX_BATCH_MS) break
      }
      commitTransaction(context)
      return outcomes
    })
  } catch (thrown) {
    rollBack(context)
    const error = context.guard.failed(thrown)
    if (error instanceof Failure || batch.length === 1) return batch.map(() => ({ error }))
    // A bug in one must not fail the others: run each in its own transaction. Cheaper than a savepoint for each.
    return batch.flatMap((one) => commitBatch([one], context))
  }
}

/** Work that throws a Failure has written nothing, so the other work of the batch can be committed. */
function outcomeOf(work: () => unknown): WorkOutcome {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { error }
  }
}

function begin({ sql, guard }: TransactionContext): void {
  guard.beforeWriting()
  sql.begin.run()
}

function commitTransaction({ sql, guard }: TransactionContext): void {
  sql.commit.run()
  guard.committed()
}

/** If the rollback fails too, the next `begin` finds the transaction still open, fails, and rolls back again. */
function rollBack({ sql, inTransaction }: TransactionContext): void {
  if (!inTransaction()) return
  try {
    sql.rollback.run()
  } catch {}
}

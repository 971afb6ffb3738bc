import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import { LOCK_RETRY_MS, openCommitQueue, type QueuedWork, type WorkOutcome } from './commit-queue.ts'
import type { Durability } from './durability.ts'
import { asUnavailable, isBusy, storeUnavailable } from './errors.ts'
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

/** Limits a transaction, so that a burst delays neither its first changes nor readers. */
const MAX_BATCH_MS = 8

interface CommitOptions {
  readonly sql: Statements
  readonly inTransaction: () => boolean
  readonly guard: FileGuard
  readonly durability: Durability
}

interface TransactionContext extends CommitOptions {
  /** Begins a transaction. @returns false while another process writes; then try again later @throws Error if it writes for too long */
  readonly begin: () => boolean
}

/**
 * All work that comes in a few turns of the event loop, or during a flush, shares one transaction and one flush. Results are
 * returned after the flush. So are Failures, because the reservation that work conflicts with may not be durable before.
 */
export function openGroupCommit(options: CommitOptions): GroupCommit {
  const context = { ...options, begin: beginnerOf(options) }
  const enqueue = openCommitQueue(
    (batch) => commitBatch(batch, context),
    (outcomes, announce) => flushBatch(outcomes, announce, context),
  )
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
      return await commitExclusively(load, work, onDurable, context)
    } finally {
      release()
    }
  }
  return Object.assign(commit, { hold, exclusive })
}

/**
 * Flushes a batch that has written. If that fails, nobody learns an outcome: none is known.
 * @returns undefined if there is nothing to flush
 */
function flushBatch(outcomes: readonly WorkOutcome[], announce: () => void, context: TransactionContext) {
  if (!context.durability.isPending()) return undefined
  return flush(announce, context).then(
    () => outcomes,
    (thrown: unknown) => {
      const error = context.guard.failed(thrown)
      return outcomes.map(() => ({ error }))
    },
  )
}

/** Flushes, and then, in one turn of the event loop, shows what was written to readers and announces it. */
async function flush(announce: () => void, { durability, guard }: TransactionContext): Promise<void> {
  await durability.flush()
  durability.show()
  announce()
  guard.committed()
}

async function commitExclusively<L, T>(
  load: () => Promise<L>,
  work: (loaded: L) => T,
  onDurable: ((value: T) => void) | undefined,
  context: TransactionContext,
): Promise<T> {
  try {
    while (!asUnavailable(context.begin)) await sleep(LOCK_RETRY_MS)
    const loaded = await load()
    const value = asUnavailable(() => {
      const result = work(loaded)
      commitTransaction(context)
      return result
    })
    const announce = () => onDurable?.(value)
    if (context.durability.isPending()) await flush(announce, context)
    else announce()
    return value
  } catch (thrown) {
    rollBack(context)
    throw context.guard.failed(thrown)
  }
}

/** @returns the outcomes of the first of `batch`: of as many as ran within the time limit; undefined while another process writes */
function commitBatch(batch: readonly QueuedWork[], context: TransactionContext): WorkOutcome[] | undefined {
  try {
    return asUnavailable(() => {
      if (!context.begin()) return undefined
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
    return batch.flatMap((one) => commitBatch([one], context) ?? { error: storeUnavailable(thrown) })
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

function beginnerOf({ sql, guard, durability }: CommitOptions): TransactionContext['begin'] {
  let waitingSince: number | undefined
  return () => {
    const since = waitingSince ?? performance.now()
    waitingSince = undefined
    guard.beforeWriting()
    try {
      sql.begin.run()
    } catch (error) {
      if (!isBusy(error) || performance.now() - since >= durability.lockTimeoutMs) throw error
      waitingSince = since
    }
    return waitingSince === undefined
  }
}

function commitTransaction({ sql, guard, durability }: TransactionContext): void {
  if (guard.hasWritten()) durability.commit(() => void sql.commit.run())
  else sql.commit.run()
  if (durability.isPending()) return
  guard.committed()
  durability.beforeShowing()
}

/** If the rollback fails too, the next `begin` finds the transaction still open, fails, and rolls back again. */
function rollBack({ sql, inTransaction }: TransactionContext): void {
  if (!inTransaction()) return
  try {
    sql.rollback.run()
  } catch {}
}

import { Failure } from '../../domain/failure.ts'
import { unlessBroken } from './broken.ts'
import type { Guard } from './guard.ts'
import type { Statements } from './statements.ts'

/** Runs work that writes, and resolves when what it wrote is on the disk. */
export interface Committer {
  <T>(work: () => T): Promise<T>
  /** Has nobody commit until what it resolves with is called: for what takes several turns of the event loop. */
  hold(): Promise<() => void>
  /** Work in a transaction of its own, in which something is looked at beforehand over several turns of the event loop. */
  alone<L, T>(look: () => Promise<L>, work: (looked: L) => T): Promise<T>
}

interface Waiting {
  readonly work: () => unknown
  readonly settle: (outcome: Outcome) => void
}

/** In the queue, whoever has to be alone. */
interface Holding {
  readonly begin: (end: () => void) => void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** So that a burst does not keep the first of it, or a reader, waiting for the last: by count, and by how long it takes. */
const MOST_TOGETHER = 256
const LONGEST_MS = 8

/**
 * All that is asked for within one turn of the event loop shares one transaction and one fsync. Nobody is answered
 * before the fsync, refusals included: what they were refused for may not be kept yet.
 *
 * Work may run more than once, and throws a `Failure` only before it has written anything.
 */
export function committer(say: Statements, inTransaction: () => boolean, guard: Guard): Committer {
  let queue: (Waiting | Holding)[] = []
  let isFlushing = false

  function enqueue(one: Waiting | Holding): void {
    queue.push(one)
    if (!isFlushing) setImmediate(flush)
    isFlushing = true
  }

  function goOn(): void {
    isFlushing = queue.length > 0
    if (isFlushing) setImmediate(flush)
  }

  function flush(): void {
    const [first] = queue
    if (first && 'begin' in first) {
      queue = queue.slice(1)
      return first.begin(goOn)
    }
    const alone = queue.findIndex((one) => 'begin' in one)
    const batch = queue.slice(0, Math.min(MOST_TOGETHER, alone < 0 ? MOST_TOGETHER : alone)) as Waiting[]
    const outcomes = commitTogether(batch, say, inTransaction, guard)
    queue = queue.slice(outcomes.length)
    goOn()
    for (const [index, outcome] of outcomes.entries()) batch[index]?.settle(outcome)
  }

  const commit = <T>(work: () => T) =>
    new Promise<T>((resolve, reject) => {
      enqueue({ work, settle: (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T)) })
    })
  const hold = () => new Promise<() => void>((begin) => enqueue({ begin }))

  async function alone<L, T>(look: () => Promise<L>, work: (looked: L) => T): Promise<T> {
    const end = await hold()
    try {
      unlessBroken(() => begin(say, guard))
      const looked = await look()
      return unlessBroken(() => {
        const value = work(looked)
        commitNow(say, guard)
        return value
      })
    } catch (thrown) {
      if (inTransaction()) undo(say)
      throw guard.failed(thrown)
    } finally {
      end()
    }
  }
  return Object.assign(commit, { hold, alone })
}

function begin(say: Statements, guard: Guard): void {
  guard.beforeWriting()
  say.begin.run()
}

function commitNow(say: Statements, guard: Guard): void {
  say.commit.run()
  guard.committed()
}

/** @returns what became of the first of them: as many as were done before it took too long */
function commitTogether(batch: readonly Waiting[], say: Statements, inTransaction: () => boolean, guard: Guard): Outcome[] {
  try {
    return unlessBroken(() => {
      begin(say, guard)
      const began = performance.now()
      const outcomes: Outcome[] = []
      for (const { work } of batch) {
        outcomes.push(outcomeOf(work))
        if (performance.now() - began > LONGEST_MS) break
      }
      commitNow(say, guard)
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

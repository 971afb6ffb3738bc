import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import type { Turns } from '../../concurrency.ts'
import type { ObserverId } from '../../domain/observer.ts'
import type { Revision } from '../../domain/reservation.ts'
import type { Change, Decision, Scope, SiteWindow, Snapshot } from '../port.ts'
import { commitInTurn, isCommitted } from './commit.ts'
import { tooLarge } from './errors.ts'
import { historyPage } from './history.ts'
import { isGuardable } from './items.ts'
import { loadReplaced } from './observer-versions.ts'
import { type LoadedScope, loadScope, rowsIn } from './scope.ts'
import type { TableContext } from './table.ts'
import { buildTransaction, type Transaction } from './transaction.ts'

/** How long a change is retried while others conflict with it, and the pauses between attempts, in milliseconds. */
const TIMEOUT_MS = 15_000
const MIN_BACKOFF_MS = 10
const MAX_BACKOFF_MS = 400

const tooMuchContention = (cause: unknown) =>
  new Failure('unavailable', 'Too many others are changing the same night just now; please try again.', [], { cause })

type Decide<T> = (snapshot: Snapshot) => Decision<T>

/** An earlier attempt that was not committed, but may yet be. */
interface IndeterminateCommit<T> extends Pick<Transaction, 'revisionKey' | 'token'> {
  readonly answer: T
}

/** The answer; or why an attempt has to be repeated, and whose reservations others may be changing. */
type Outcome<T> = { readonly answer: T } | { readonly error?: unknown; readonly observer?: ObserverId }

/**
 * Decides on the current reservations, and commits in one transaction if none of them has changed. Otherwise decides
 * again, for at most 15 seconds.
 */
export async function runChange<T>(scope: Scope, decide: Decide<T>, context: TableContext, turns: Turns): Promise<T> {
  const { timeoutMs = TIMEOUT_MS, random, requests } = context
  const deadline = performance.now() + timeoutMs
  const indeterminate: IndeterminateCommit<T>[] = []
  const findCommitted = async () => {
    for (const earlier of indeterminate) if (await isCommitted(earlier, requests)) return earlier
    return undefined
  }

  async function attempt(): Promise<Outcome<T>> {
    const loaded = await loadScope(scope, context)
    if (!loaded) return {}
    // One that is committed after the scope was loaded makes this attempt fail, and is found by the next.
    const earlier = await findCommitted()
    if (earlier) return earlier
    const decision = await runDecide(decide, loaded, context)
    if (!decision || decision.changes.length === 0) return decision ?? {}
    const { changes, answer } = decision
    assertGuardable(loaded.windows, changes)
    const versions = await loadReplaced(changes, loaded.versions, context)
    if (!versions) return {}
    const transaction = await buildTransaction(changes, { ...loaded, versions }, context)
    const committed = await commitInTurn(transaction, deadline, turns, context)
    if (!committed) return {}
    if (committed.outcome === 'committed') return { answer }
    if (committed.outcome === 'indeterminate') indeterminate.push({ ...transaction, answer })
    return { error: committed.error, ...versions[0] }
  }

  const attemptInTime = async (): Promise<Outcome<T>> => (performance.now() > deadline ? {} : attempt())
  let observer: ObserverId | undefined
  for (let attempts = 1; ; attempts += 1) {
    // After a conflict about an observer's reservations, changes take turns: most attempts would be in vain otherwise.
    const result = await (observer === undefined ? attempt() : turns(observer, attemptInTime))
    if ('answer' in result) return result.answer
    observer ??= result.observer
    if (performance.now() > deadline) {
      const earlier = await findCommitted()
      if (earlier) return earlier.answer
      throw tooMuchContention(result.error)
    }
    // Random, so that two that have conflicted do not conflict again.
    await sleep(MIN_BACKOFF_MS + random() * Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** attempts))
  }
}

/** @throws Failure `too_large` if a change takes time in a window that is too long to be guarded */
function assertGuardable(windows: readonly SiteWindow[], changes: readonly Change[]): void {
  // A row of the original may be so long, and get a note.
  const isTooLong = !windows.every(({ during }) => isGuardable(during)) && changes.some(takesTime)
  if (isTooLong) throw tooLarge('the event is too long for this store')
}

const takesTime = ({ before, after }: Change) =>
  after !== undefined &&
  (after.site !== before?.reservation.site ||
    after.start !== before.reservation.start ||
    after.end !== before.reservation.end)

/**
 * Calls `decide`, which is pure and cannot wait. If it asks for a history that has not been read, what it returns is
 * dropped, the history is read, and it is called again.
 * @returns undefined if a history has grown since the rows were loaded
 */
async function runDecide<T>(decide: Decide<T>, loaded: LoadedScope, context: TableContext) {
  const { rowsById, overlapping, isComplete, ofObservers } = loaded
  const histories = new Map<string, readonly Revision[]>()
  for (;;) {
    const missing = new Map<string, () => Promise<readonly Revision[]>>()
    let isStale = false
    const snapshot: Snapshot = {
      rows: (id) => rowsIn(rowsById, id),
      overlapping,
      isComplete,
      ofObservers,
      nextRevision: (id) => (rowsById.get(id)?.lastRevision ?? 0) + 1,
      history(id, range = {}) {
        const name = JSON.stringify([id, range])
        const history = histories.get(name)
        if (!history) missing.set(name, () => historyPage(id, range, context))
        isStale ||= (history?.at(-1)?.number ?? 0) > (rowsById.get(id)?.lastRevision ?? Infinity)
        return history ?? []
      },
      largestSize(id) {
        const { rows = [], largestSize = 0 } = rowsById.get(id) ?? {}
        return Math.max(largestSize, ...rows.map(({ reservation }) => context.codec.sizeOf(reservation)))
      },
    }
    const decided = settle(() => decide(snapshot))
    for (const [name, read] of missing) histories.set(name, await read())
    if (missing.size > 0) continue
    if (isStale) return undefined
    if ('error' in decided) throw decided.error
    return decided.value
  }
}

/** What a function returns or throws. */
function settle<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}

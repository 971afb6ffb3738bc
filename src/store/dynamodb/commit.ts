import { setTimeout as sleep } from 'node:timers/promises'
import type { Turns } from '../../concurrency.ts'
import { isBug, unavailable } from './errors.ts'
import { moveLogsToSegments } from './feed-writes.ts'
import type { Requests } from './requests.ts'
import type { TableContext } from './table.ts'
import type { Transaction } from './transaction.ts'

/**
 * `conflict`: nothing was written, since a condition does not hold or another transaction is in progress.
 * `indeterminate`: the same, but it was sent several times, and an earlier sending may still be carried out.
 */
export type CommitOutcome =
  | { readonly outcome: 'committed' }
  | { readonly outcome: 'conflict' | 'indeterminate'; readonly error: unknown }

/** Reasons to cancel a transaction that is valid. */
const RETRYABLE = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
])

interface CommitError {
  readonly name: string
  readonly CancellationReasons?: readonly { readonly Code?: string }[]
  readonly $metadata?: { readonly attempts?: number }
}

/** A change that has waited for longer is committed out of turn: an earlier one may be without an answer. In milliseconds. */
const MAX_TURN_MS = 500

/**
 * Commits a transaction while no other change of this process at its sites does: DynamoDB would reject all but one of them.
 * @returns undefined if it was not sent until the deadline
 * @throws as `commit`
 */
export function commitInTurn(
  transaction: Transaction,
  deadline: number,
  turns: Turns,
  context: TableContext,
): Promise<CommitOutcome | undefined> {
  const commitNow = async () => {
    if (performance.now() > deadline) return undefined
    const result = await commit(transaction, context.requests)
    if (result.outcome === 'committed') await moveLogsToSegments(transaction, context)
    return result
  }
  let started: ReturnType<typeof commitNow> | undefined
  const start = () => (started ??= commitNow())
  const inTurns = transaction.sites.reduceRight((next, site) => () => turns(`site ${site}`, next), start)
  return Promise.race([inTurns(), sleep(MAX_TURN_MS, undefined, { ref: false }).then(start)])
}

/** Commits a transaction. @throws Failure `unavailable` if its outcome is unknown; an error that is a bug */
async function commit(transaction: Transaction, requests: Requests): Promise<CommitOutcome> {
  try {
    await requests.transact(transaction.writes, transaction.token)
    return { outcome: 'committed' }
  } catch (error) {
    if (isBug(error)) throw error
    const { name, CancellationReasons: reasons = [], $metadata: metadata } = error as CommitError
    const isCancelled = name === 'TransactionCanceledException'
    if (isCancelled) assertRetryable(reasons, error)
    // If it was sent several times, the first may have been committed, so that the last fails.
    if (isCancelled && metadata?.attempts === 1) return { outcome: 'conflict', error }
    if (await isCommitted(transaction, requests)) return { outcome: 'committed' }
    if (isCancelled) return { outcome: 'indeterminate', error }
    throw unavailable(error)
  }
}

function assertRetryable(reasons: readonly { readonly Code?: string }[], error: unknown): void {
  if (reasons.every(({ Code = 'None' }) => RETRYABLE.has(Code))) return
  // An invalid write is a bug.
  throw reasons.some(({ Code }) => Code === 'ValidationError') ? error : unavailable(error)
}

/** Whether a transaction has been committed: its revision is there, with its token. */
export async function isCommitted(
  { revisionKey: key, token }: Pick<Transaction, 'revisionKey' | 'token'>,
  requests: Requests,
) {
  return (await requests.get(key))?.['token']?.S === token
}

import { isBug, unavailable } from './unavailable.ts'
import type { Key } from './items.ts'
import { plainOf } from './attributes.ts'
import type { Requests } from './requests.ts'

/**
 * What became of a transaction that was not answered with success. `moved`: nothing was written, since something it
 * was decided on has changed, or others were at it. `doubtful`: the same, but it was sent more than once, and an earlier
 * sending may still be on its way. `unknown`: nobody can say.
 */
export type CommitOutcome = 'committed' | 'conflict' | 'indeterminate' | 'unknown'

/** Why DynamoDB cancels a transaction when nothing is wrong with it. */
const RETRYABLE = new Set(['None', 'ConditionalCheckFailed', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])

interface Cancelled {
  readonly name: string
  readonly CancellationReasons?: readonly { readonly Code?: string }[]
  readonly $metadata?: { readonly attempts?: number }
}

/**
 * An answer that got lost is asked for in the table: the revision the transaction would have made carries its token.
 * @param revisionKey the key of that revision
 * @throws whatever is a bug, `Failure('unavailable')` where the table cannot be asked
 */
export async function commitOutcomeOf(error: unknown, revisionKey: Key, token: string, requests: Requests): Promise<CommitOutcome> {
  if (isBug(error)) throw error
  const cancelled = isCancelled(error)
  if (cancelled && !isRetryable(error as Cancelled)) throw isInvalid(error as Cancelled) ? error : unavailable(error)
  // The first of several sendings may have been the one that was heard, and then the later ones find its work done.
  const isFirstAttempt = (error as Cancelled).$metadata?.attempts === 1
  if (cancelled && isFirstAttempt) return 'conflict'
  if (await isCommitted(revisionKey, token, requests)) return 'committed'
  return cancelled ? 'indeterminate' : 'unknown'
}

const isCancelled = (error: unknown): boolean => (error as Cancelled | undefined)?.name === 'TransactionCanceledException'

const isRetryable = ({ CancellationReasons: reasons = [] }: Cancelled) => reasons.every(({ Code = 'None' }) => RETRYABLE.has(Code))

/** What is wrong with one of its writes will be so again: a bug of ours. */
const isInvalid = ({ CancellationReasons: reasons = [] }: Cancelled) => reasons.some(({ Code }) => Code === 'ValidationError')

/** Whether the transaction of a token has been committed. @param revisionKey the key of a revision it would have made */
export async function isCommitted(revisionKey: Key, token: string, requests: Requests): Promise<boolean> {
  const item = await requests.get(revisionKey)
  return item !== undefined && plainOf(item)['token'] === token
}

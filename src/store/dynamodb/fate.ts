import { isBug, silent } from './answering.ts'
import type { Key } from './keys.ts'
import { plainOf } from './attributes.ts'
import type { Requests } from './requests.ts'

/**
 * What became of a transaction that was not answered with success. `moved`: nothing was written, since something it
 * was decided on has changed, or others were at it. `doubtful`: the same, but it was sent more than once, and an earlier
 * sending may still be on its way. `unknown`: nobody can say.
 */
export type Fate = 'committed' | 'moved' | 'doubtful' | 'unknown'

/** Why DynamoDB cancels a transaction when nothing is wrong with it. */
const PASSING = new Set(['None', 'ConditionalCheckFailed', 'TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])

interface Cancelled {
  readonly name: string
  readonly CancellationReasons?: readonly { readonly Code?: string }[]
  readonly $metadata?: { readonly attempts?: number }
}

/**
 * An answer that got lost is asked for in the table: the revision the transaction would have made carries its token.
 * @param mark the key of that revision
 * @throws whatever is a bug, `Failure('unavailable')` where the table cannot be asked
 */
export async function fateOf(error: unknown, mark: Key, token: string, requests: Requests): Promise<Fate> {
  if (isBug(error)) throw error
  const cancelled = isCancelled(error)
  if (cancelled && !isPassing(error as Cancelled)) throw isRefused(error as Cancelled) ? error : silent(error)
  // The first of several sendings may have been the one that was heard, and then the later ones find its work done.
  const isFirst = (error as Cancelled).$metadata?.attempts === 1
  if (cancelled && isFirst) return 'moved'
  if (await isThere(mark, token, requests)) return 'committed'
  return cancelled ? 'doubtful' : 'unknown'
}

const isCancelled = (error: unknown): boolean => (error as Cancelled | undefined)?.name === 'TransactionCanceledException'

const isPassing = ({ CancellationReasons: reasons = [] }: Cancelled) => reasons.every(({ Code = 'None' }) => PASSING.has(Code))

/** What is wrong with one of its writes will be so again: a bug of ours. */
const isRefused = ({ CancellationReasons: reasons = [] }: Cancelled) => reasons.some(({ Code }) => Code === 'ValidationError')

/** Whether the transaction of a token has been committed. @param mark the key of a revision it would have made */
export async function isThere(mark: Key, token: string, requests: Requests): Promise<boolean> {
  const item = await requests.get(mark)
  return item !== undefined && plainOf(item)['token'] === token
}

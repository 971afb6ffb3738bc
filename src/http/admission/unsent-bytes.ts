import { Failure } from '../../domain/failure.ts'
import type { Limits } from './limits.ts'
import { openKeyedCounter } from './keyed-counter.ts'

const MB = 1024 * 1024

/** Memory for answers, in bytes: an answer stays in memory until its client has taken it. */
export interface UnsentBytes {
  /**
   * Reserves memory for an answer. Answers to polls have their own budget, and use the other one if that is full.
   * @returns releases it
   * @throws Failure `busy` if there is not enough now, `too_large` if there never is
   */
  reserve(address: string, bytes: number, ofPoll: boolean): () => void
  total(): number
}

type UnsentLimits = Pick<Limits, 'poll' | 'unread' | 'unreadPerAddress' | 'unreadPolls' | 'unreadPollsPerAddress'>

export function openUnsentBytes(limits: UnsentLimits): UnsentBytes {
  const polls = budgetOf(limits.unreadPolls, limits.unreadPollsPerAddress)
  const others = budgetOf(limits.unread, limits.unreadPerAddress)
  return {
    reserve(address, bytes, ofPoll) {
      if (ofPoll && bytes <= limits.poll && polls.fits(address, bytes)) return polls.take(address, bytes)
      if (bytes > limits.unread) {
        const max = Math.floor(limits.unread / MB)
        throw new Failure(
          'too_large',
          `Error: the answer is larger than the ${max} MB that can be sent; ask for a shorter window or fewer sites`,
        )
      }
      if (!others.fits(address, bytes))
        throw new Failure('busy', 'Too much of what was answered has not been taken yet; please try again.')
      return others.take(address, bytes)
    },
    total: () => polls.total() + others.total(),
  }
}

/** An address without pending answers may have one of any size that fits. */
function budgetOf(max: number, maxPerAddress: number) {
  const reserved = openKeyedCounter()
  return {
    total: () => reserved.total(),
    fits: (address: string, bytes: number) =>
      reserved.total() + bytes <= max &&
      (reserved.get(address) === 0 || reserved.get(address) + bytes <= maxPerAddress),
    take(address: string, bytes: number) {
      reserved.add(address, bytes)
      return () => reserved.add(address, -bytes)
    },
  }
}

import { Failure } from '../../domain/failure.ts'
import type { Limits } from './limits.ts'
import { openTally } from './tally.ts'

const MB = 1024 * 1024

/** What was answered and is not yet taken: it stays in memory until its client has it. In bytes. */
export interface Unread {
  /**
   * Makes sure of room for an answer. One of a poll has room of its own.
   * @returns what gives it back
   * @throws Failure `busy` where there is none now, `too_large` where there never is
   */
  claim(address: string, bytes: number, ofPoll: boolean): () => void
  total(): number
}

type UnreadLimits = Pick<Limits, 'poll' | 'unread' | 'unreadEach' | 'unreadPolls' | 'unreadPollsEach'>

export function openUnread(limits: UnreadLimits): Unread {
  const polls = roomOf(limits.unreadPolls, limits.unreadPollsEach)
  const others = roomOf(limits.unread, limits.unreadEach)
  return {
    claim(address, bytes, ofPoll) {
      if (ofPoll && bytes <= limits.poll && polls.fits(address, bytes)) return polls.take(address, bytes)
      if (bytes > limits.unread) {
        const most = Math.floor(limits.unread / MB)
        throw new Failure('too_large', `Error: the answer is larger than the ${most} MB that can be sent; ask for a shorter window or fewer sites`)
      }
      if (!others.fits(address, bytes)) throw new Failure('busy', 'Too much of what was answered has not been taken yet; please try again.')
      return others.take(address, bytes)
    },
    total: () => polls.total() + others.total(),
  }
}

/** Whoever has nothing to take may have one answer of any size that fits at all. */
function roomOf(most: number, mostEach: number) {
  const taken = openTally()
  return {
    total: () => taken.total(),
    fits: (address: string, bytes: number) => taken.total() + bytes <= most && (taken.of(address) === 0 || taken.of(address) + bytes <= mostEach),
    take(address: string, bytes: number) {
      taken.add(address, bytes)
      return () => taken.add(address, -bytes)
    },
  }
}

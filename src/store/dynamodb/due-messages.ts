import type { Instant } from '../../domain/interval.ts'
import { HOLDS_BACK_SECONDS, MAX_CLOCK_SKEW, MAX_RECEIVER_WAIT, maxWait, type Outbox } from '../port.ts'
import { type Key, padded, REVISION_DIGITS, WEBHOOKS } from './items.ts'
import { claimableAt, rangeOf, searchIn, type StoredMessage, storedMessageOf } from './messages.ts'
import type { Requests } from './requests.ts'
import type { TableContext } from './table.ts'

export type ClaimRequest = Parameters<Outbox['claim']>[0]

/** Messages of a page, and the most that one call reads. */
const PAGE_SIZE = 250
const MAX_READ = 1000

/**
 * Finds due messages in a part of the outbox. A message is stored under what it is about and not by time, so all of them are
 * read in turn: each call reads some, and the next one continues there. They may be stale, and are claimed as they were read.
 */
export function openDueFinder({ requests, random }: TableContext, receiver: string | undefined) {
  const range = rangeOf(receiver)
  let last = range.place

  /** By their keys, since a message may be read twice. */
  async function read(now: Instant, limit: number): Promise<Map<string, StoredMessage>> {
    const found = new Map<string, StoredMessage>()
    let count = 0
    for (const from of last === range.place ? [last] : [last, range.place]) {
      for await (const items of requests.pages({ ...searchIn(range, from), stale: true, limit: PAGE_SIZE })) {
        const messages = items.map(storedMessageOf)
        const due = notHeldBack(messages, now).filter((one) => isDue(one, now, receiver))
        for (const one of newFirstThenRandom(due, random)) found.set(one.start, one)
        last = messages.at(-1)?.start ?? last
        count += items.length
        if (found.size >= limit || count >= MAX_READ) return found
      }
      last = range.place
    }
    return found
  }

  return async ({ now, limit }: Pick<ClaimRequest, 'now' | 'limit'>): Promise<StoredMessage[]> =>
    [...(await read(now, limit)).values()].slice(0, limit)
}

/** A message that is due later than any is was written by a clock that has been put back since. */
function isDue(message: StoredMessage, now: Instant, receiver: string | undefined): boolean {
  const at = claimableAt(message)
  const wait = receiver === undefined ? maxWait(message.attempts) : MAX_RECEIVER_WAIT
  return at <= now || at > now + wait + MAX_CLOCK_SKEW
}

/** The reservation of a message to a receiver, as its sort key has it; the number of the revision follows. */
const placeOf = ({ start }: Pick<Key, 'start'>) => start.slice(0, -REVISION_DIGITS)

const holdsBack = ({ attempts, claim, writtenAt }: StoredMessage, now: Instant) =>
  attempts === 0 || claim !== undefined || writtenAt >= now - HOLDS_BACK_SECONDS

/** The messages of a page without those that an earlier one of the page holds back. Each to the projects service has its own place. */
function notHeldBack(messages: readonly StoredMessage[], now: Instant): StoredMessage[] {
  let heldBack: string | undefined
  return messages.filter((one) => {
    const place = placeOf(one)
    if (place === heldBack) return false
    if (holdsBack(one, now)) heldBack = place
    return true
  })
}

/** Whether an earlier message about the same reservation to the same receiver holds back this one. Reads the last of them first. */
export async function isHeldBack(message: StoredMessage, now: Instant, { pages }: Requests): Promise<boolean> {
  const place = placeOf(message)
  const range = [place, `${place}${padded(message.revision - 1, REVISION_DIGITS)}`] as const
  for await (const items of pages({ partition: WEBHOOKS, range, descending: true, limit: PAGE_SIZE }))
    if (items.some((item) => holdsBack(storedMessageOf(item), now))) return true
  return false
}

/** Messages that have not been attempted first; the others at random, so that two workers rarely want the same. */
const newFirstThenRandom = (messages: readonly StoredMessage[], random: () => number) =>
  messages
    .map((one) => ({ one, rank: (one.due === 0 ? 0 : 1) + random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one)

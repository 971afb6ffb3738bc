import type { Instant } from '../../domain/interval.ts'
import { HOLDS_BACK_SECONDS, MAX_CLOCK_SKEW, MAX_RECEIVER_WAIT, maxWait, type Outbox } from '../port.ts'
import { type Key, padded, REVISION_DIGITS } from './items.ts'
import { claimableAt, type MessageRange, rangeOf, searchIn, type StoredMessage, storedMessageOf } from './messages.ts'
import type { Requests } from './requests.ts'
import type { TableContext } from './table.ts'

export type ClaimRequest = Parameters<Outbox['claim']>[0]

/** The fields of a message that decide whether it is due. */
export type DueMessage = Pick<StoredMessage, 'start' | 'due' | 'heldUntil' | 'attempts' | 'writtenAt' | 'claim'>
const DUE_ATTRIBUTES = ['start', 'due', 'heldUntil', 'attempts', 'writtenAt', 'claim']

/** Messages of a page, and the most that one call reads. */
const PAGE_SIZE = 250
const MAX_READ = 1000
/** Keys that were found are offered for this many seconds. Later other workers may have claimed them. */
const MAX_AGE_SECONDS = 1

/**
 * Finds the keys of due messages in a part of the outbox. A message is stored under what it is about and not by time, so all of
 * them are read in turn: each call reads some, and the next one continues there.
 */
export function openDueFinder({ requests, elapsed, random }: TableContext, receiver: string | undefined) {
  const range = rangeOf(receiver)
  let last = range.place
  /** By their keys, since a message may be read twice. */
  let found = new Map<string, DueMessage>()
  let foundAt = -Infinity

  async function read(now: Instant, limit: number): Promise<void> {
    let count = 0
    for (const from of last === range.place ? [last] : [last, range.place]) {
      for await (const items of requests.pages(dueSearch(range, from))) {
        const messages = items.map((item) => storedMessageOf(item))
        const due = notHeldBack(messages, now).filter((one) => isDue(one, now, receiver))
        for (const one of newFirstThenRandom(due, random)) found.set(one.start, one)
        last = messages.at(-1)?.start ?? last
        count += items.length
        if (found.size >= limit || count >= MAX_READ) return
      }
      last = range.place
    }
  }

  return async ({ now, limit }: Pick<ClaimRequest, 'now' | 'limit'>): Promise<DueMessage[]> => {
    if (elapsed() > foundAt + MAX_AGE_SECONDS) found = new Map()
    if (found.size < limit) {
      await read(now, limit)
      foundAt = elapsed()
    }
    const batch = [...found.values()].slice(0, limit)
    for (const { start } of batch) found.delete(start)
    return batch
  }
}

/** The messages after a key. May be stale: whether a message is due is checked when it is claimed. */
const dueSearch = (range: MessageRange, after: string) => ({
  ...searchIn(range, after),
  only: DUE_ATTRIBUTES,
  stale: true,
  limit: PAGE_SIZE,
})

/** A message that is due later was written by a clock that has been put back since. */
export const latestDue = ({ attempts }: DueMessage, now: Instant, receiver: string | undefined) =>
  now + (receiver === undefined ? maxWait(attempts) : MAX_RECEIVER_WAIT) + MAX_CLOCK_SKEW

function isDue(message: DueMessage, now: Instant, receiver: string | undefined): boolean {
  const at = claimableAt(message)
  return at <= now || at > latestDue(message, now, receiver)
}

/** The reservation of a message to a receiver, as its sort key has it; the number of the revision follows. */
const placeOf = ({ start }: Pick<Key, 'start'>) => start.slice(0, -REVISION_DIGITS)

const holdsBack = ({ attempts, claim, writtenAt }: DueMessage, now: Instant) =>
  attempts === 0 || claim !== undefined || writtenAt >= now - HOLDS_BACK_SECONDS

/** The messages of a page without those that an earlier one of the page holds back. Each to the projects service has its own place. */
function notHeldBack(messages: readonly DueMessage[], now: Instant): DueMessage[] {
  let heldBack: string | undefined
  return messages.filter((one) => {
    const place = placeOf(one)
    if (place === heldBack) return false
    if (holdsBack(one, now)) heldBack = place
    return true
  })
}

/** Whether an earlier message about the same reservation to the same receiver holds back this one. Reads the last of them first. */
export async function isHeldBack(message: DueMessage, now: Instant, { pages }: Requests): Promise<boolean> {
  const place = placeOf(message)
  const last = Number(message.start.slice(-REVISION_DIGITS)) - 1
  const range = [place, `${place}${padded(last, REVISION_DIGITS)}`] as const
  const { partition } = rangeOf('')
  for await (const items of pages({ partition, range, only: DUE_ATTRIBUTES, descending: true, limit: PAGE_SIZE }))
    if (items.some((item) => holdsBack(storedMessageOf(item), now))) return true
  return false
}

/** Messages that have not been attempted first; the others at random, so that two workers rarely want the same. */
const newFirstThenRandom = (messages: readonly DueMessage[], random: () => number) =>
  messages
    .map((one) => ({ one, rank: (one.due === 0 ? 0 : 1) + random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one)

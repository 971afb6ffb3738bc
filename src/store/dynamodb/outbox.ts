import type { Instant } from '../../domain/interval.ts'
import { type Backlog, type Claim, maxWait, type Outbox, type PendingMessage, MAX_CLOCK_SKEW } from '../port.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { type Item, keyAttributes, messageKey, OUTBOX, plainOf } from './items.ts'
import { allItems, type Requests, type Search } from './requests.ts'
import type { TableContext } from './table.ts'

/** A message as an item holds it: the attributes have these names. */
interface StoredMessage extends PendingMessage {
  /** The sort key. */
  readonly start: string
  /** The token of the worker that has claimed it. */
  readonly claim?: string
  /**
   * It cannot be claimed before. Stays when another message takes its place, since the service may still carry out the
   * earlier one.
   */
  readonly heldUntil?: Instant
}

/** The attributes that a change writes. `claim` and `heldUntil` stay as they are. */
export const messageFields = ({ message, revision, writtenAt, attempts, due }: PendingMessage): Item =>
  attributesOf({ message: { ...message, project: { ...message.project } }, revision, writtenAt, attempts, due })

export const messageItem = (pending: PendingMessage): Item => ({
  ...keyAttributes(messageKey(pending.message)),
  ...messageFields(pending),
})

const storedMessageOf = (item: Item) => plainOf(item) as unknown as StoredMessage

export function pendingOf(item: Item): PendingMessage {
  const stored = storedMessageOf(item)
  const { message, revision, writtenAt, attempts } = stored
  return { message, revision, writtenAt, attempts, due: claimableAt(stored) }
}

/** All messages, in no order. */
export const ALL_MESSAGES: Search = { partition: OUTBOX }

const claimableAt = ({ due, heldUntil = 0 }: Pick<StoredMessage, 'due' | 'heldUntil'>) => Math.max(due, heldUntil)

export function openOutbox(context: TableContext): Outbox {
  const { requests } = context
  const findDue = openDueFinder(context)
  return {
    async claim(request) {
      const due = await findDue(request)
      const results = await Promise.allSettled(due.map((one) => claimMessage(one, request, requests)))
      const claims = results.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
      const failed = results.find((one) => one.status === 'rejected')
      // A request that failed may have claimed its message; that lapses. The other claims are used meanwhile.
      if (failed && claims.length === 0) throw failed.reason
      return { claims, more: due.length === request.limit }
    },
    async remove(claim) {
      const write = { key: messageKey(claim.message), remove: true, expected: asClaimed(claim) } as const
      if (!(await requests.write(write))) await release(claim, true, requests)
    },
    async postpone(claim, due, answered) {
      const set = { ...attributesOf({ due }), ...unclaimed(answered) }
      const write = { key: messageKey(claim.message), set, expected: asClaimed(claim) }
      if (!(await requests.write(write))) await release(claim, answered, requests)
    },
    backlog: cacheBacklog(() => countBacklog(requests), context.elapsed),
  }
}

/** The claim has not lapsed, and no other message has taken the place of its message. */
const asClaimed = ({ token, revision }: Claim) => attributesOf({ claim: token, revision })

/** Without an answer the service may still carry the message out: it is held until the claim would have lapsed. */
const unclaimed = (answered: boolean) => ({ claim: undefined, ...(answered && { heldUntil: undefined }) })

/** Gives up the claim of a message that another has replaced. Does nothing if it has lapsed. */
const release = ({ message, token }: Claim, answered: boolean, requests: Requests) =>
  requests.write({ key: messageKey(message), set: unclaimed(answered), expected: attributesOf({ claim: token }) })

type ClaimRequest = Parameters<Outbox['claim']>[0]

/** Due, or due later than `:far`, or claimed with the same token. */
const IF_CLAIMABLE =
  '#due <= :now AND (attribute_not_exists(#heldUntil) OR #heldUntil <= :now) OR #due > :far OR #heldUntil > :far OR #claim = :token'

/** @returns undefined if another worker was quicker. With the same token it claims a message again, since the first answer may have been lost. */
async function claimMessage(due: DueMessage, { now, until, token }: ClaimRequest, requests: Requests) {
  const update = 'SET #claim = :token, #heldUntil = :until, #due = :now ADD #attempts :one'
  const values = { now, far: latestDue(due, now), until, one: 1, token }
  const previous = await requests.update({ event_id: OUTBOX, start: due.start }, update, IF_CLAIMABLE, values)
  if (!previous) return undefined
  const { message, revision, writtenAt, attempts, claim = token } = storedMessageOf(previous)
  const lapsed = claim !== token
  return { message, revision, writtenAt, attempts: attempts + 1, token, until, lapsed } satisfies Claim
}

/** Messages of a page, and the most that one call reads. */
const PAGE_SIZE = 250
const MAX_READ = 1000
/** Keys that were found are offered for this many seconds. Later other workers may have claimed them. */
const MAX_AGE_SECONDS = 1

/**
 * Finds the keys of messages that are due. A message is stored under what it is about and not by time, so all of them are
 * read in turn: each call reads a part, and the next one continues there.
 */
function openDueFinder({ requests, elapsed, random }: TableContext): (request: ClaimRequest) => Promise<DueMessage[]> {
  let last = ''
  /** By their keys, since a message may be read twice. */
  let found = new Map<string, DueMessage>()
  let foundAt = -Infinity

  async function read(now: Instant, limit: number): Promise<void> {
    let count = 0
    for (const from of last === '' ? [''] : [last, '']) {
      for await (const items of requests.pages(searchAfter(from))) {
        const messages = items.map(storedMessageOf)
        const due = messages.filter((one) => isDue(one, now))
        for (const one of newFirstThenRandom(due, random)) found.set(one.start, one)
        last = messages.at(-1)?.start ?? last
        count += items.length
        if (found.size >= limit || count >= MAX_READ) return
      }
      last = ''
    }
  }

  return async ({ now, limit }) => {
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

type DueMessage = Pick<StoredMessage, 'start' | 'due' | 'heldUntil' | 'attempts'>
const DUE_ATTRIBUTES = ['start', 'due', 'heldUntil', 'attempts']
/** The messages after a key. May be stale: whether a message is due is checked when it is claimed. */
const searchAfter = (start: string): Search => ({
  ...ALL_MESSAGES,
  range: [`${start} `, '~'],
  only: DUE_ATTRIBUTES,
  stale: true,
  limit: PAGE_SIZE,
})

/** A message that is due later was written by a clock that has been put back since. */
const latestDue = ({ attempts }: DueMessage, now: Instant) => now + maxWait(attempts) + MAX_CLOCK_SKEW

function isDue(message: DueMessage, now: Instant): boolean {
  const at = claimableAt(message)
  return at <= now || at > latestDue(message, now)
}

/** Messages that have not been attempted first; the others at random, so that two workers rarely want the same. */
const newFirstThenRandom = (messages: readonly DueMessage[], random: () => number) =>
  messages
    .map((one) => ({ one, rank: (one.due === 0 ? 0 : 1) + random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one)

async function countBacklog(requests: Requests): Promise<Backlog> {
  const items = await allItems(requests.pages({ ...ALL_MESSAGES, only: ['writtenAt'], stale: true }))
  const oldest = items.reduce((least, item) => Math.min(least, Number(item['writtenAt']?.N)), Infinity)
  return { depth: items.length, oldest: items.length === 0 ? undefined : oldest }
}

/** Counting reads all messages. So the more there are, the less often it is done: 24,000 every four minutes, 100 each second. */
function cacheBacklog(count: () => Promise<Backlog>, elapsed: () => number): () => Promise<Backlog> {
  let known: Backlog = { depth: 0, oldest: undefined }
  let until = -Infinity
  return async () => {
    if (elapsed() < until) return known
    known = await count()
    until = elapsed() + Math.floor(known.depth / 100)
    return known
  }
}

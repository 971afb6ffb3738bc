import { mapConcurrently } from '../../concurrency.ts'
import type { Instant } from '../../domain/interval.ts'
import { isForReceiver } from '../../domain/outbox-message.ts'
import type { Backlog, Claim, Outbox, PendingMessage } from '../port.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { type ClaimRequest, isHeldBack, openDueFinder } from './due-messages.ts'
import { optional } from './item-write.ts'
import { keyOf, messageKey } from './items.ts'
import {
  allMessages,
  failedRangeOf,
  messageFields,
  type MessageRange,
  rangeOf,
  searchIn,
  type StoredMessage,
} from './messages.ts'
import { allItems, type Requests } from './requests.ts'
import type { TableContext } from './table.ts'

/** Messages that are removed concurrently. */
const CONCURRENCY = 10

export function openOutbox(context: TableContext): Outbox {
  const { requests } = context
  const findDueOf = onePerReceiver((receiver) => openDueFinder(context, receiver))
  const backlogOf = onePerReceiver((receiver) => cacheBacklog(() => countBacklog(receiver, requests), context.elapsed))
  return {
    async claim(request) {
      const due = await findDueOf(request.receiver)(request)
      const results = await Promise.allSettled(due.map((one) => claimMessage(one, request, requests)))
      const claims = results.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
      const failed = results.find((one) => one.status === 'rejected')
      // A request that failed may have claimed its message; that lapses. The other claims are used meanwhile.
      if (failed && claims.length === 0) throw failed.reason
      return { claims, more: due.length === request.limit && (request.receiver === undefined || claims.length > 0) }
    },
    async remove(claim) {
      if (!(await removeClaimed(claim, requests))) await release(claim, true, requests)
    },
    postpone: (claim, due, answered) => postpone(claim, due, answered, requests),
    async giveBack(claim, due) {
      const { attempts } = claim
      const set = { ...attributesOf({ due, attempts: attempts - 1 }), ...unclaimed(true) }
      const write = { key: messageKey(claim), set, expected: { ...asClaimed(claim), ...attributesOf({ attempts }) } }
      // An operator may have it retried from its first attempt on.
      if (!(await requests.write(write))) await postpone(claim, due, true, requests)
    },
    fail: (claim, failedAt) => moveToFailed(claim, failedAt, requests),
    removeFailed: (receiver, before) => removeFailed(receiver, before, requests),
    backlog: (receiver) => backlogOf(receiver)(),
    messages: () => allMessages(requests),
    retry: (message) => retryMessage(message, requests),
    drop: (message) => requests.write({ key: messageKey(message), remove: true, expected: sameRevision(message) }),
  }
}

/** Makes something once for each receiver, and once for the projects service. */
function onePerReceiver<T>(make: (receiver: string | undefined) => T): (receiver: string | undefined) => T {
  const made = new Map<string | undefined, T>()
  return (receiver) => {
    const one = made.get(receiver) ?? make(receiver)
    made.set(receiver, one)
    return one
  }
}

/** The claim has not lapsed, and no other message has taken the place of its message. */
const asClaimed = ({ token, revision }: Claim) => attributesOf({ claim: token, revision })

const removeClaimed = (claim: Claim, requests: Requests) =>
  requests.write({ key: messageKey(claim), remove: true, expected: asClaimed(claim) })

async function postpone(claim: Claim, due: Instant, answered: boolean, requests: Requests): Promise<void> {
  const set = { ...attributesOf({ due }), ...unclaimed(answered) }
  const write = { key: messageKey(claim), set, expected: asClaimed(claim) }
  if (!(await requests.write(write))) await release(claim, answered, requests)
}

/** Without an answer the service may still carry the message out: it is held until the claim would have lapsed. */
const unclaimed = (answered: boolean) => ({ claim: undefined, ...(answered && { heldUntil: undefined }) })

/** Gives up the claim of a message that another has replaced. Does nothing if it has lapsed. */
const release = (claim: Claim, answered: boolean, requests: Requests) =>
  requests.write({
    key: messageKey(claim),
    set: unclaimed(answered),
    expected: attributesOf({ claim: claim.token }),
  })

/** @returns undefined if another worker was quicker, or an earlier message holds back this one */
async function claimMessage(found: StoredMessage, { receiver, now, until, token }: ClaimRequest, requests: Requests) {
  if (receiver !== undefined && (await isHeldBack(found, now, requests))) return undefined
  const { start, message, revision, writtenAt, attempts, due, claim, heldUntil } = found
  const key = { event_id: rangeOf(receiver).partition, start }
  const set = attributesOf({ claim: token, heldUntil: until, due: now, attempts: attempts + 1 })
  const asFound = { claim: optional(claim), heldUntil: optional(heldUntil) }
  const expected = { ...attributesOf({ revision, attempts, due }), ...asFound }
  const isClaimed = await requests.write({ key, set, expected })
  // The answer to an earlier sending may have been lost.
  if (!isClaimed && (await requests.get(key))?.['claim']?.S !== token) return undefined
  return { message, revision, writtenAt, attempts: attempts + 1, token, until, lapsed: claim !== undefined }
}

/** Failed messages are kept apart, so that those that are due are found without reading them. A crash in between leaves both: it fails again. */
async function moveToFailed(claim: Claim, failedAt: Instant, requests: Requests): Promise<void> {
  const { message, revision, writtenAt, attempts, until } = claim
  const failed: PendingMessage = { message, revision, writtenAt, attempts, due: until, failedAt }
  await requests.write({ key: messageKey(failed), set: messageFields(failed), expected: {} })
  if (!(await removeClaimed(claim, requests)))
    await requests.write({ key: messageKey(failed), remove: true, expected: {} })
}

async function removeFailed(receiver: string, before: Instant, requests: Requests): Promise<void> {
  for await (const items of requests.pages(searchIn(failedRangeOf(receiver)))) {
    const old = items.filter(({ failedAt }) => Number(failedAt?.N) < before)
    await mapConcurrently(old, CONCURRENCY, ({ failedAt, ...item }) =>
      requests.write({ key: keyOf(item), remove: true, expected: { failedAt } }),
    )
  }
}

/** No other message has taken the place of a message. */
const sameRevision = ({ revision }: PendingMessage) => attributesOf({ revision })

async function retryMessage(message: PendingMessage, requests: Requests): Promise<boolean> {
  const { failedAt, ...rest } = message
  const key = messageKey(message)
  if (failedAt === undefined || !isForReceiver(message.message))
    return requests.write({ key, set: attributesOf({ due: 0, attempts: 0 }), expected: sameRevision(message) })
  if (!(await requests.get(key))) return false
  const pending = { ...rest, due: 0, attempts: 0 }
  await requests.write({ key: messageKey(pending), set: messageFields(pending), expected: {} })
  await requests.write({ key, remove: true, expected: {} })
  return true
}

async function countBacklog(receiver: string | undefined, requests: Requests): Promise<Backlog> {
  const countIn = (range: MessageRange) =>
    allItems(requests.pages({ ...searchIn(range), only: ['writtenAt'], stale: true }))
  const items = await countIn(rangeOf(receiver))
  const oldest = items.reduce((least, item) => Math.min(least, Number(item['writtenAt']?.N)), Infinity)
  const failed = receiver !== undefined && { failed: (await countIn(failedRangeOf(receiver))).length }
  return { depth: items.length, oldest: items.length === 0 ? undefined : oldest, ...failed }
}

/** Counting reads all messages. So the more there are, the less often it is done: 24,000 every four minutes, 100 each second. */
function cacheBacklog(count: () => Promise<Backlog>, elapsed: () => number): () => Promise<Backlog> {
  let known: Backlog = { depth: 0, oldest: undefined }
  let until = -Infinity
  return async () => {
    if (elapsed() < until) return known
    known = await count()
    until = elapsed() + Math.floor((known.depth + (known.failed ?? 0)) / 100)
    return known
  }
}

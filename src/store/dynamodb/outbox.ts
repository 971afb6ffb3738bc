import type { Instant } from '../../domain/interval.ts'
import { type Backlog, type Claim, longestWait, type Outbox, type RowCodec, SKEW } from '../port.ts'
import { plainOf } from './attributes.ts'
import { messageKey, isLegacyMessage, OUTBOX } from './items.ts'
import { MESSAGES, pendingOf } from './messages.ts'
import { migrateLegacyMessages } from './legacy-messages.ts'
import type { Requests } from './requests.ts'

interface OutboxContext {
  readonly requests: Requests
  readonly codec: RowCodec
  readonly newToken: () => string
  /** Seconds that have gone by. */
  readonly elapsed: () => number
  readonly random: () => number
}

/** Items are read so many at a time; when so many have been read without enough that is due, the rest is left for the next time. */
const PAGE_SIZE = 250
const MAX_READ = 1000
/** Before every key of the outbox. */
const BEFORE_FIRST_KEY = ' '

type ClaimRequest = Parameters<Outbox['claim']>[0]

export function outboxOf(context: OutboxContext): Outbox {
  const { requests } = context
  const findDue = openDueFinder(context)
  return {
    async claim(request) {
      const found = await findDue(request)
      const results = await Promise.allSettled(found.map((one) => claimMessage(one, request, requests)))
      const claims = results.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
      const failed = results.find((one) => one.status === 'rejected')
      // What could not be taken may be taken all the same, and then waits until that lapses; the others need not.
      if (failed && claims.length === 0) throw failed.reason
      return { claims, more: found.length === request.limit }
    },
    async remove(claim) {
      if (!(await requests.remove(messageKey(claim.message), ifStillClaimed(claim)))) await release(claim, true, requests)
    },
    async postpone(claim, due, answered) {
      const later = {
        UpdateExpression: `SET #due = :due REMOVE #claim${answered ? ', #held_until' : ''}`,
        ...ifStillClaimed(claim, { '#due': 'due', ...(answered && { '#held_until': 'held_until' }) }, { ':due': numberOf(answered ? due : Math.max(due, claim.until)) }),
      }
      if (!(await requests.update(messageKey(claim.message), later))) await release(claim, answered, requests)
    },
    backlog: cacheBacklog(() => countBacklog(requests), context.elapsed),
  }
}

const numberOf = (value: number) => ({ N: String(value) })

/** As long as the claim has not lapsed, and its message is still the last. */
const ifStillClaimed = ({ token, revision }: Claim, names: Record<string, string> = {}, values: Record<string, { N: string }> = {}) => ({
  ConditionExpression: '#claim = :token AND #revision = :revision',
  ExpressionAttributeNames: { '#claim': 'claim', '#revision': 'revision', ...names },
  ExpressionAttributeValues: { ':token': { S: token }, ':revision': numberOf(revision), ...values },
})

/** Gives up a claim whose message another has taken the place of; nothing where it has lapsed. */
const release = ({ message, token }: Claim, answered: boolean, requests: Requests) =>
  requests.update(messageKey(message), {
    UpdateExpression: answered ? 'SET #due = :now REMOVE #claim, #held_until' : 'SET #due = #held_until REMOVE #claim',
    ConditionExpression: '#claim = :token',
    ExpressionAttributeNames: { '#due': 'due', '#claim': 'claim', '#held_until': 'held_until' },
    ExpressionAttributeValues: { ':token': { S: token }, ...(answered && { ':now': numberOf(0) }) },
  })

/** Undefined where somebody else was quicker. An answer that is lost is asked for again under the same token, and is the same. */
async function claimMessage({ start, attempts: tried }: DueItem, { now, until, token }: ClaimRequest, requests: Requests): Promise<Claim | undefined> {
  const previous = await requests.update({ event_id: OUTBOX, start }, {
    UpdateExpression: 'SET #claim = :token, #held_until = :until, #due = :until ADD #attempts :one',
    ConditionExpression: '#due <= :now OR #due > :far OR #claim = :token',
    ExpressionAttributeNames: { '#due': 'due', '#claim': 'claim', '#held_until': 'held_until', '#attempts': 'attempts' },
    ExpressionAttributeValues: { ':now': numberOf(now), ':far': numberOf(latest(tried, now)), ':until': numberOf(until), ':one': numberOf(1), ':token': { S: token } },
  })
  if (!previous) return undefined
  const { message, revision, writtenAt, attempts } = pendingOf(previous)
  const before = previous['claim']?.S
  return { message, revision, writtenAt, attempts: attempts + 1, token, until, lapsed: before !== undefined && before !== token }
}

/**
 * Finds keys of what is due. Items stand in no order of time, since a message must be found by what it is about; so they
 * are gone through in turn, each time from where it was left off the last time, and only a part of them at once.
 */
function openDueFinder({ requests, codec, newToken, elapsed, random }: OutboxContext): (request: ClaimRequest) => Promise<DueItem[]> {
  let legacyMigrated = false
  let last = BEFORE_FIRST_KEY
  /** Seen to be due, and not given out yet. By their keys, as some may be read twice. */
  let found = new Map<string, DueItem>()
  let foundAt = -Infinity

  async function read(now: Instant, limit: number): Promise<void> {
    let count = 0
    for (const from of last === BEFORE_FIRST_KEY ? [BEFORE_FIRST_KEY] : [last, BEFORE_FIRST_KEY]) {
      for await (const page of requests.pagesOf(queryAfter(from))) {
        const items = page.map((item) => plainOf(item) as unknown as DueItem)
        if (items.some(({ start }) => isLegacyMessage(start))) legacyMigrated = false
        for (const one of newFirstThenRandom(items.filter((item) => isDue(item, now)), random)) found.set(one.start, one)
        last = items.at(-1)?.start ?? last
        count += items.length
        if (found.size >= limit || count >= MAX_READ) return
      }
      last = BEFORE_FIRST_KEY
    }
  }

  return async ({ now, limit }) => {
    if (!legacyMigrated) await migrateLegacyMessages({ requests, codec, newToken })
    legacyMigrated = true
    // What was found a while ago may be others' by now, and what has come since may be more urgent.
    if (elapsed() > foundAt + 1) found = new Map()
    if (found.size < limit) {
      await read(now, limit)
      foundAt = elapsed()
    }
    const batch = [...found.values()].slice(0, limit)
    for (const { start } of batch) found.delete(start)
    return batch
  }
}

interface DueItem {
  readonly start: string
  readonly due: Instant
  readonly attempts: number
}

/** Nothing that is written now is due later. */
const latest = (attempts: number, now: Instant): Instant => now + longestWait(attempts) + SKEW

const isDue = ({ start, due, attempts }: DueItem, now: Instant) => !isLegacyMessage(start) && (due <= now || due > latest(attempts, now))

/** What nobody has tried yet first; else by chance, so that two who look at the same time do not want the same. */
const newFirstThenRandom = (found: readonly DueItem[], random: () => number) =>
  found
    .map((one) => ({ one, place: (one.due === 0 ? 0 : 1) + random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one)

/** As they are now or were a moment ago: whether one is due is seen when it is taken. */
const queryAfter = (start: string) => ({
  KeyConditionExpression: 'event_id = :id AND #start > :start',
  ProjectionExpression: '#start, #due, #attempts',
  ExpressionAttributeNames: { '#start': 'start', '#due': 'due', '#attempts': 'attempts' },
  ExpressionAttributeValues: { ':id': { S: OUTBOX }, ':start': { S: start } },
  ConsistentRead: false,
  Limit: PAGE_SIZE,
})

async function countBacklog(requests: Requests): Promise<Backlog> {
  let [depth, oldest]: [number, Instant | undefined] = [0, undefined]
  for await (const items of requests.pagesOf({ ...MESSAGES, ConsistentRead: false })) {
    depth += items.length
    oldest = items.reduce((least, item) => Math.min(least, pendingOf(item).writtenAt), oldest ?? Infinity)
  }
  return { depth, oldest: depth === 0 ? undefined : oldest }
}

/** To count takes reading all there is: of 24,000 messages it is done every four minutes, of a hundred each second. */
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

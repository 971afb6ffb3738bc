import type { Instant } from '../../domain/interval.ts'
import { type Backlog, type Claim, longestWait, type Outbox, type RowCodec, SKEW } from '../store.ts'
import { plainOf } from './attributes.ts'
import { messageKey, isNumbered, OUTBOX } from './keys.ts'
import { MESSAGES, pendingOf } from './messages.ts'
import { moveNumbered } from './numbered.ts'
import type { Requests } from './requests.ts'

interface Around {
  readonly requests: Requests
  readonly codec: RowCodec
  readonly newToken: () => string
  /** Seconds that have gone by. */
  readonly elapsed: () => number
  readonly chance: () => number
}

/** Items are read so many at a time; when so many have been read without enough that is due, the rest is left for the next time. */
const PAGE = 250
const MOST_READ = 1000
/** Before every key of the outbox. */
const BEGINNING = ' '

type Wanted = Parameters<Outbox['claim']>[0]

export function outboxOf(around: Around): Outbox {
  const { requests } = around
  const seek = seeker(around)
  return {
    async claim(wanted) {
      const found = await seek(wanted)
      const taken = await Promise.allSettled(found.map((one) => take(one, wanted, requests)))
      const claims = taken.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
      const failed = taken.find((one) => one.status === 'rejected')
      // What could not be taken may be taken all the same, and then waits until that lapses; the others need not.
      if (failed && claims.length === 0) throw failed.reason
      return { claims, more: found.length === wanted.limit }
    },
    async remove(claim) {
      if (!(await requests.remove(messageKey(claim.message), unlessReplaced(claim)))) await release(claim, true, requests)
    },
    async postpone(claim, due, answered) {
      const later = {
        UpdateExpression: `SET #due = :due REMOVE #claim${answered ? ', #held_until' : ''}`,
        ...unlessReplaced(claim, { '#due': 'due', ...(answered && { '#held_until': 'held_until' }) }, { ':due': numberOf(answered ? due : Math.max(due, claim.until)) }),
      }
      if (!(await requests.update(messageKey(claim.message), later))) await release(claim, answered, requests)
    },
    backlog: remembered(() => backlogIn(requests), around.elapsed),
  }
}

const numberOf = (value: number) => ({ N: String(value) })

/** As long as the claim has not lapsed, and its message is still the last. */
const unlessReplaced = ({ token, revision }: Claim, names: Record<string, string> = {}, values: Record<string, { N: string }> = {}) => ({
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
async function take({ start, attempts: tried }: Found, { now, until, token }: Wanted, requests: Requests): Promise<Claim | undefined> {
  const was = await requests.update({ event_id: OUTBOX, start }, {
    UpdateExpression: 'SET #claim = :token, #held_until = :until, #due = :until ADD #attempts :one',
    ConditionExpression: '#due <= :now OR #due > :far OR #claim = :token',
    ExpressionAttributeNames: { '#due': 'due', '#claim': 'claim', '#held_until': 'held_until', '#attempts': 'attempts' },
    ExpressionAttributeValues: { ':now': numberOf(now), ':far': numberOf(latest(tried, now)), ':until': numberOf(until), ':one': numberOf(1), ':token': { S: token } },
  })
  if (!was) return undefined
  const { message, revision, writtenAt, attempts } = pendingOf(was)
  const before = was['claim']?.S
  return { message, revision, writtenAt, attempts: attempts + 1, token, until, lapsed: before !== undefined && before !== token }
}

/**
 * Finds keys of what is due. Items stand in no order of time, since a message must be found by what it is about; so they
 * are gone through in turn, each time from where it was left off the last time, and only a part of them at once.
 */
function seeker({ requests, codec, newToken, elapsed, chance }: Around): (wanted: Wanted) => Promise<Found[]> {
  let numberedAreMoved = false
  let last = BEGINNING
  /** Seen to be due, and not given out yet. By their keys, as some may be read twice. */
  let found = new Map<string, Found>()
  let foundAt = -Infinity

  async function read(now: Instant, enough: number): Promise<void> {
    let count = 0
    for (const from of last === BEGINNING ? [BEGINNING] : [last, BEGINNING]) {
      for await (const page of requests.pagesOf(pagesAfter(from))) {
        const items = page.map((item) => plainOf(item) as unknown as Found)
        if (items.some(({ start }) => isNumbered(start))) numberedAreMoved = false
        for (const one of inSomeOrder(items.filter((item) => isDue(item, now)), chance)) found.set(one.start, one)
        last = items.at(-1)?.start ?? last
        count += items.length
        if (found.size >= enough || count >= MOST_READ) return
      }
      last = BEGINNING
    }
  }

  return async ({ now, limit }) => {
    if (!numberedAreMoved) await moveNumbered({ requests, codec, newToken })
    numberedAreMoved = true
    // What was found a while ago may be others' by now, and what has come since may be more urgent.
    if (elapsed() > foundAt + 1) found = new Map()
    if (found.size < limit) {
      await read(now, limit)
      foundAt = elapsed()
    }
    const some = [...found.values()].slice(0, limit)
    for (const { start } of some) found.delete(start)
    return some
  }
}

interface Found {
  readonly start: string
  readonly due: Instant
  readonly attempts: number
}

/** Nothing that is written now is due later. */
const latest = (attempts: number, now: Instant): Instant => now + longestWait(attempts) + SKEW

const isDue = ({ start, due, attempts }: Found, now: Instant) => !isNumbered(start) && (due <= now || due > latest(attempts, now))

/** What nobody has tried yet first; else by chance, so that two who look at the same time do not want the same. */
const inSomeOrder = (found: readonly Found[], chance: () => number) =>
  found
    .map((one) => ({ one, place: (one.due === 0 ? 0 : 1) + chance() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one)

/** As they are now or were a moment ago: whether one is due is seen when it is taken. */
const pagesAfter = (start: string) => ({
  KeyConditionExpression: 'event_id = :id AND #start > :start',
  ProjectionExpression: '#start, #due, #attempts',
  ExpressionAttributeNames: { '#start': 'start', '#due': 'due', '#attempts': 'attempts' },
  ExpressionAttributeValues: { ':id': { S: OUTBOX }, ':start': { S: start } },
  ConsistentRead: false,
  Limit: PAGE,
})

async function backlogIn(requests: Requests): Promise<Backlog> {
  let [depth, oldest]: [number, Instant | undefined] = [0, undefined]
  for await (const items of requests.pagesOf({ ...MESSAGES, ConsistentRead: false })) {
    depth += items.length
    oldest = items.reduce((least, item) => Math.min(least, pendingOf(item).writtenAt), oldest ?? Infinity)
  }
  return { depth, oldest: depth === 0 ? undefined : oldest }
}

/** To count takes reading all there is: of 24,000 messages it is done every four minutes, of a hundred each second. */
function remembered(count: () => Promise<Backlog>, elapsed: () => number): () => Promise<Backlog> {
  let known: Backlog = { depth: 0, oldest: undefined }
  let until = -Infinity
  return async () => {
    if (elapsed() < until) return known
    known = await count()
    until = elapsed() + Math.floor(known.depth / 100)
    return known
  }
}

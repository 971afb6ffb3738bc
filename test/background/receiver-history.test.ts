import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as aTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OutboxWorker, openOutboxWorker } from '../../src/background/outbox-worker.ts'
import { receiverDestination } from '../../src/background/receiver-destination.ts'
import { webhookOf } from '../../src/http/webhook.ts'
import { amend } from '../../src/service/amend.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Receiver } from '../../src/sources/receiver.ts'
import { dynamoStore } from '../../src/store/dynamodb/dynamo-store.ts'
import { type Claim, HOLDS_BACK_SECONDS, type Outbox, type Store } from '../../src/store/port.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import type { WebhookBody } from '../../src/wire/responses.ts'
import { ada, proposed, worldOf } from '../context.ts'
import { sharedDynamo } from '../dynamodb.ts'

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'receiver-history-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const twoOverAFile = async (): Promise<Store[]> => {
  const file = join(folder, `${++files}.db`)
  return [1, 2].map(() => sqliteStore(openDatabase(file), eventCodec))
}

const twoOverATable = async (): Promise<Store[]> => {
  const dynamo = await sharedDynamo()
  const table = await dynamo.table()
  const client = Object.assign(Object.create(dynamo.client) as typeof dynamo.client, { destroy: () => undefined })
  const options = {
    codec: rowCodec,
    elapsed: () => performance.now() / 1000,
    newToken: () => crypto.randomUUID(),
    random: Math.random,
    receivers: 1,
    report: () => undefined,
  }
  return [1, 2].map(() => dynamoStore({ client, table }, options))
}

const NAME = 'archive'
const RESERVATIONS = 4
/** A worker ends its claims within this many seconds, or has died. */
const MAX_DELIVERY = 20

/** A seeded random number generator (mulberry32). */
const seededRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/**
 * Writers change reservations at random, while two workers deliver to a receiver that refuses, breaks off, and processes
 * without answering; and workers die. The test sets the clock: it advances as far as the living workers can keep up.
 */
async function runHistory(stores: readonly Store[], seed: number, changes: number) {
  const roll = seededRandom(seed)
  const context = worldOf(stores[0]!, { receivers: [NAME], sites: new Map() })
  const faults: string[] = []
  /** When each revision was written, and the revisions that the receiver has processed, by reservation. */
  const writtenAt = new Map<string, number>()
  const processed = new Map<string, number[]>()
  const idsOf = new Map<string, string>()
  /** The claims of living workers, and since when. */
  const alive = new Map<object, number>()
  let [sent, kills, lapsed] = [0, 0, 0]

  const process = ({ id, body }: { id: string; body: string }) => {
    const { event_id, revision } = (JSON.parse(body) as WebhookBody).data
    const name = `${event_id} ${revision}`
    if ((idsOf.get(name) ?? id) !== id) faults.push(`${name} has two ids`)
    idsOf.set(name, id)
    const known = processed.get(event_id) ?? []
    for (let earlier = 1; earlier < revision; earlier += 1) {
      const isLate = context.time - writtenAt.get(`${event_id} ${earlier}`)! > HOLDS_BACK_SECONDS
      if (!known.includes(earlier) && !isLate) faults.push(`${name} before ${earlier}`)
    }
    processed.set(event_id, [...known, revision])
  }
  const receiver: Receiver = {
    async send(request) {
      sent += 1
      const fate = roll()
      for (let turns = Math.floor(roll() * 8); turns > 0; turns -= 1) await aTurn()
      if (fate < 0.2) return { error: new Error('refused'), status: 500 }
      process(request)
      return fate < 0.3 ? { error: new Error('no answer') } : undefined
    },
  }

  function newWorker(store: Store): { worker: OutboxWorker; kill: () => void } {
    let dead = false
    const mine = new Set<Claim>()
    const assertAlive = () => {
      if (dead) throw new Error('killed')
    }
    const ending = async (claim: Claim, end: () => Promise<void>) => {
      assertAlive()
      await end()
      mine.delete(claim)
      alive.delete(claim)
    }
    const outbox: Outbox = {
      ...store.outbox,
      async claim(request) {
        assertAlive()
        alive.set(request, request.now)
        const found = await store.outbox.claim(request).finally(() => alive.delete(request))
        for (const claim of dead ? [] : found.claims) {
          mine.add(claim)
          alive.set(claim, request.now)
        }
        assertAlive()
        return found
      },
      remove: (claim) => ending(claim, () => store.outbox.remove(claim)),
      postpone: (claim, due, answered) => ending(claim, () => store.outbox.postpone(claim, due, answered)),
      fail: (claim, at) => ending(claim, () => store.outbox.fail(claim, at)),
    }
    const worker = openOutboxWorker({
      outbox,
      destination: receiverDestination({
        name: NAME,
        receiver,
        history: (...asked) => store.history(...asked),
        outbox,
        webhookOf,
        now: context.now,
        random: roll,
      }),
      now: context.now,
      elapsed: context.now,
      newToken: () => crypto.randomUUID(),
      onOutcome: (claim) => void (lapsed += claim.lapsed ? 1 : 0),
      onError: (error) => dead || faults.push(String(error)),
    })
    const kill = () => {
      dead = true
      kills += 1
      for (const claim of mine) alive.delete(claim)
    }
    return { worker, kill }
  }

  const stopping = new AbortController()
  const drains = stores.map(() => 0)
  const work = stores.map(async (store, index) => {
    let one = newWorker(store)
    while (!stopping.signal.aborted) {
      const drained = one.worker
        .drain()
        .catch((error: unknown) => void (String(error).includes('killed') || faults.push(String(error))))
      if (roll() < 0.1) {
        for (let turns = Math.floor(roll() * 20); turns > 0; turns -= 1) await aTurn()
        one.kill()
        await drained
        one = newWorker(store)
      }
      await drained
      drains[index]! += 1
      await aTurn()
    }
  })

  async function advance(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 1) {
      while ([...alive.values()].some((since) => context.time + 1 - since > MAX_DELIVERY)) await aTurn()
      context.time += 1
    }
  }

  const ids = Array.from({ length: RESERVATIONS }, (_, n) => `r${seed}-${n}`)
  for (const id of ids) {
    writtenAt.set(`${id} 1`, context.time)
    await reserve(proposed({ id, site: `s-${id}` }), ada, { override: false }, context)
  }
  /** Each writer has reservations of its own, so that it knows when each revision was written. */
  const write = async (store: Store, own: readonly string[]) => {
    for (let n = 0; n < changes; n += 1) {
      const id = own[Math.floor(roll() * own.length)]!
      const [before] = await store.find(id)
      writtenAt.set(`${id} ${before!.revision + 1}`, context.time)
      const change = { reference: { id }, change: () => ({ ...before!.reservation, note: `${n}` }), override: false }
      await amend(change, ada, { ...context, now: context.now, store })
      if (roll() < 0.5) await advance(Math.floor(roll() * 5))
    }
  }
  await Promise.all(
    stores.map((store, index) =>
      write(
        store,
        ids.filter((_, n) => n % stores.length === index),
      ),
    ),
  )
  for (let rounds = 0; rounds < 2000 && (await stores[0]!.outbox.backlog(NAME)).depth > 0; rounds += 1) {
    const before = [...drains]
    while (!drains.every((count, index) => count > before[index]! + 1)) await aTurn()
    await advance(30)
  }
  stopping.abort()
  await Promise.all(work)
  const histories = await Promise.all(ids.map(async (id) => [id, (await stores[0]!.history(id)).length] as const))
  return { faults, processed, histories, left: await stores[0]!.outbox.backlog(NAME), counts: { sent, kills, lapsed } }
}

describe.each([
  ['SQLite', twoOverAFile, 60, [1, 2]],
  ['DynamoDB', twoOverATable, 15, [3]],
] as const)('two workers for a receiver with one store that die from time to time (%s)', (_, open, changes, seeds) => {
  it.each(seeds)('deliver every revision, none before an earlier one that is not late: seed %i', async (seed) => {
    const stores = await open()
    const { faults, processed, histories, left, counts } = await runHistory(stores, seed, changes)
    expect(faults).toEqual([])
    expect(left).toMatchObject({ depth: 0, failed: 0 })
    expect(counts.kills).toBeGreaterThan(0)
    for (const [id, revisions] of histories) {
      const every = Array.from({ length: revisions }, (_one, n) => n + 1)
      expect(new Set(processed.get(id)), id).toEqual(new Set(every))
    }
    await Promise.all(stores.map((store) => store.close()))
  })
})

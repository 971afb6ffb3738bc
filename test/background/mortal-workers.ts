import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as aTurn } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { type Destination, type OutboxWorker, openOutboxWorker } from '../../src/background/outbox-worker.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Claim, Outbox, Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import type { TestWorld } from '../context.ts'
import { storeInTable } from '../dynamo-store.ts'
import { sharedDynamo } from '../dynamodb.ts'

/** Two stores with one new file, until the running test has finished. */
export async function twoOverAFile(): Promise<Store[]> {
  const folder = mkdtempSync(join(tmpdir(), 'history-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return [1, 2].map(() => sqliteStore(openDatabase(join(folder, 'calendar.db')), eventCodec))
}

/** Two stores with one new table. */
export async function twoOverATable(options: Parameters<typeof storeInTable>[2]): Promise<Store[]> {
  const dynamo = await sharedDynamo()
  const table = await dynamo.table()
  return [1, 2].map(() => storeInTable(dynamo, table, options))
}

/** A seeded random number generator (mulberry32). */
export const seededRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

/** A worker that may have died. */
export interface Mortal {
  /** What it has claimed, and not yet answered. */
  readonly claims: ReadonlySet<Claim>
  readonly isDead: () => boolean
}

interface MortalWorkersOptions {
  /** One worker works for each. */
  readonly stores: readonly Store[]
  readonly context: TestWorld
  readonly roll: () => number
  /** A worker ends its claims within this many seconds, or has died. */
  readonly maxDelivery: number
  /** How probable it is that a worker dies while it drains the outbox. */
  readonly mortality: number
  readonly destinationOf: (worker: Mortal & { readonly store: Store; readonly outbox: Outbox }) => Destination
  /** What a worker must not run into is reported here. */
  readonly faults: string[]
  /** Called with the claims of a worker that dies. */
  readonly onDeath?: (claims: ReadonlySet<Claim>) => void
  /** Called when a second has gone by. */
  readonly onSecond?: () => void
}

/**
 * Workers that drain the outbox of their stores again and again, and die from time to time. The test sets the clock: it advances
 * as far as the living workers can keep up.
 */
export function openMortalWorkers(options: MortalWorkersOptions) {
  const { stores, context, roll, maxDelivery, mortality, onSecond = () => undefined } = options
  /** The claims, and requests to claim, of living workers, and since when. */
  const alive = new Map<object, number>()
  const counts = { kills: 0, lapsed: 0 }
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  const drains = stores.map(() => 0)

  const work = stores.map(async (store, index) => {
    let one = mortalWorker(store, alive, counts, options)
    while (!ending.signal.aborted) {
      const drained = one.worker
        .drain()
        .catch((error: unknown) => void (String(error).includes('killed') || options.faults.push(String(error))))
      if (roll() < mortality) {
        for (let turns = Math.floor(roll() * 20); turns > 0; turns -= 1) await aTurn()
        one.kill()
        await drained
        one = mortalWorker(store, alive, counts, options)
      }
      await drained
      drains[index]! += 1
      await aTurn()
    }
  })

  /** Resolves after a turn. @throws Error if the test has ended, for example by its time-out */
  const another = async () => {
    ending.signal.throwIfAborted()
    await aTurn()
  }
  async function advance(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 1) {
      while ([...alive.values()].some((since) => context.time + 1 - since > maxDelivery)) await another()
      context.time += 1
      onSecond()
    }
  }
  /** Advances by steps, each longer than the last by a factor, until nothing is left, and ends the workers. */
  async function finish(isDone: () => Promise<boolean>, step: number, growth = 1): Promise<void> {
    for (let rounds = 0; rounds < 2000 && !(await isDone()); rounds += 1) {
      const before = [...drains]
      while (!drains.every((count, index) => count > before[index]! + 1)) await another()
      await advance(Math.min(HOUR, Math.round(step * growth ** rounds)))
    }
    ending.abort()
    await Promise.all(work)
  }
  return { advance, finish, counts }
}

function mortalWorker(
  store: Store,
  alive: Map<object, number>,
  counts: { kills: number; lapsed: number },
  { context, destinationOf, faults, onDeath = () => undefined }: MortalWorkersOptions,
): { worker: OutboxWorker; kill: () => void } {
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
    giveBack: (claim, due) => ending(claim, () => store.outbox.giveBack(claim, due)),
    fail: (claim, at) => ending(claim, () => store.outbox.fail(claim, at)),
  }
  const worker = openOutboxWorker({
    outbox,
    destination: destinationOf({ store, outbox, claims: mine, isDead: () => dead }),
    now: context.now,
    elapsed: context.now,
    newToken: () => crypto.randomUUID(),
    onOutcome: (claim) => void (counts.lapsed += claim.lapsed ? 1 : 0),
    onError: (error) => dead || faults.push(String(error)),
  })
  const kill = () => {
    dead = true
    counts.kills += 1
    for (const claim of mine) alive.delete(claim)
    onDeath(mine)
  }
  return { worker, kill }
}

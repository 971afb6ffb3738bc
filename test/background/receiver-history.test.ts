import { setImmediate as aTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { receiverDestination } from '../../src/background/receiver-destination.ts'
import { webhookOf } from '../../src/http/webhook.ts'
import { amend } from '../../src/service/amend.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Receiver } from '../../src/sources/receiver.ts'
import { HOLDS_BACK_SECONDS, type Store } from '../../src/store/port.ts'
import type { WebhookBody } from '../../src/wire/responses.ts'
import { ada, proposed, worldOf } from '../context.ts'
import { openMortalWorkers, seededRandom, twoOverAFile, twoOverATable } from './mortal-workers.ts'

const NAME = 'archive'
const RESERVATIONS = 4
/** A worker ends its claims within this many seconds, or has died. */
const MAX_DELIVERY = 20
/** The receiver refuses, or does not answer, a message at most as often, so that none fails for good. */
const MAX_REFUSALS = 4

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

  const record = ({ id, body }: { id: string; body: string }) => {
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
  const refusals = new Map<string, number>()
  const receiver: Receiver = {
    async send(request) {
      const fate = roll()
      for (let turns = Math.floor(roll() * 8); turns > 0; turns -= 1) await aTurn()
      const refused = refusals.get(request.id) ?? 0
      if (fate < 0.3) refusals.set(request.id, refused + 1)
      if (fate < 0.2 && refused < MAX_REFUSALS) return { error: new Error('refused'), status: 500 }
      record(request)
      return fate < 0.3 && refused < MAX_REFUSALS ? { error: new Error('no answer') } : undefined
    },
  }

  const { advance, finish, counts } = openMortalWorkers({
    stores,
    context,
    roll,
    maxDelivery: MAX_DELIVERY,
    mortality: 0.1,
    destinationOf: ({ store, outbox }) =>
      receiverDestination({
        name: NAME,
        receiver,
        history: (...asked) => store.history(...asked),
        outbox,
        webhookOf,
        now: context.now,
        elapsed: context.now,
        random: roll,
      }),
    faults,
  })

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
  await finish(async () => (await stores[0]!.outbox.backlog(NAME)).depth === 0, 30, 1.1)
  const histories = await Promise.all(ids.map(async (id) => [id, (await stores[0]!.history(id)).length] as const))
  return { faults, processed, histories, left: await stores[0]!.outbox.backlog(NAME), counts }
}

describe.each([
  ['SQLite', twoOverAFile, 60, [1, 2]],
  ['DynamoDB', () => twoOverATable({ receivers: 1 }), 15, [3]],
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

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOutboxWorker, type OutboxWorkerOptions, type DeliveryOutcome } from '../../src/background/outbox-worker.ts'
import { receiverDestination } from '../../src/background/receiver-destination.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/interval.ts'
import { webhookOf } from '../../src/http/webhook.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { receiverAt } from '../../src/sources/receiver.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, memoryStore, type TestWorld, TODAY, proposed, worldOf } from '../context.ts'
import { storeInTable } from '../dynamo-store.ts'
import { sharedDynamo } from '../dynamodb.ts'
import { waiting } from '../outbox.ts'
import { type Answer, answering, secretOf, webhookReceiver } from '../webhook-receiver.ts'

const keyOf = (secret: string) => Buffer.from(secret.slice('whsec_'.length), 'base64')
const NAME = 'archive'
/** The delays of the specification's schedule, in seconds. */
const SCHEDULE = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR]

async function tableStore(): Promise<Store> {
  const dynamo = await sharedDynamo()
  return storeInTable(dynamo, await dynamo.table(), { quotas: true, receivers: 1 })
}

interface WorkerOptions extends Partial<OutboxWorkerOptions> {
  readonly url: string
  readonly secrets?: readonly string[]
  readonly name?: string
  readonly random?: () => number
  readonly stopping?: AbortSignal
}

/** A worker that delivers to a receiver, by the clock of the test. */
function workerOf({ store, now }: TestWorld, options: WorkerOptions) {
  const { url, secrets = [secretOf(1)], name = NAME, random = () => 0, stopping, ...rest } = options
  const destination = receiverDestination({
    name,
    receiver: receiverAt({ url, keys: secrets.map(keyOf) }, stopping),
    history: (...asked) => store.history(...asked),
    outbox: store.outbox,
    webhookOf,
    now,
    elapsed: now,
    random,
  })
  return openOutboxWorker({
    outbox: store.outbox,
    destination,
    now,
    elapsed: now,
    newToken: () => crypto.randomUUID(),
    onOutcome: () => undefined,
    onError: (error) => expect.fail(String(error)),
    ...rest,
  })
}

describe.each([
  ['SQLite', async () => memoryStore()],
  ['DynamoDB', tableStore],
] as const)('webhooks to a receiver (%s)', (_, open) => {
  let store: Store
  let context: TestWorld
  let receiver: Awaited<ReturnType<typeof webhookReceiver>>
  let outcomes: DeliveryOutcome[]

  beforeEach(async () => {
    store = await open()
    context = worldOf(store, { receivers: [NAME], sites: new Map() })
    receiver = await webhookReceiver({ now: () => context.time })
    outcomes = []
  })
  afterEach(() => store.close())

  const worker = (options: Partial<WorkerOptions> = {}) =>
    workerOf(context, { url: receiver.url, onOutcome: (_claim, outcome) => outcomes.push(outcome), ...options })
  let sites = 0
  const make = async () => {
    const reservation = proposed({ site: `hooked-${++sites}` })
    await reserve(reservation, ada, { override: false }, context)
    return reservation.id
  }
  const note = (id: string, text: string) =>
    amend({ reference: { id }, change: (before) => ({ ...before, note: text }), override: false }, ada, context)

  it('tells of each change once, in order, with what was and what is, unmasked', async () => {
    const id = await make()
    await note(id, 'clouds')
    await cancel({ reference: { id } }, ada, context)
    await restore({ id, number: 2, override: false }, ada, context)
    await restore({ id, number: 1, override: false }, ada, context)
    await worker().drain()
    expect(receiver.invalid).toEqual([])
    expect(receiver.received.map(({ body }) => [body.type, body.data.revision, body.data.via])).toEqual([
      ['reservation.created', 1, 'reserve'],
      ['reservation.changed', 2, 'amend'],
      ['reservation.deleted', 3, 'cancel'],
      ['reservation.restored', 4, 'restore'],
      ['reservation.changed', 5, 'restore'],
    ])
    const [created, changed, deleted] = receiver.received.map(({ body }) => body)
    expect(created).toEqual({
      type: 'reservation.created',
      timestamp: '2030-03-01T00:00:00Z',
      data: {
        event_id: id,
        revision: 1,
        via: 'reserve',
        at: '2030-03-01T00:00:00Z',
        by: ada.id,
        before: null,
        after: expect.objectContaining({
          event_id: id,
          creator: ada.name,
          title: `${ada.name} looks at M31`,
        }) as object,
      },
    })
    expect(changed!.data.before).toEqual(created!.data.after)
    expect(changed!.data.after).toMatchObject({ reservation_note: 'clouds' })
    expect(deleted!.data.after).toBeNull()
    expect(await waiting(store)).toEqual([])
    expect(new Set(outcomes)).toEqual(new Set(['delivered']))
  })

  it('counts no attempt while the store cannot say what changed, and tells of it afterwards', async () => {
    const id = await make()
    const errors: unknown[] = []
    const history = () => Promise.reject(new Error('no answer'))
    const unable = workerOf(
      { ...context, now: context.now, store: { ...store, history } },
      { url: receiver.url, onError: (error) => errors.push(error) },
    )
    for (let round = 1; round <= 10; round += 1) {
      await unable.drain()
      expect(errors).toHaveLength(round)
      context.time += 60
    }
    expect(await waiting(store)).toMatchObject([{ attempts: 0, due: context.time }])
    await worker().drain()
    expect(receiver.received.map(({ body }) => body.data.event_id)).toEqual([id])
  })

  it('tells nothing of what is imported, nor of what is refused', async () => {
    await importRow(proposed({ id: 'imported' }), context)
    const id = await make()
    await expect(reserve(proposed({ id }), ada, { override: false }, context)).rejects.toThrow()
    await worker().drain()
    expect(receiver.received.map(({ body }) => body.data.event_id)).toEqual([id])
  })

  it('tries eight times, by the schedule of the specification, then keeps the message as failed for a week', async () => {
    await make()
    receiver.answer(answering(500))
    const one = worker()
    const tries: number[] = []
    for (const _ of SCHEDULE) {
      await one.drain()
      tries.push(context.time)
      const [{ due } = { due: NaN }] = await waiting(store)
      context.time = due - 1
      await one.drain()
      expect(receiver.received).toHaveLength(tries.length)
      context.time = due
    }
    await one.drain()
    tries.push(context.time)
    expect(tries.slice(1).map((at, index) => at - tries[index]!)).toEqual(SCHEDULE)
    expect(outcomes).toEqual([...SCHEDULE.map(() => 'postponed'), 'given_up'])
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
    expect(new Set(receiver.received.map(({ raw }) => raw)).size).toBe(1)
    expect(receiver.received.map(({ timestamp }) => timestamp)).toEqual(tries)
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-signature'])).size).toBe(8)
    expect(receiver.invalid).toEqual([])

    expect(await store.outbox.backlog(NAME)).toMatchObject({ depth: 0, failed: 1 })
    context.time += 7 * DAY
    await worker().drain()
    expect(await store.outbox.backlog(NAME)).toMatchObject({ failed: 1 })
    context.time += 1
    await worker().drain()
    expect(await store.outbox.backlog(NAME)).toMatchObject({ failed: 0 })
    expect(receiver.received).toHaveLength(8)
  })

  it('lengthens delays by a random amount up to a tenth', async () => {
    await make()
    receiver.answer(answering(500))
    await worker({ random: () => 0.999 }).drain()
    context.time += 6
    await worker({ random: () => 0.999 }).drain()
    expect(await waiting(store)).toMatchObject([{ attempts: 2, due: context.time + 5 * MINUTE + 30 }])
  })

  it.each([
    ['seconds', '3600', HOUR],
    ['a date', new Date((TODAY + HOUR) * 1000).toUTCString(), HOUR],
    ['less than the schedule', '2', 5],
    ['more than is respected', String(30 * DAY), 10 * HOUR],
    ['nonsense', 'soon', 5],
  ])('respects Retry-After: %s', async (_name, text, wait) => {
    await make()
    receiver.answer(answering(429, { 'Retry-After': text }))
    await worker().drain()
    expect(await waiting(store)).toMatchObject([{ due: TODAY + wait }])
  })

  it('does not try again what is gone, but keeps it', async () => {
    await make()
    receiver.answer(answering(410))
    await worker().drain()
    expect(outcomes).toEqual(['given_up'])
    expect(await waiting(store)).toMatchObject([{ attempts: 1, failedAt: TODAY }])
  })

  it.each([200, 201, 202, 204, 299])('takes a %i as delivered', async (status) => {
    await make()
    receiver.answer(answering(status))
    await worker().drain()
    expect(await waiting(store)).toEqual([])
  })

  it.each([301, 302, 307, 308, 400, 401, 403, 404, 500, 503])('takes a %i as failed', async (status) => {
    const elsewhere = await webhookReceiver()
    await make()
    receiver.answer(answering(status, { Location: elsewhere.url }))
    await worker().drain()
    expect(outcomes).toEqual(['postponed'])
    expect(elsewhere.received).toEqual([])
  })

  const LYING: Record<string, Answer> = {
    'breaks off a body': (response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half')
      setImmediate(() => response.destroy())
    },
    'sends an endless body': (response) => {
      response.writeHead(200)
      const more = () => void (response.destroyed || response.write(Buffer.alloc(65_536), () => setImmediate(more)))
      more()
    },
    'sends a body and never ends it': (response) => void response.writeHead(200).write('ok'),
  }
  it.each(Object.keys(LYING))('takes a 200 as delivered that %s', async (name) => {
    await make()
    receiver.answer(LYING[name]!)
    await worker().drain()
    expect(outcomes).toEqual(['delivered'])
    expect(await waiting(store)).toEqual([])
  })

  it('tells a receiver that was killed of everything once it is back', async () => {
    const id = await make()
    await receiver.stop()
    await worker().drain()
    await note(id, 'while it was down')
    context.time += 5
    await worker().drain()
    expect(new Set(outcomes)).toEqual(new Set(['postponed']))
    await receiver.start()
    context.time += 5 * MINUTE
    await worker().drain()
    expect(new Set(receiver.revisionsOf(id))).toEqual(new Set([1, 2]))
    expect(await waiting(store)).toEqual([])
  })

  it('delivers again what a receiver has processed without answering, with the same id', async () => {
    await make()
    receiver.answer((response) => void response.destroy())
    await worker().drain()
    receiver.answer(answering(200))
    context.time += 5
    await worker().drain()
    const [first, second] = receiver.received
    expect(second).toMatchObject({ id: first!.id, raw: first!.raw, timestamp: first!.timestamp + 5 })
    expect(receiver.invalid).toEqual([])
  })

  it('keeps the order of a reservation, until one is five minutes late', async () => {
    const [id, other] = [await make(), await make()]
    await note(id, 'second')
    receiver.answer((response, { body: { data } }) =>
      answering(data.event_id === id && data.revision === 1 ? 500 : 200)(response, {} as never),
    )
    const one = worker()
    await one.drain()
    expect(receiver.revisionsOf(other)).toEqual([1])
    expect(receiver.revisionsOf(id)).toEqual([1])
    context.time = TODAY + 5
    await one.drain()
    expect(receiver.revisionsOf(id)).toEqual([1, 1])
    context.time = TODAY + 5 * MINUTE
    await one.drain()
    expect(receiver.revisionsOf(id)).toEqual([1, 1])
    context.time += 1
    await one.drain()
    expect(receiver.revisionsOf(id)).toEqual([1, 1, 2])
    receiver.answer(answering(200))
    context.time += 5 * MINUTE
    await one.drain()
    expect(receiver.revisionsOf(id)).toEqual([1, 1, 2, 1])
    expect(await waiting(store)).toEqual([])
  })

  it('signs with each of several secrets, so that they can be rotated', async () => {
    const [old, next] = [secretOf(1), secretOf(2)]
    const upgraded = await webhookReceiver({ secret: next, now: () => context.time })
    await make()
    await worker({ secrets: [old, next] }).drain()
    await make()
    await worker({ secrets: [old, next], url: upgraded.url }).drain()
    await make()
    await worker({ secrets: [old], url: upgraded.url }).drain()
    expect(receiver.invalid).toEqual([])
    expect(receiver.received).toHaveLength(1)
    expect(upgraded.received).toHaveLength(2)
    expect(upgraded.invalid).toHaveLength(1)
  })

  it('gives each receiver its own, and a slow one holds up no other', async () => {
    context = worldOf(store, { receivers: [NAME, 'slow'], sites: new Map() })
    const slow = await webhookReceiver({ now: () => context.time })
    const held: (() => void)[] = []
    slow.answer((response) => void held.push(() => response.writeHead(200).end()))
    const id = await make()
    const slowly = worker({ name: 'slow', url: slow.url }).drain()
    await expect.poll(() => held.length).toBe(1)
    await worker().drain()
    expect(receiver.revisionsOf(id)).toEqual([1])
    expect(await store.outbox.backlog('slow')).toMatchObject({ depth: 1 })
    held[0]!()
    await slowly
    expect(slow.received[0]!.id).toBe(receiver.received[0]!.id)
    expect(await waiting(store)).toEqual([])
  })

  it('stops waiting for a receiver that does not answer when the calendar stops, and delivers again later', async () => {
    await make()
    receiver.answer(() => undefined)
    const stopping = new AbortController()
    const drained = worker({ stopping: stopping.signal }).drain()
    await expect.poll(() => receiver.received.length).toBe(1)
    stopping.abort()
    await drained
    expect(outcomes).toEqual(['postponed'])
    expect(await waiting(store)).toMatchObject([{ attempts: 1, due: TODAY + 5 }])
  })
})

describe('a receiver that is down', () => {
  it('is probed with few messages after a failed round, which uses up no attempts of the others', async () => {
    const store = memoryStore()
    const context = worldOf(store, { receivers: [NAME], sites: new Map() })
    const receiver = await webhookReceiver({ now: () => context.time })
    for (let count = 0; count < 60; count += 1)
      await reserve(proposed({ site: `down-${count}` }), ada, { override: false }, context)
    receiver.answer(answering(503))
    const one = workerOf(context, { url: receiver.url })
    expect(await one.drain()).toBe('failing')
    expect(receiver.received.length).toBeLessThanOrEqual(20)
    for (let round = 0; round < 5; round += 1) {
      const before = receiver.received.length
      expect(await one.drain()).toBe('failing')
      expect(receiver.received.length - before).toBeLessThanOrEqual(2)
    }
    receiver.answer(answering(200))
    context.time += HOUR
    for (let round = 0; round < 60 && (await one.drain()) === 'failing'; round += 1);
    expect(await waiting(store)).toEqual([])
    await store.close()
  })
})

it('removes what has failed a week ago with the first call, and then once an hour', async () => {
  const removed: [string, number][] = []
  let elapsed = 5
  const { cleanUp } = receiverDestination({
    name: NAME,
    receiver: { send: () => expect.fail('nothing is sent') },
    history: () => expect.fail('no history is read'),
    outbox: { removeFailed: async (...asked) => void removed.push(asked) },
    webhookOf,
    now: () => TODAY + elapsed,
    elapsed: () => elapsed,
    random: () => 0,
  })
  for (elapsed of [5, 6, 5 + HOUR - 1, 5 + HOUR, 6 + HOUR]) await cleanUp?.()
  expect(removed).toEqual([
    [NAME, TODAY + 5 - 7 * DAY],
    [NAME, TODAY + 5 + HOUR - 7 * DAY],
  ])
})

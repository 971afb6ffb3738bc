import { randomUUID } from 'node:crypto'
import { type AttributeValue, BatchWriteItemCommand, paginateScan, QueryCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { chunksOf } from '../../src/concurrency.ts'
import { viewerOf } from '../../src/domain/access.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import { MIN_INSTANT, MAX_INSTANT, HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { reserve } from '../../src/service/reserve.ts'
import { openClient } from '../../src/store/dynamodb/client.ts'
import { dynamoStore, openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import { scratchVerificationTable } from '../../src/store/sqlite/verification-table.ts'
import { OUTBOX } from '../../src/store/dynamodb/items.ts'
import { pendingOf } from '../../src/store/dynamodb/outbox.ts'
import type { Claim, PendingMessage, Store } from '../../src/store/port.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import {
  injectFaults,
  noFaults,
  type Fault,
  type FaultProxy,
  inOrder,
  startFaultProxy,
  type FaultPlan,
} from '../fault-proxy.ts'
import { TIMEOUT_MS, READS, type FaultName, FAULT_CASES, faultsOf, LASTING, WRITES } from '../faults.ts'
import { CLAIM, claimed, joined } from '../outbox.ts'
import { ada, changing, on, scheduler, TODAY, asItIs, proposed } from '../context.ts'
import {
  assertListed,
  claimsOf,
  type Operation,
  operations,
  type Model,
  modelOf,
  type Outcome,
  outcomeOf,
  prepare,
  refusedOperations,
  type StoreContents,
  contentsOf,
  contextFor,
} from './operations.ts'

// Many at once on few processors; and some wait until the SDK has given up.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let dynamo: Dynamo
const models = new Map<Operation, Model>()
beforeAll(async () => {
  dynamo = await sharedDynamo()
  for (const operation of [...operations, ...refusedOperations]) models.set(operation, await modelOf(operation))
  // Java is slow the first times, and clients here are impatient.
  await assertConsistent(noFaults, operations)
})

const options = {
  codec: rowCodec,
  elapsed: () => performance.now() / 1000,
  newToken: () => randomUUID(),
  random: Math.random,
  report: () => undefined,
}

const storeAt = (client: Dynamo['client'], table: string, timeoutMs?: number): Store =>
  dynamoStore({ client, table }, { ...options, ...(timeoutMs !== undefined && { timeoutMs }) })

/** A table in which all is ready for some deeds, and a store that nothing stands in the way of. */
interface Stage {
  readonly table: string
  readonly direct: Store
  readonly messages: () => Promise<PendingMessage[]>
  readonly claims: readonly Claim[]
  /** What stands; that all of the table bears it out is asserted on the way. */
  readonly truth: (some: readonly Operation[]) => Promise<Map<Operation, StoreContents>>
}

async function stageFor(some: readonly Operation[]): Promise<Stage> {
  const table = await dynamo.table()
  const direct = storeAt(dynamo.client, table)
  await prepareIn(table, some)
  const all = new QueryCommand({
    TableName: table,
    KeyConditionExpression: 'event_id = :id',
    ExpressionAttributeValues: { ':id': { S: OUTBOX } },
  })
  const messages = async () => ((await dynamo.client.send(all)).Items ?? []).map(pendingOf)
  const dayItems = openDayIndex({ client: dynamo.client, table }, options)
  async function contents(asked: readonly Operation[]) {
    for await (const finding of dayItems.verify(scratchVerificationTable()))
      expect(finding).toMatchObject({ severity: 'notice' })
    return contentsOf(direct, asked, await messages())
  }
  return { table, direct, messages, claims: await claimed(direct), truth: contents }
}

const prepared = new Map<readonly Operation[], Promise<Item[]>>()

/** Writes what deeds need beforehand: through a store the first time, and then as a copy of what that made. */
async function prepareIn(table: string, some: readonly Operation[]): Promise<void> {
  const known = prepared.get(some)
  if (!known) {
    const created = prepare(storeAt(dynamo.client, table), some).then(() => itemsIn(table))
    prepared.set(some, created)
    return void (await created)
  }
  const puts = (await known).map((Item) => ({ PutRequest: { Item } }))
  for (let from = 0; from < puts.length; from += 25) {
    await dynamo.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts.slice(from, from + 25) } }))
  }
}

type Item = Record<string, AttributeValue>

async function itemsIn(TableName: string): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of paginateScan({ client: dynamo.client }, { TableName })) items.push(...(page.Items ?? []))
  return items
}

/** In milliseconds. */
interface Timeouts {
  /** For a change, with others in its way. */
  readonly change?: number
  /** For each response of DynamoDB. */
  readonly response?: number
}

/** For a fault that falls once and must be answered: nothing but the fault may time out, however busy the machine. */
const ONCE: Timeouts = { change: 60_000, response: 4000 }

/** A store behind a proxy of its own. */
async function storeUnder(
  faultPlan: FaultPlan,
  table: string,
  timeouts?: Timeouts,
): Promise<{ store: Store; proxy: FaultProxy }> {
  const proxy = await startFaultProxy(dynamo.endpoint, faultPlan)
  return { proxy, store: storeBehind(proxy, table, timeouts) }
}

const storeBehind = (
  { endpoint }: FaultProxy,
  table: string,
  { change, response = TIMEOUT_MS }: Timeouts = {},
): Store => storeAt(openClient({ region: 'us-east-1', endpoint, local: true, timeoutMs: response }), table, change)

/** Those that differ in what they read. */
const READING = [
  'reserve',
  'amend, moving to another site and project',
  'restore',
  'expire what LCO planned',
  'import a row',
]
const reading = [...operations.filter(({ name }) => READING.includes(name)), ...refusedOperations]
const readingOften = reading.filter(({ name }) =>
  ['reserve', 'reserve what is taken', 'cancel what is not there'].includes(name),
)

const passes = (name: FaultName) => !LASTING.includes(name)

const isUnknown = (outcome: Outcome) => 'refused' in outcome && outcome.refused === 'unavailable'

/** Does deeds through bad weather, each behind a proxy of its own, so that one's faults are not another's. */
async function runUnder(
  faultPlan: FaultPlan,
  some: readonly Operation[],
  { table, claims }: Stage,
  timeouts?: Timeouts,
) {
  return Promise.all(
    some.map(async (operation) => {
      const { store, proxy } = await storeUnder(faultPlan, table, timeouts)
      const theirs = claimsOf(operation, claims)
      const outcome = await outcomeOf(operation.run(contextFor(store), theirs))
      await store.close()
      return {
        deed: operation,
        proxy,
        outcome,
        again: (direct: Store) => outcomeOf(operation.run(contextFor(direct), theirs)),
      }
    }),
  )
}

/**
 * Does deeds through bad weather, and asserts that each answer is true: done once, wholly, as it would have been in fair
 * weather; or not known, and then wholly done or wholly not, and done when it is tried again.
 * @returns how many were answered
 */
async function assertConsistent(
  faultPlan: FaultPlan,
  some: readonly Operation[],
  timeouts?: Timeouts,
): Promise<number> {
  const stage = await stageFor(some)
  const tried = await runUnder(faultPlan, some, stage, timeouts)
  await Promise.all(tried.map(({ proxy }) => proxy.stop()))

  const contents = await stage.truth(some)
  for (const { deed: operation, outcome } of tried) {
    const { before, once } = models.get(operation)!
    if (isUnknown(outcome)) expect([before, once.truth], operation.name).toContainEqual(contents.get(operation))
    else expect({ outcome, truth: contents.get(operation) }, operation.name).toEqual(once)
  }

  const unknown = tried.filter(({ outcome }) => isUnknown(outcome))
  if (unknown.length === 0) return tried.length
  const repeated = await Promise.all(unknown.map(({ again }) => again(stage.direct)))
  const settled = await stage.truth(unknown.map(({ deed: operation }) => operation))
  for (const [index, { deed: operation }] of unknown.entries()) {
    const { before, once, twice } = models.get(operation)!
    const had = { outcome: repeated[index], truth: settled.get(operation) }
    if (same(contents.get(operation), before)) expect(had, `${operation.name}, again`).toEqual(once)
    // What is done already need not be done again; of an amendment nobody can tell.
    else expect([twice, { ...twice, truth: once.truth }], `${operation.name}, again`).toContainEqual(had)
  }
  return tried.length - unknown.length
}

const same = (a: unknown, b: unknown) => {
  try {
    expect(a).toEqual(b)
    return true
  } catch {
    return false
  }
}

describe.concurrent('a change on which a fault falls as it is written is answered truly, and settled by being tried again', () => {
  // What is not carried out was never seen to be a write: deeds that read alike are alike in it.
  const fitting = (carriedOut: 'yes' | 'no' | 'late') => (carriedOut === 'no' ? reading : operations)

  it.each(faultsOf(WRITES))('once: %s', async (name, { fault, only, carriedOut }) => {
    const answered = await assertConsistent(injectFaults(fault, only, 1), fitting(carriedOut), ONCE)
    if (passes(name)) expect(answered).toBe(fitting(carriedOut).length)
  })

  it.each(faultsOf(WRITES))('every time: %s', async (_, { fault, only, carriedOut }) => {
    await assertConsistent(injectFaults(fault, only), carriedOut === 'no' ? readingOften : operations, {
      change: TIMEOUT_MS,
    })
  })

  const [lost, late, conflict, progress] = (
    ['resetAfterCommit', 'resetThenLate', 'inConflict', 'inProgress'] as const
  ).map((name) => FAULT_CASES[name].fault)
  const write = (...faults: Parameters<typeof inOrder>[1][]) => inOrder('TransactWriteItems', ...faults)

  it.each([
    ['it is done, and the second sending meets the first', write(lost, conflict)],
    [
      'it is done, and the second sending meets the first, time and again',
      write(lost, conflict, lost, conflict, lost, conflict),
    ],
    ['it is done, and DynamoDB is said to be still at it', write(lost, progress)],
    ['it is on its way, and the second sending meets another', write(late, conflict)],
    [
      'it is on its way, and all others meet another',
      write(late, conflict, conflict, conflict, conflict, conflict, conflict),
    ],
    [
      'it is on its way twice, and then refused for its condition',
      write(late, late, FAULT_CASES.conditionFailed.fault),
    ],
    ['it is done, and then the table is gone', write(lost, FAULT_CASES.tableGone.fault)],
    ['it is done, and then the credentials run out', write(lost, FAULT_CASES.expiredToken.fault)],
  ])('one after the other: %s', async (_, faultPlan) => {
    await assertConsistent(faultPlan, operations)
  })

  it('when the answer is lost, and nothing can be read afterwards', async () => {
    let written = false
    const faultPlan: FaultPlan = (operation) => {
      written ||= WRITES.includes(operation)
      return written ? FAULT_CASES.resetAfterCommit.fault : undefined
    }
    await assertConsistent(faultPlan, operations.slice(0, 1))
  })
})

describe.concurrent('a change that is not answered is settled by being tried again', () => {
  it.each(['failedThenLate', 'resetThenLate', 'hung'] as const)(
    'while the first is still on its way: %s',
    async (name) => {
      const stage = await stageFor(operations)
      const tried = await runUnder(injectFaults(FAULT_CASES[name].fault, WRITES), operations, stage)
      const repeated = await Promise.all(tried.map(({ again }) => again(stage.direct)))
      await Promise.all(tried.map(({ proxy }) => proxy.stop()))
      const contents = await stage.truth(operations)
      await assertListed(stage.direct, contents)
      for (const [index, { deed: operation }] of tried.entries()) {
        const { once, twice } = models.get(operation)!
        expect([once, twice, { ...twice, truth: once.truth }], operation.name).toContainEqual({
          outcome: repeated[index],
          truth: contents.get(operation),
        })
      }
    },
  )
})

describe('a change', () => {
  it('is known again, though it arrived late and another has come since', async () => {
    const table = await dynamo.table()
    const direct = storeAt(dynamo.client, table)
    const { reservation } = await reserve(proposed({ site: 'late' }), ada, { override: false }, contextFor(direct))
    const noting = (note: string, store: Store) =>
      amend(
        { reference: reservation, change: (before) => ({ ...before, note }), override: false },
        ada,
        contextFor(store),
      )

    const [sending, arrival] = [event(), event()]
    const stray: Fault = async (call) => {
      await call.read()
      call.reset()
      await sending.happened
      await call.deliver()
      arrival.happens()
    }
    const overtaken: Fault = async (call) => {
      sending.happens()
      await arrival.happened
      await noting('another', direct)
      call.answer(await call.deliver())
    }
    const { store, proxy } = await storeUnder(
      inOrder('TransactWriteItems', stray, FAULT_CASES.inConflict.fault, overtaken),
      table,
    )
    expect(await noting('the late one', store)).toMatchObject({ revision: 2 })
    await store.close()
    await proxy.stop()
    expect((await direct.history(reservation.id)).map(({ after }) => after?.note)).toEqual([
      '',
      'the late one',
      'another',
    ])
  })

  it('gives up as early with others at its site that are not answered either as without them', async () => {
    const table = await dynamo.table()
    await storeAt(dynamo.client, table).change({ ids: [] }, () => ({ changes: [], answer: undefined }))
    const { store, proxy } = await storeUnder(injectFaults(FAULT_CASES.hung.fault, WRITES), table, {
      change: TIMEOUT_MS,
    })
    const many = Array.from({ length: 8 }, (_, hour) =>
      proposed({ site: 'silent', start: on(9, '00:00') + hour * HOUR }),
    )
    const outcomes = await Promise.all(
      many.map((one) => outcomeOf(reserve(one, ada, { override: false }, contextFor(store)))),
    )
    for (const outcome of outcomes) expect(outcome).toEqual({ refused: 'unavailable' })
    expect(proxy.counts.get('TransactWriteItems')).toBeLessThanOrEqual(3 * many.length)
    await store.close()
    await proxy.stop()
  })

  function event() {
    let happens = () => {}
    const happened = new Promise<void>((resolve) => (happens = resolve))
    return { happens: () => happens(), happened }
  }
})

describe.concurrent('a change on which a fault falls as it looks at what stands is answered truly', () => {
  it.each(faultsOf(READS))('once: %s', async (name, { fault, only }) => {
    const answered = await assertConsistent(injectFaults(fault, only, 1), reading, ONCE)
    if (passes(name)) expect(answered).toBe(reading.length)
  })

  it.each(faultsOf(READS))('every time: %s', async (_, { fault, only }) => {
    await assertConsistent(injectFaults(fault, only), readingOften)
  })
})

describe.concurrent('a question on which a fault falls is answered truly, or not at all', () => {
  const site = 'asked'
  const during = { start: MIN_INSTANT, end: MAX_INSTANT }
  const QUESTIONS: Record<string, (store: Store) => Promise<unknown>> = {
    find: (store) => store.find('asked 1'),
    'list of a site': (store) => store.list({ sites: [site], during }, asItIs),
    'list of a night': (store) =>
      store.list({ sites: [site], during: { start: on(9, '00:00'), end: on(9, '12:00') } }, asItIs),
    "list of an observer's": (store) => store.list({ observer: ada.id, endingFrom: TODAY }, asItIs),
    'list as bytes': async (store) =>
      new TextDecoder().decode(await store.listBytes({ sites: [site], during }, viewerOf(anonymous))),
    history: (store) => store.history('asked 1'),
    all: async (store) => {
      const all: Reservation[] = []
      for await (const { reservation } of store.all()) all.push(reservation)
      return all.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },
    'how many messages there are': (store) => store.outbox.backlog(),
    ping: (store) => store.ping(),
  }
  let table: string
  const right = new Map<string, unknown>()
  /** How often each operation is asked for a question in fair weather. */
  const asking = new Map<string, ReadonlyMap<string, number>>()

  beforeAll(async () => {
    table = await dynamo.table()
    const direct = storeAt(dynamo.client, table)
    const context = contextFor(direct)
    const project = { name: 'M31', createdAt: '2030-01-01' }
    for (let hour = 0; hour < 12; hour += 1) {
      const start = on(9, '00:00') + hour * HOUR
      await reserve(
        proposed({ id: `asked ${hour}`, site, start, ...(hour < 3 && { project }) }),
        ada,
        { override: false },
        context,
      )
    }
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      const { store, proxy } = await storeUnder(noFaults, table)
      right.set(name, await ask(store))
      asking.set(name, proxy.counts)
      await store.close()
      await proxy.stop()
    }
    expect(right.get('list of a site')).toHaveLength(12)
    expect(right.get('how many messages there are')).toEqual({ depth: 3, oldest: TODAY })
  })

  it.each(faultsOf(READS))('%s', async (fallen, { fault, only }) => {
    const asked = Object.entries(QUESTIONS).flatMap(([name, ask]) =>
      [...asking.get(name)!]
        .filter(([operation]) => only.includes(operation))
        .flatMap(([operation, count]) => [
          { name, ask, weather: injectFaults(fault, [operation], 1), once: true },
          { name, ask, weather: injectFaults(fault, [operation]), once: false },
          ...(count > 1 ? [{ name, ask, weather: inOrder(operation, undefined, fault), once: true }] : []),
        ]),
    )
    const outcomes = await Promise.all(
      asked.map(async ({ name, ask, weather: faultPlan, once }) => {
        const { store, proxy } = await storeUnder(faultPlan, table, once ? ONCE : {})
        const outcome = await outcomeOf(ask(store))
        await store.close()
        await proxy.stop()
        return { name, outcome, once }
      }),
    )
    for (const { name, outcome, once } of outcomes) {
      if (!isUnknown(outcome) || (once && passes(fallen)))
        expect({ name, outcome }).toEqual({ name, outcome: { answer: right.get(name) } })
    }
  })
})

describe.concurrent('a project that is taken off many, while faults fall on what is read of them', () => {
  const OFTEN = ['ExecuteStatement', 'BatchGetItem']
  const m31 = { name: 'M31', createdAt: '2030' }

  it.each(faultsOf(OFTEN))('%s', async (name, { fault, only }) => {
    for (const max of [1, Infinity]) {
      const { table, direct, truth: contents } = await stageFor([])
      const many = Array.from({ length: 60 }, (__, n) =>
        proposed({
          site: 'many',
          id: `many-${n}`,
          start: on(9, '00:00') + n * 600,
          end: on(9, '00:00') + (n + 1) * 600,
          project: m31,
        }),
      )
      for (const some of chunksOf(many, direct.maxBatch))
        await changing(
          direct,
          some.map((after) => ({ after })),
        )
      const references = [...many.map(({ id }) => ({ id })), { id: 'nobody' }]
      const { store, proxy } = await storeUnder(injectFaults(fault, only, max), table, max === 1 ? ONCE : {})
      const outcome = await outcomeOf(attachProject(undefined, references, scheduler, contextFor(store)))
      await store.close()
      await proxy.settled()
      await proxy.stop()
      const right = references.map(({ id }) => ({ id, status: id === 'nobody' ? 'not_found' : 'updated' }))
      const left = async () =>
        (await direct.list({ sites: ['many'], during: { start: MIN_INSTANT, end: MAX_INSTANT } }, asItIs)).filter(
          ({ reservation }) => reservation.project,
        )
      if (!isUnknown(outcome) || (max === 1 && passes(name)))
        expect([outcome, await left()]).toEqual([{ answer: right }, []])
      expect(await attachProject(undefined, references, scheduler, contextFor(direct))).toEqual(right)
      expect(await left()).toEqual([])
      for (const { id } of many) expect(await direct.history(id)).toHaveLength(2)
      await contents([])
    }
  })
})

describe.concurrent('a claim on which a fault falls is had by one, or lapses', () => {
  it.each(faultsOf(['Query', 'UpdateItem']))('%s', async (name, { fault, only }) => {
    for (const max of [1, Infinity]) {
      const table = await dynamo.table()
      const direct = storeAt(dynamo.client, table)
      const one = proposed({ site: 'claimed' })
      await changing(direct, [{ after: one, messages: [joined(one.id), joined(one.id, 'M42'), joined(one.id, 'M45')] }])
      const { store, proxy } = await storeUnder(
        injectFaults(
          fault,
          only.filter((operation) => ['Query', 'UpdateItem'].includes(operation)),
          max,
        ),
        table,
        max === 1 ? ONCE : {},
      )
      const outcome = await outcomeOf(claimed(store, TODAY))
      await store.close()
      await proxy.settled()
      const mine = 'answer' in outcome ? (outcome.answer as Claim[]) : []
      if (!('answer' in outcome)) expect(outcome).toEqual({ refused: 'unavailable' })
      if (max === 1 && passes(name)) expect(mine).toHaveLength(3)
      const others = await claimed(direct, TODAY)
      const names = [...mine, ...others].map(({ message }) => message.project.name)
      expect(new Set(names).size).toBe(names.length)
      for (const claim of mine) await direct.outbox.remove(claim)
      for (const claim of others) await direct.outbox.remove(claim)
      // What nobody knows to have is nobody's when it has lapsed.
      const left = await claimed(direct, TODAY + CLAIM)
      expect([...names, ...left.map(({ message }) => message.project.name)].toSorted()).toEqual(['M31', 'M42', 'M45'])
      await proxy.stop()
    }
  })
})

describe.concurrent('what became of a message is kept in spite of a fault that passes', () => {
  it.each(faultsOf(['UpdateItem', 'DeleteItem']).filter(([name]) => passes(name)))('%s', async (_, { fault, only }) => {
    const table = await dynamo.table()
    const direct = storeAt(dynamo.client, table)
    const one = proposed({ site: 'told' })
    await changing(direct, [{ after: one, messages: [joined(one.id), joined(one.id, 'M42')] }])
    const claims = (await claimed(direct)).toSorted((a, b) =>
      a.message.project.name < b.message.project.name ? -1 : 1,
    )
    const { store, proxy } = await storeUnder(
      injectFaults(
        fault,
        only.filter((operation) => ['UpdateItem', 'DeleteItem'].includes(operation)),
        1,
      ),
      table,
      ONCE,
    )
    await store.outbox.remove(claims[0]!)
    await store.outbox.postpone(claims[1]!, TODAY + 5, true)
    await store.close()
    await proxy.settled()
    await proxy.stop()
    expect((await claimed(direct, TODAY + 5)).map(({ message, attempts }) => [message, attempts])).toEqual([
      [joined(one.id, 'M42'), 2],
    ])
  })
})

describe('many who write at once, while faults fall on every fifth request', () => {
  it.each([1, 2, 3, 4, 5])('never have the same time: chance %i', async (seed) => {
    const stage = await stageFor([])
    const roll = rolling(seed)
    const names = faultsOf(['TransactWriteItems', 'Query', 'BatchGetItem', 'GetItem']).map(([name]) => name)
    const quick = names.filter((name) => !SLOW.includes(name))
    const faultPlan: FaultPlan = (operation) => {
      if (roll() >= 0.2) return undefined
      const fitting = faultsOf([operation]).filter(([name]) => quick.includes(name))
      return fitting[Math.floor(roll() * fitting.length)]?.[1].fault
    }
    const proxy = await startFaultProxy(dynamo.endpoint, faultPlan)
    // As many processes: within one, changes at a site wait for each other.
    const stores = Array.from({ length: 4 }, () => storeBehind(proxy, stage.table))
    const expected = Array.from({ length: 16 }, (_, index) => {
      const observer = { ...ada, id: `auth0|racer-${index}` }
      return {
        observer,
        one: proposed({
          site: 'raced',
          by: observer,
          id: `race-${index}`,
          start: on(9, '03:00') + (index % 4) * 10 * 60,
        }),
      }
    })
    const outcomes = await Promise.all(
      expected.map(({ observer, one }, index) =>
        outcomeOf(reserve(one, observer, { override: false }, contextFor(stores[index % stores.length]!))),
      ),
    )
    await Promise.all(stores.map((store) => store.close()))
    await proxy.stop()

    await stage.truth([])
    const stored = (
      await stage.direct.list({ sites: ['raced'], during: { start: MIN_INSTANT, end: MAX_INSTANT } }, asItIs)
    ).map(({ reservation }) => reservation)
    expect(stored.filter((one) => stored.some((other) => other !== one && conflicts(one, other)))).toEqual([])
    for (const [index, { one, observer }] of expected.entries()) {
      const outcome = outcomes[index]!
      expect(outcome).not.toHaveProperty('bug')
      const stands = stored.some(({ id }) => id === one.id)
      if (!isUnknown(outcome)) expect(stands).toBe('answer' in outcome)
      expect(await stage.direct.find(one.id)).toHaveLength(stands ? 1 : 0)
      expect(await stage.direct.history(one.id)).toHaveLength(stands ? 1 : 0)
      expect(await stage.direct.list({ observer: observer.id, endingFrom: MIN_INSTANT }, asItIs)).toHaveLength(
        stands ? 1 : 0,
      )
    }
  })

  /** Those that take a client's patience. */
  const SLOW: readonly FaultName[] = ['hung', 'answerLost', 'slow', 'stalled']

  /** Chance that can be had again (mulberry32). */
  const rolling = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
})

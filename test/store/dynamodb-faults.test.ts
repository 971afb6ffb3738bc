import { type AttributeValue, paginateScan, QueryCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { chunksOf } from '../../src/concurrency.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import { MIN_INSTANT, MAX_INSTANT, HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { reserve } from '../../src/service/reserve.ts'
import { openClient } from '../../src/store/dynamodb/client.ts'
import { dynamoStore, openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import { scratchVerificationTable } from '../../src/store/sqlite/verification-table.ts'
import { idOfHistory, OUTBOX, WEBHOOKS, revisionKey } from '../../src/store/dynamodb/items.ts'
import { pendingOf } from '../../src/store/dynamodb/messages.ts'
import { openRequests } from '../../src/store/dynamodb/requests.ts'
import type { Claim, Store } from '../../src/store/port.ts'
import { dynamoOptions } from '../dynamo-store.ts'
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
import { TIMEOUT_MS, READS, type FaultName, FAULT_CASES, faultsOf, faultsOfReads, LASTING, WRITES } from '../faults.ts'
import { CLAIM, claimed, joined, toProjects } from '../outbox.ts'
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

// Many run at once on few processors, and some wait until the SDK has given up.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let dynamo: Dynamo
const models = new Map<Operation, Model>()
beforeAll(async () => {
  dynamo = await sharedDynamo()
  for (const operation of [...operations, ...refusedOperations]) models.set(operation, await modelOf(operation))
  // Java is slow at first, and clients here have short time-outs.
  await assertConsistent(noFaults, operations)
})

const storeAt = (client: Dynamo['client'], table: string, timeoutMs?: number): Store =>
  dynamoStore({ client, table }, dynamoOptions(timeoutMs === undefined ? {} : { timeoutMs }))

/** A table in which some operations are prepared, and a store without faults in their way. */
interface Stage {
  readonly table: string
  readonly direct: Store
  readonly claims: readonly Claim[]
  /** What the table holds of operations. Asserts that its day index agrees with its rows. */
  readonly contents: (some: readonly Operation[]) => Promise<Map<Operation, StoreContents>>
}

const stages = new Map<readonly Operation[], () => Promise<{ table: string; result: Claim[] }>>()

async function stageFor(some: readonly Operation[]): Promise<Stage> {
  const prepared =
    stages.get(some) ??
    preparedTables(async (store) => {
      await prepare(store, some)
      return claimed(store)
    })
  stages.set(some, prepared)
  const { table, result: claims } = await prepared()
  const direct = storeAt(dynamo.client, table)
  const all = [OUTBOX, WEBHOOKS].map(
    (partition) =>
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'event_id = :id',
        ExpressionAttributeValues: { ':id': { S: partition } },
      }),
  )
  async function contents(asked: readonly Operation[]) {
    await assertVerified(table)
    // One that was sent before may only be carried out now.
    await vi.waitFor(() => assertFed(direct, table), 10_000)
    const answers = await Promise.all(all.map((query) => dynamo.client.send(query)))
    const messages = answers.flatMap(({ Items = [] }) => Items.map(pendingOf))
    return contentsOf(direct, asked, messages)
  }
  return { table, direct, claims, contents }
}

async function assertVerified(table: string): Promise<void> {
  const dayIndex = openDayIndex({ client: dynamo.client, table }, dynamoOptions())
  for await (const finding of dayIndex.verify(scratchVerificationTable()))
    expect(finding).toMatchObject({ severity: 'notice' })
}

/** Asserts that the feed has each revision once, and those of a reservation in order. */
async function assertFed({ feed }: Store, table: string): Promise<void> {
  const { positions } = await feed.end()
  const { id: begin } = feed.cursorAt(new Map([['', positions.get('') ?? expect.fail()]]))
  const told = new Map<string, number[]>()
  for (let at = begin, left = 1; left > 0;) {
    const { entries, next, remaining } = (await feed.since(at, 1000)) ?? expect.fail('the feed has a gap')
    for (const { revision } of entries) told.set(revision.id, [...(told.get(revision.id) ?? []), revision.number])
    ;[at, left] = [next.id, remaining]
  }
  const recorded = new Map<string, number[]>()
  for (const { event_id, start } of await itemsIn(table)) {
    const id = idOfHistory(event_id?.S ?? '')
    if (id !== undefined) recorded.set(id, [...(recorded.get(id) ?? []), Number(start?.S)])
  }
  const inOrder = [...recorded].map(([id, numbers]) => [id, numbers.toSorted((a, b) => a - b)] as const)
  expect(told).toEqual(new Map(inOrder))
}

/** Makes tables that hold what `work` writes: through a store the first time, then as copies of its items. */
function preparedTables<T>(work: (store: Store) => Promise<T>): () => Promise<{ table: string; result: T }> {
  let first: Promise<{ items: Item[]; result: T }> | undefined
  return async () => {
    const table = await dynamo.table()
    if (first) {
      const { items, result } = await first
      await dynamo.putAll(table, items)
      return { table, result }
    }
    first = work(storeAt(dynamo.client, table)).then(async (result) => ({ items: await itemsIn(table), result }))
    return { table, result: (await first).result }
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
  /** For a change that conflicts with others. */
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

const named = (...names: readonly string[]) =>
  [...operations, ...refusedOperations].filter(({ name }) => names.includes(name))

/** Each way to write: a row, rows at two sites, no row, several rows; a message deleted, and one updated. */
const changes = named('reserve', 'amend, moving to another site and project', 'cancel', 'attach a project')
const writing = [...changes, ...named('deliver a message', 'postpone a message', 'give a message back')]
const writingOften = named('reserve', 'deliver a message', 'postpone a message')
/** Each way to read: rows, windows of two sites, many day items, a history, the plan of LCO, rows that overlap, nothing. */
const reading = named(
  'amend, moving to another site and project',
  'reserve for a month',
  'restore',
  'expire what LCO planned',
  'reserve what is taken',
  'cancel what is not there',
)
const readingOften = named('reserve for a month', 'reserve what is taken')

const passes = (name: FaultName) => !LASTING.includes(name)

const isUnknown = (outcome: Outcome) => 'refused' in outcome && outcome.refused === 'unavailable'

/** Runs operations under faults, each behind a proxy of its own, so that one's faults are not another's. */
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
        operation,
        proxy,
        outcome,
        again: (direct: Store) => outcomeOf(operation.run(contextFor(direct), theirs)),
      }
    }),
  )
}

/**
 * Runs operations under faults, and asserts that each answer is true: run once, completely, as without faults; or
 * unavailable, and then run completely or not at all, and complete once it is repeated.
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

  const contents = await stage.contents(some)
  for (const { operation, outcome } of tried) {
    const { before, once } = models.get(operation)!
    if (isUnknown(outcome)) expect([before, once.truth], operation.name).toContainEqual(contents.get(operation))
    else expect({ outcome, truth: contents.get(operation) }, operation.name).toEqual(once)
  }

  const unknown = tried.filter(({ outcome }) => isUnknown(outcome))
  if (unknown.length === 0) return tried.length
  const repeated = await Promise.all(unknown.map(({ again }) => again(stage.direct)))
  const settled = await stage.contents(unknown.map(({ operation }) => operation))
  for (const [index, { operation }] of unknown.entries()) {
    const { before, once, twice } = models.get(operation)!
    const had = { outcome: repeated[index], truth: settled.get(operation) }
    if (same(contents.get(operation), before)) expect(had, `${operation.name}, again`).toEqual(once)
    // What was written is not written again, except by an amendment, which may be.
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

describe.concurrent('a write that meets a fault is answered truly, and completed by repeating it', () => {
  it.each(faultsOf(WRITES))('once: %s', async (name, { fault, only }) => {
    const answered = await assertConsistent(injectFaults(fault, only, 1), writing, ONCE)
    if (passes(name)) expect(answered).toBe(writing.length)
  })

  it.each(faultsOf(WRITES))('every time: %s', async (_, { fault, only, carriedOut }) => {
    await assertConsistent(injectFaults(fault, only), carriedOut === 'no' ? writingOften : writing, {
      change: TIMEOUT_MS,
    })
  })

  const [lost, late, conflict, progress] = (
    ['resetAfterCommit', 'resetThenLate', 'inConflict', 'inProgress'] as const
  ).map((name) => FAULT_CASES[name].fault)
  const write = (...faults: Parameters<typeof inOrder>[1][]) => inOrder('TransactWriteItems', ...faults)

  it.each([
    ['committed, and the second sending conflicts with the first', operations, write(lost, conflict)],
    [
      'committed, and the second sending conflicts with the first, three times',
      changes,
      write(lost, conflict, lost, conflict, lost, conflict),
    ],
    ['committed, and then reported to be in progress', changes, write(lost, progress)],
    ['delayed, and the second sending conflicts', changes, write(late, conflict)],
    [
      'delayed, and all further sendings conflict',
      changes,
      write(late, conflict, conflict, conflict, conflict, conflict, conflict),
    ],
    [
      'delayed twice, and then refused for its condition',
      changes,
      write(late, late, FAULT_CASES.conditionFailed.fault),
    ],
    ['committed, and then the table is gone', changes, write(lost, FAULT_CASES.tableGone.fault)],
    ['committed, and then the credentials expire', changes, write(lost, FAULT_CASES.expiredToken.fault)],
  ])('one after the other: %s', async (name, some, faultPlan) => {
    const answered = await assertConsistent(faultPlan, some, ONCE)
    // What was committed is found by looking for it.
    if (name.startsWith('committed')) expect(answered).toBe(some.length)
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

describe.concurrent('a write that is not answered is completed by repeating it', () => {
  it.each([
    ['failedThenLate', writing],
    ['resetThenLate', operations],
    ['hung', writing],
  ] as const)('while the first is still on its way: %s', async (name, some) => {
    const stage = await stageFor(some)
    const tried = await runUnder(injectFaults(FAULT_CASES[name].fault, WRITES), some, stage)
    const repeated = await Promise.all(tried.map(({ again }) => again(stage.direct)))
    await Promise.all(tried.map(({ proxy }) => proxy.stop()))
    const contents = await stage.contents(some)
    await assertListed(stage.direct, contents)
    for (const [index, { operation }] of tried.entries()) {
      const { once, twice } = models.get(operation)!
      expect([once, twice, { ...twice, truth: once.truth }], operation.name).toContainEqual({
        outcome: repeated[index],
        truth: contents.get(operation),
      })
    }
  })
})

describe.concurrent('a change', () => {
  it('is recognized as committed, though it arrived late and another has been committed since', async () => {
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

  it('gives up as early with unanswered others at its site as without them', async () => {
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
    expect(proxy.counts.get('TransactWriteItems') ?? 0).toBeLessThanOrEqual(3 * many.length)
    await store.close()
    await proxy.stop()
  })

  function event() {
    let happens = () => {}
    const happened = new Promise<void>((resolve) => (happens = resolve))
    return { happens: () => happens(), happened }
  }
})

describe.concurrent('a change whose reads meet a fault is answered truly', () => {
  it.each(faultsOfReads(READS))('once: %s', async (name, { fault, only }) => {
    const answered = await assertConsistent(injectFaults(fault, only, 1), reading, ONCE)
    if (passes(name)) expect(answered).toBe(reading.length)
  })

  it.each(faultsOfReads(READS))('every time: %s', async (_, { fault, only }) => {
    await assertConsistent(injectFaults(fault, only), readingOften)
  })
})

describe.concurrent('a query that meets a fault is answered truly, or not at all', () => {
  const site = 'asked'
  const during = { start: MIN_INSTANT, end: MAX_INSTANT }
  const QUERIES: Record<string, (store: Store) => Promise<unknown>> = {
    find: (store) => store.find('asked 1'),
    'list of a site': (store) => store.list({ sites: [site], during }, asItIs),
    "list of an observer's": (store) => store.list({ observer: ada.id, endingFrom: TODAY }, asItIs),
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
  /** How many requests of each operation a query takes without faults. */
  const requestsOf = new Map<string, ReadonlyMap<string, number>>()

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
    for (const [name, ask] of Object.entries(QUERIES)) {
      const { store, proxy } = await storeUnder(noFaults, table)
      right.set(name, await ask(store))
      requestsOf.set(name, proxy.counts)
      await store.close()
      await proxy.stop()
    }
    expect(right.get('list of a site')).toHaveLength(12)
    expect(right.get('how many messages there are')).toEqual({ depth: 3, oldest: TODAY })
  })

  it.each(faultsOfReads(READS))('%s', async (fallen, { fault, only }) => {
    const asked = Object.entries(QUERIES).flatMap(([name, ask]) =>
      [...requestsOf.get(name)!]
        .filter(([operation]) => only.includes(operation))
        .flatMap(([operation, count]) => [
          { name, ask, faultPlan: injectFaults(fault, [operation], 1), once: true },
          { name, ask, faultPlan: injectFaults(fault, [operation]), once: false },
          ...(count > 1 ? [{ name, ask, faultPlan: inOrder(operation, undefined, fault), once: true }] : []),
        ]),
    )
    const outcomes = await Promise.all(
      asked.map(async ({ name, ask, faultPlan, once }) => {
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

describe.concurrent('a project is detached from many, though reads of many ids meet a fault', () => {
  const READS_OF_MANY = ['ExecuteStatement', 'BatchGetItem']
  const many = Array.from({ length: 30 }, (_, n) =>
    proposed({
      site: 'many',
      id: `many-${n}`,
      start: on(9, '00:00') + n * 600,
      end: on(9, '00:00') + (n + 1) * 600,
      project: { name: 'M31', createdAt: '2030' },
    }),
  )
  // More than one statement names, of which more have a project than one change takes it off.
  const references = many.flatMap(({ id }) => [{ id }, { id: `${id} of nobody` }])
  const right = references.map(({ id }) => ({ id, status: id.includes('nobody') ? 'not_found' : 'updated' }))
  const attachedIn = async (store: Store) =>
    (await store.list({ sites: ['many'], during: { start: MIN_INSTANT, end: MAX_INSTANT } }, asItIs)).filter(
      ({ reservation }) => reservation.project,
    )
  const prepared = preparedTables(async (store) => {
    for (const some of chunksOf(many, store.bulk.size))
      await changing(
        store,
        some.map((after) => ({ after })),
      )
  })

  async function assertDetached(faultPlan: FaultPlan, mustAnswer: boolean, timeouts?: Timeouts): Promise<void> {
    const { table } = await prepared()
    const direct = storeAt(dynamo.client, table)
    const { store, proxy } = await storeUnder(faultPlan, table, timeouts)
    const outcome = await outcomeOf(attachProject(undefined, references, scheduler, contextFor(store)))
    await store.close()
    await proxy.stop()
    if (mustAnswer || !isUnknown(outcome)) expect([outcome, await attachedIn(direct)]).toEqual([{ answer: right }, []])
    expect(await attachProject(undefined, references, scheduler, contextFor(direct))).toEqual(right)
    expect(await attachedIn(direct)).toEqual([])
    const requests = openRequests({ client: dynamo.client, table })
    const numbered = (number: number) => requests.getAll(many.map(({ id }) => revisionKey(id, number)))
    expect(await numbered(2)).toHaveLength(many.length)
    expect(await numbered(3)).toEqual([])
    await assertVerified(table)
  }

  it.each(faultsOfReads(READS_OF_MANY))('once: %s', (name, { fault, only }) =>
    assertDetached(injectFaults(fault, only, 1), passes(name), ONCE),
  )

  it.each(faultsOfReads(READS_OF_MANY))('every time: %s', (_, { fault, only }) =>
    assertDetached(injectFaults(fault, only), false),
  )
})

describe.concurrent('a claim that meets a fault is held by one worker, or lapses', () => {
  const CLAIMING = ['Query', 'UpdateItem']
  const one = proposed({ site: 'claimed' })
  const prepared = preparedTables((store) =>
    changing(store, [{ after: one, messages: [joined(one.id), joined(one.id, 'M42'), joined(one.id, 'M45')] }]),
  )

  async function assertClaimedOnce(faultPlan: FaultPlan, mustAnswer: boolean, timeouts?: Timeouts): Promise<void> {
    const { table } = await prepared()
    const direct = storeAt(dynamo.client, table)
    const { store, proxy } = await storeUnder(faultPlan, table, timeouts)
    const outcome = await outcomeOf(claimed(store, TODAY))
    await store.close()
    await proxy.stop()
    const mine = 'answer' in outcome ? (outcome.answer as Claim[]) : []
    if (!('answer' in outcome)) expect(outcome).toEqual({ refused: 'unavailable' })
    if (mustAnswer) expect(mine).toHaveLength(3)
    const others = await claimed(direct, TODAY)
    const names = [...mine, ...others].map(({ message }) => toProjects(message).project.name)
    expect(new Set(names).size).toBe(names.length)
    for (const claim of [...mine, ...others]) await direct.outbox.remove(claim)
    // A claim that nobody knows of lapses.
    const lapsed = await claimed(direct, TODAY + CLAIM)
    expect([...names, ...lapsed.map(({ message }) => toProjects(message).project.name)].toSorted()).toEqual([
      'M31',
      'M42',
      'M45',
    ])
  }

  it.each(faultsOf(CLAIMING))('once: %s', (name, { fault, only }) =>
    assertClaimedOnce(injectFaults(fault, only, 1), passes(name), ONCE),
  )

  it.each(faultsOf(CLAIMING))('every time: %s', (_, { fault, only }) =>
    assertClaimedOnce(injectFaults(fault, only), false),
  )
})

describe('concurrent writers, while faults fall on every fifth request', () => {
  it.each([1, 2, 3, 4, 5])('never have the same time: seed %i', async (seed) => {
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
    // As of several processes.
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

    await stage.contents([])
    const stored = (
      await stage.direct.list({ sites: ['raced'], during: { start: MIN_INSTANT, end: MAX_INSTANT } }, asItIs)
    ).map(({ reservation }) => reservation)
    expect(stored.filter((one) => stored.some((other) => other !== one && conflicts(one, other)))).toEqual([])
    for (const [index, { one, observer }] of expected.entries()) {
      const outcome = outcomes[index]!
      expect(outcome).not.toHaveProperty('bug')
      const isStored = stored.some(({ id }) => id === one.id)
      if (!isUnknown(outcome)) expect(isStored).toBe('answer' in outcome)
      expect(await stage.direct.find(one.id)).toHaveLength(isStored ? 1 : 0)
      expect(await stage.direct.history(one.id)).toHaveLength(isStored ? 1 : 0)
      expect(await stage.direct.list({ observer: observer.id, endingFrom: MIN_INSTANT }, asItIs)).toHaveLength(
        isStored ? 1 : 0,
      )
    }
  })

  /** Those that take as long as a client waits. */
  const SLOW: readonly FaultName[] = ['hung', 'answerLost', 'slow', 'stalled']

  /** Repeatable random numbers (mulberry32). */
  const rolling = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
})

import { randomUUID } from 'node:crypto'
import { type AttributeValue, BatchWriteItemCommand, paginateScan, QueryCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { eyesOf } from '../../src/domain/access.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import { BEGINNING, FOREVER, HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { reserve } from '../../src/service/reserve.ts'
import { connect } from '../../src/store/dynamodb/connect.ts'
import { dynamoStore, sheetsIn } from '../../src/store/dynamodb/dynamo-store.ts'
import { scratchPile } from '../../src/store/sqlite/pile.ts'
import { OUTBOX } from '../../src/store/dynamodb/keys.ts'
import { pendingIn } from '../../src/store/dynamodb/messages.ts'
import { inBatches } from '../../src/store/dynamodb/requests.ts'
import type { Claim, Pending, Store } from '../../src/store/store.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { befalling, fair, type Fault, type FaultProxy, inTurn, startFaultProxy, type Weather } from '../fault-proxy.ts'
import { PATIENCE_MS, READS, type TroubleName, TROUBLES, troublesOf, WRITES } from '../faults.ts'
import { CLAIM, claimed, joined } from '../outbox.ts'
import { ada, changing, on, scheduler, TODAY, asItIs, wish } from '../world.ts'
import { assertListed, claimsOf, type Deed, deeds, type Model, modelOf, type Outcome, outcomeOf, prepare, refusedDeeds, type Truth, truthOf, worldFor } from './deeds.ts'

// Many at once on few processors; and some wait until the SDK has given up.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let dynamo: Dynamo
const models = new Map<Deed, Model>()
beforeAll(async () => {
  dynamo = await sharedDynamo()
  for (const deed of [...deeds, ...refusedDeeds]) models.set(deed, await modelOf(deed))
  // Java is slow the first times, and clients here are impatient.
  await assertTrue(fair, deeds)
})

const options = {
  codec: rowCodec,
  elapsed: () => performance.now() / 1000,
  newToken: () => randomUUID(),
  chance: Math.random,
  report: () => undefined,
}

const storeAt = (client: Dynamo['client'], table: string, patience?: number): Store =>
  dynamoStore({ client, table }, { ...options, ...(patience !== undefined && { patience }) })

/** A table in which all is ready for some deeds, and a store that nothing stands in the way of. */
interface Stage {
  readonly table: string
  readonly direct: Store
  readonly messages: () => Promise<Pending[]>
  readonly claims: readonly Claim[]
  /** What stands; that all of the table bears it out is asserted on the way. */
  readonly truth: (some: readonly Deed[]) => Promise<Map<Deed, Truth>>
}

async function stageFor(some: readonly Deed[]): Promise<Stage> {
  const table = await dynamo.table()
  const direct = storeAt(dynamo.client, table)
  await prepareIn(table, some)
  const all = new QueryCommand({ TableName: table, KeyConditionExpression: 'event_id = :id', ExpressionAttributeValues: { ':id': { S: OUTBOX } } })
  const messages = async () => pendingIn((await dynamo.client.send(all)).Items ?? [])
  const sheets = sheetsIn({ client: dynamo.client, table }, options)
  async function truth(asked: readonly Deed[]) {
    for await (const finding of sheets.verify(scratchPile())) expect(finding).toMatchObject({ gravity: 'remark' })
    return truthOf(direct, asked, await messages())
  }
  return { table, direct, messages, claims: await claimed(direct), truth }
}

const prepared = new Map<readonly Deed[], Promise<Item[]>>()

/** Writes what deeds need beforehand: through a store the first time, and then as a copy of what that made. */
async function prepareIn(table: string, some: readonly Deed[]): Promise<void> {
  const known = prepared.get(some)
  if (!known) {
    const made = prepare(storeAt(dynamo.client, table), some).then(() => itemsIn(table))
    prepared.set(some, made)
    return void (await made)
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

/** A store behind a proxy of its own. @param patience with others in its way, in milliseconds */
async function storeUnder(weather: Weather, table: string, patience?: number): Promise<{ store: Store; proxy: FaultProxy }> {
  const proxy = await startFaultProxy(dynamo.endpoint, weather)
  return { proxy, store: storeBehind(proxy, table, patience) }
}

const storeBehind = ({ endpoint }: FaultProxy, table: string, patience?: number): Store =>
  storeAt(connect({ region: 'us-east-1', endpoint, local: true, patience: PATIENCE_MS }), table, patience)

/** Those that differ in what they read. */
const READING = ['reserve', 'amend, moving to another site and project', 'restore', 'expire what LCO planned', 'import a row']
const reading = [...deeds.filter(({ name }) => READING.includes(name)), ...refusedDeeds]
const readingOften = reading.filter(({ name }) => ['reserve', 'reserve what is taken', 'cancel what is not there'].includes(name))

/** Troubles that the SDK takes for lasting, so that it does not try again, or that last longer than it tries. */
const LASTING: readonly TroubleName[] = ['expiredToken', 'unknownClient', 'accessDenied', 'tableGone', 'refused']

/** Answers that cannot be read: the SDK takes them for the last word as well. */
const UNREADABLE: readonly TroubleName[] = ['garbled', 'otherJson', 'noObject']
const passes = (name: TroubleName) => ![...LASTING, ...UNREADABLE].includes(name)

const isUnknown = (outcome: Outcome) => 'refused' in outcome && outcome.refused === 'unavailable'

/** Does deeds through bad weather, each behind a proxy of its own, so that one's faults are not another's. */
async function brave(weather: Weather, some: readonly Deed[], { table, claims }: Stage, patience?: number) {
  return Promise.all(
    some.map(async (deed) => {
      const { store, proxy } = await storeUnder(weather, table, patience)
      const theirs = claimsOf(deed, claims)
      const outcome = await outcomeOf(deed.does(worldFor(store), theirs))
      await store.close()
      return { deed, proxy, outcome, again: (direct: Store) => outcomeOf(deed.does(worldFor(direct), theirs)) }
    }),
  )
}

/**
 * Does deeds through bad weather, and asserts that each answer is true: done once, wholly, as it would have been in fair
 * weather; or not known, and then wholly done or wholly not, and done when it is tried again.
 * @returns how many were answered
 */
async function assertTrue(weather: Weather, some: readonly Deed[], patience?: number): Promise<number> {
  const stage = await stageFor(some)
  const tried = await brave(weather, some, stage, patience)
  await Promise.all(tried.map(({ proxy }) => proxy.stop()))

  const truth = await stage.truth(some)
  for (const { deed, outcome } of tried) {
    const { before, once } = models.get(deed)!
    if (isUnknown(outcome)) expect([before, once.truth], deed.name).toContainEqual(truth.get(deed))
    else expect({ outcome, truth: truth.get(deed) }, deed.name).toEqual(once)
  }

  const unknown = tried.filter(({ outcome }) => isUnknown(outcome))
  if (unknown.length === 0) return tried.length
  const repeated = await Promise.all(unknown.map(({ again }) => again(stage.direct)))
  const settled = await stage.truth(unknown.map(({ deed }) => deed))
  for (const [index, { deed }] of unknown.entries()) {
    const { before, once, twice } = models.get(deed)!
    const had = { outcome: repeated[index], truth: settled.get(deed) }
    if (same(truth.get(deed), before)) expect(had, `${deed.name}, again`).toEqual(once)
    // What is done already need not be done again; of an amendment nobody can tell.
    else expect([twice, { ...twice, truth: once.truth }], `${deed.name}, again`).toContainEqual(had)
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
  const fitting = (carriedOut: 'yes' | 'no' | 'late') => (carriedOut === 'no' ? reading : deeds)

  it.each(troublesOf(WRITES))('once: %s', async (name, { fault, only, carriedOut }) => {
    const answered = await assertTrue(befalling(fault, only, 1), fitting(carriedOut))
    if (!LASTING.includes(name)) expect(answered).toBeGreaterThan(0)
  })

  it.each(troublesOf(WRITES))('every time: %s', async (_, { fault, only, carriedOut }) => {
    await assertTrue(befalling(fault, only), carriedOut === 'no' ? readingOften : deeds, PATIENCE_MS)
  })

  const [lost, late, conflict, progress] = ([ 'resetAfterCommit', 'resetThenLate', 'inConflict', 'inProgress'] as const).map((name) => TROUBLES[name].fault)
  const write = (...faults: Parameters<typeof inTurn>[1][]) => inTurn('TransactWriteItems', ...faults)

  it.each([
    ['it is done, and the second sending meets the first', write(lost, conflict)],
    ['it is done, and the second sending meets the first, time and again', write(lost, conflict, lost, conflict, lost, conflict)],
    ['it is done, and DynamoDB is said to be still at it', write(lost, progress)],
    ['it is on its way, and the second sending meets another', write(late, conflict)],
    ['it is on its way, and all others meet another', write(late, conflict, conflict, conflict, conflict, conflict, conflict)],
    ['it is on its way twice, and then refused for its condition', write(late, late, TROUBLES.conditionFailed.fault)],
    ['it is done, and then the table is gone', write(lost, TROUBLES.tableGone.fault)],
    ['it is done, and then the credentials run out', write(lost, TROUBLES.expiredToken.fault)],
  ])('one after the other: %s', async (_, weather) => {
    await assertTrue(weather, deeds)
  })

  it('when the answer is lost, and nothing can be read afterwards', async () => {
    let written = false
    const weather: Weather = (operation) => {
      written ||= WRITES.includes(operation)
      return written ? TROUBLES.resetAfterCommit.fault : undefined
    }
    await assertTrue(weather, deeds.slice(0, 1))
  })
})

describe.concurrent('a change that is not answered is settled by being tried again', () => {
  it.each(['failedThenLate', 'resetThenLate', 'hung'] as const)('while the first is still on its way: %s', async (name) => {
    const stage = await stageFor(deeds)
    const tried = await brave(befalling(TROUBLES[name].fault, WRITES), deeds, stage)
    const repeated = await Promise.all(tried.map(({ again }) => again(stage.direct)))
    await Promise.all(tried.map(({ proxy }) => proxy.stop()))
    const truth = await stage.truth(deeds)
    await assertListed(stage.direct, truth)
    for (const [index, { deed }] of tried.entries()) {
      const { once, twice } = models.get(deed)!
      expect([once, twice, { ...twice, truth: once.truth }], deed.name).toContainEqual({ outcome: repeated[index], truth: truth.get(deed) })
    }
  })
})

describe('a change', () => {
  it('is known again, though it arrived late and another has come since', async () => {
    const table = await dynamo.table()
    const direct = storeAt(dynamo.client, table)
    const { reservation } = await reserve(wish({ site: 'late' }), ada, { override: false }, worldFor(direct))
    const noting = (note: string, store: Store) =>
      amend({ reference: reservation, change: (before) => ({ ...before, note }), override: false }, ada, worldFor(store))

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
    const { store, proxy } = await storeUnder(inTurn('TransactWriteItems', stray, TROUBLES.inConflict.fault, overtaken), table)
    expect(await noting('the late one', store)).toMatchObject({ revision: 2 })
    await store.close()
    await proxy.stop()
    expect((await direct.history(reservation.id)).map(({ after }) => after?.note)).toEqual(['', 'the late one', 'another'])
  })

  it('does not wait for others at its site that are not answered either, one after the other', async () => {
    const table = await dynamo.table()
    await storeAt(dynamo.client, table).change({ named: [] }, () => ({ changes: [], answer: undefined }))
    const { store, proxy } = await storeUnder(befalling(TROUBLES.hung.fault, WRITES), table, PATIENCE_MS)
    const many = Array.from({ length: 8 }, (_, hour) => wish({ site: 'silent', start: on(9, '00:00') + hour * HOUR }))
    const outcomes = await Promise.all(many.map((one) => outcomeOf(reserve(one, ada, { override: false }, worldFor(store)))))
    for (const outcome of outcomes) expect(outcome).toEqual({ refused: 'unavailable' })
    expect(proxy.counts.get('TransactWriteItems')).toBeLessThan(3 * many.length)
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
  it.each(troublesOf(READS))('once: %s', async (_, { fault, only }) => {
    await assertTrue(befalling(fault, only, 1), reading)
  })

  it.each(troublesOf(READS))('every time: %s', async (_, { fault, only }) => {
    await assertTrue(befalling(fault, only), readingOften)
  })
})

describe.concurrent('a question on which a fault falls is answered truly, or not at all', () => {
  const site = 'asked'
  const during = { start: BEGINNING, end: FOREVER }
  const QUESTIONS: Record<string, (store: Store) => Promise<unknown>> = {
    find: (store) => store.find('asked 1'),
    'list of a site': (store) => store.list({ sites: [site], during }, asItIs),
    'list of a night': (store) => store.list({ sites: [site], during: { start: on(9, '00:00'), end: on(9, '12:00') } }, asItIs),
    "list of an observer's": (store) => store.list({ observer: ada.id, endingFrom: TODAY }, asItIs),
    'list as bytes': async (store) => new TextDecoder().decode(await store.listBytes({ sites: [site], during }, eyesOf(anonymous))),
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
    const world = worldFor(direct)
    const project = { name: 'M31', createdAt: '2030-01-01' }
    for (let hour = 0; hour < 12; hour += 1) {
      const start = on(9, '00:00') + hour * HOUR
      await reserve(wish({ id: `asked ${hour}`, site, start, ...(hour < 3 && { project }) }), ada, { override: false }, world)
    }
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      const { store, proxy } = await storeUnder(fair, table)
      right.set(name, await ask(store))
      asking.set(name, proxy.counts)
      await store.close()
      await proxy.stop()
    }
    expect(right.get('list of a site')).toHaveLength(12)
    expect(right.get('how many messages there are')).toEqual({ depth: 3, oldest: TODAY })
  })

  it.each(troublesOf(READS))('%s', async (_, { fault, only }) => {
    const asked = Object.entries(QUESTIONS).flatMap(([name, ask]) =>
      [...asking.get(name)!].filter(([operation]) => only.includes(operation)).flatMap(([operation, count]) => [
        { name, ask, weather: befalling(fault, [operation], 1) },
        { name, ask, weather: befalling(fault, [operation]) },
        ...(count > 1 ? [{ name, ask, weather: inTurn(operation, undefined, fault) }] : []),
      ]),
    )
    const outcomes = await Promise.all(
      asked.map(async ({ name, ask, weather }) => {
        const { store, proxy } = await storeUnder(weather, table)
        const outcome = await outcomeOf(ask(store))
        await store.close()
        await proxy.stop()
        return { name, outcome }
      }),
    )
    for (const { name, outcome } of outcomes) {
      if (!isUnknown(outcome)) expect({ name, outcome }).toEqual({ name, outcome: { answer: right.get(name) } })
    }
  })
})

describe.concurrent('a project that is taken off many, while faults fall on what is read of them', () => {
  const OFTEN = ['ExecuteStatement', 'BatchGetItem']
  const m31 = { name: 'M31', createdAt: '2030' }

  it.each(troublesOf(OFTEN))('%s', async (_, { fault, only }) => {
    for (const most of [1, Infinity]) {
      const { table, direct, truth } = await stageFor([])
      const many = Array.from({ length: 60 }, (__, n) => wish({ site: 'many', id: `many-${n}`, start: on(9, '00:00') + n * 600, end: on(9, '00:00') + (n + 1) * 600, project: m31 }))
      for (const some of inBatches(many, direct.together)) await changing(direct, some.map((after) => ({ after })))
      const references = [...many.map(({ id }) => ({ id })), { id: 'nobody' }]
      const { store, proxy } = await storeUnder(befalling(fault, only, most), table)
      const outcome = await outcomeOf(attachProject(undefined, references, scheduler, worldFor(store)))
      await store.close()
      await proxy.settled()
      await proxy.stop()
      const right = references.map(({ id }) => ({ id, status: id === 'nobody' ? 'not_found' : 'updated' }))
      const left = async () => (await direct.list({ sites: ['many'], during: { start: BEGINNING, end: FOREVER } }, asItIs)).filter(({ reservation }) => reservation.project)
      if (!isUnknown(outcome)) expect([outcome, await left()]).toEqual([{ answer: right }, []])
      expect(await attachProject(undefined, references, scheduler, worldFor(direct))).toEqual(right)
      expect(await left()).toEqual([])
      for (const { id } of many) expect(await direct.history(id)).toHaveLength(2)
      await truth([])
    }
  })
})

describe.concurrent('a claim on which a fault falls is had by one, or lapses', () => {
  it.each(troublesOf(['Query', 'UpdateItem']))('%s', async (name, { fault, only }) => {
    for (const most of [1, Infinity]) {
      const table = await dynamo.table()
      const direct = storeAt(dynamo.client, table)
      const one = wish({ site: 'claimed' })
      await changing(direct, [{ after: one, messages: [joined(one.id), joined(one.id, 'M42'), joined(one.id, 'M45')] }])
      const { store, proxy } = await storeUnder(befalling(fault, only.filter((operation) => ['Query', 'UpdateItem'].includes(operation)), most), table)
      const outcome = await outcomeOf(claimed(store, TODAY))
      await store.close()
      await proxy.settled()
      const mine = 'answer' in outcome ? (outcome.answer as Claim[]) : []
      if (!('answer' in outcome)) expect(outcome).toEqual({ refused: 'unavailable' })
      if (most === 1 && passes(name)) expect(mine).toHaveLength(3)
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
  it.each(troublesOf(['UpdateItem', 'DeleteItem']).filter(([name]) => passes(name)))('%s', async (_, { fault, only }) => {
    const table = await dynamo.table()
    const direct = storeAt(dynamo.client, table)
    const one = wish({ site: 'told' })
    await changing(direct, [{ after: one, messages: [joined(one.id), joined(one.id, 'M42')] }])
    const claims = (await claimed(direct)).toSorted((a, b) => (a.message.project.name < b.message.project.name ? -1 : 1))
    const { store, proxy } = await storeUnder(befalling(fault, only.filter((operation) => ['UpdateItem', 'DeleteItem'].includes(operation)), 1), table)
    await store.outbox.remove(claims[0]!)
    await store.outbox.postpone(claims[1]!, TODAY + 5, true)
    await store.close()
    await proxy.settled()
    await proxy.stop()
    expect((await claimed(direct, TODAY + 5)).map(({ message, attempts }) => [message, attempts])).toEqual([[joined(one.id, 'M42'), 2]])
  })
})

describe('many who write at once, while faults fall on every fifth request', () => {
  it.each([1, 2, 3, 4, 5])('never have the same time: chance %i', async (seed) => {
    const stage = await stageFor([])
    const roll = rolling(seed)
    const names = troublesOf(['TransactWriteItems', 'Query', 'BatchGetItem', 'GetItem']).map(([name]) => name)
    const quick = names.filter((name) => !SLOW.includes(name))
    const weather: Weather = (operation) => {
      if (roll() >= 0.2) return undefined
      const fitting = troublesOf([operation]).filter(([name]) => quick.includes(name))
      return fitting[Math.floor(roll() * fitting.length)]?.[1].fault
    }
    const proxy = await startFaultProxy(dynamo.endpoint, weather)
    // As many processes: within one, changes at a site wait for each other.
    const stores = Array.from({ length: 4 }, () => storeBehind(proxy, stage.table))
    const wanted = Array.from({ length: 16 }, (_, index) => {
      const observer = { ...ada, id: `auth0|racer-${index}` }
      return { observer, one: wish({ site: 'raced', by: observer, id: `race-${index}`, start: on(9, '03:00') + (index % 4) * 10 * 60 }) }
    })
    const outcomes = await Promise.all(
      wanted.map(({ observer, one }, index) => outcomeOf(reserve(one, observer, { override: false }, worldFor(stores[index % stores.length]!)))),
    )
    await Promise.all(stores.map((store) => store.close()))
    await proxy.stop()

    await stage.truth([])
    const standing = (await stage.direct.list({ sites: ['raced'], during: { start: BEGINNING, end: FOREVER } }, asItIs)).map(({ reservation }) => reservation)
    expect(standing.filter((one) => standing.some((other) => other !== one && conflicts(one, other)))).toEqual([])
    for (const [index, { one, observer }] of wanted.entries()) {
      const outcome = outcomes[index]!
      expect(outcome).not.toHaveProperty('bug')
      const stands = standing.some(({ id }) => id === one.id)
      if (!isUnknown(outcome)) expect(stands).toBe('answer' in outcome)
      expect(await stage.direct.find(one.id)).toHaveLength(stands ? 1 : 0)
      expect(await stage.direct.history(one.id)).toHaveLength(stands ? 1 : 0)
      expect(await stage.direct.list({ observer: observer.id, endingFrom: BEGINNING }, asItIs)).toHaveLength(stands ? 1 : 0)
    }
  })

  /** Those that take a client's patience. */
  const SLOW: readonly TroubleName[] = ['hung', 'answerLost', 'slow', 'stalled']

  /** Chance that can be had again (mulberry32). */
  const rolling = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
})

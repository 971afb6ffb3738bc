import { DeleteItemCommand, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { dynamoStore, openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import type { Snapshot, Store } from '../../src/store/port.ts'
import { scratchVerificationTable } from '../../src/store/sqlite/verification-table.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { asItIs, changing, on, proposed, TODAY } from '../context.ts'
import { dynamoOptions, sharedClient } from '../dynamo-store.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { quotaContract } from './quota-contract.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await sharedDynamo()
})

// Many wait for each other here.
const options = dynamoOptions({ timeoutMs: 60_000 })

/** The parts of a request to DynamoDB that these tests read. */
interface Command {
  readonly input: {
    readonly ExpressionAttributeValues?: Readonly<Record<string, { S?: string }>>
    readonly TransactItems?: readonly object[]
    readonly Key?: Readonly<Record<string, { S?: string }>>
  }
}

type Hook = (command: Command) => Promise<void> | void

/** A client that calls hooks around each request. */
function clientOf(before: Hook = () => undefined, after: Hook = () => undefined) {
  const send = dynamo.client.send.bind(dynamo.client) as (command: Command) => Promise<unknown>
  return sharedClient(dynamo, {
    async send(command: Command) {
      await before(command)
      const answer = await send(command)
      await after(command)
      return answer
    },
  })
}

const storeIn = (table: string, before?: Hook, quotas = true) =>
  dynamoStore({ client: clientOf(before), table }, { ...options, quotas })
const dayIndexOf = (table: string) => openDayIndex({ client: clientOf(), table }, options)

quotaContract('DynamoDB', async () => {
  const table = await dynamo.table()
  return [storeIn(table), storeIn(table)]
})

const observer = 'auth0|ada'
/** The observer's reservation on the nth of March, at a site of its own. */
const onDay = (day: number, overrides: Partial<Reservation> = {}) =>
  proposed({ id: `on-${day}`, site: `site${day}`, observer, start: on(day, '03:00'), ...overrides })

/** Adds a reservation if fewer than `quota` are there. @returns the days of those that each attempt has seen */
async function addWithin(quota: number, after: Reservation, store: Store): Promise<string[][]> {
  const attempts: string[][] = []
  await store.change(
    { ids: [after.id], observers: () => [{ observer, endingFrom: TODAY }] },
    ({ ofObservers }: Snapshot) => {
      attempts.push(ofObservers.map(({ id, start }) => `${id} ${new Date(start * 1000).getUTCDate()}`).toSorted())
      const change = { after, at: TODAY, by: observer, via: 'reserve' } as const
      return { changes: ofObservers.length < quota ? [change] : [], answer: undefined }
    },
  )
  return attempts
}

const isVersion = ({ input }: Command) => input.Key?.['event_id']?.S?.startsWith('calendar#quota#') === true
const isDayItems = ({ input }: Command) =>
  Object.values(input.ExpressionAttributeValues ?? {}).some(({ S }) => S === `calendar#observer#${observer}`)
const isWrite = ({ input }: Command) => input.TransactItems?.some((item) => !('Get' in item)) === true
const isSettling = ({ input }: Command) => input.TransactItems?.some((item) => 'Get' in item) === true

/** Runs `work` before the nth request that matches. */
function beforeNth(n: number, matches: (command: Command) => boolean, work: () => Promise<unknown>) {
  let seen = 0
  return async (command: Command) => {
    if (matches(command) && ++seen === n) await work()
  }
}

describe('a change that counts, while another process writes', () => {
  it.each([
    ['the version', isVersion, [['on-2 2']]],
    ['the day items', isDayItems, [['on-2 2']]],
    ['the commit', isWrite, [[], ['on-2 2']]],
  ] as const)('is decided again if needed: before %s', async (_, isRequest, attempts) => {
    const table = await dynamo.table()
    const other = storeIn(table)
    await changing(other, [{ after: onDay(9, { observer: 'auth0|bo' }) }])
    const store = storeIn(
      table,
      beforeNth(1, isRequest, () => changing(other, [{ after: onDay(2) }])),
    )
    expect(await addWithin(1, onDay(4), store)).toEqual(attempts)
    expect(await store.find('on-4')).toEqual([])
  })

  it('does not miss what moves to a day item that was read', async () => {
    const table = await dynamo.table()
    const other = storeIn(table)
    // More than a page of day items, of which the last moves to the first.
    const many = Array.from({ length: 61 }, (_, n) => onDay(2, { id: `many-${n}`, site: `site${n + 10}` }))
    for (const after of [...many, onDay(30)]) await changing(other, [{ after }])
    const moved = { ...onDay(30), start: on(1, '03:00'), end: on(1, '04:00') }
    const move = () => changing(other, [{ before: { reservation: onDay(30), revision: 1 }, after: moved }])
    const attempts = await addWithin(63, onDay(4), storeIn(table, beforeNth(2, isDayItems, move)))
    expect(attempts.map(({ length }) => length)).toEqual([61, 62])
    expect(attempts[1]).toContain('on-30 1')
  })

  it('waits until the change whose version it reads is complete', async () => {
    const table = await dynamo.table()
    const other = storeIn(table)
    await changing(other, [{ after: onDay(2) }])
    let busy = 3
    const store = storeIn(table, (command) => {
      if (isSettling(command) && busy-- > 0) throw transactionConflict()
    })
    expect(await addWithin(2, onDay(4), store)).toEqual([['on-2 2']])
    // One that does not count waits as well, so that all before it are complete.
    busy = 3
    const gone = { before: { reservation: onDay(2), revision: 1 } }
    await changing(store, [gone])
    expect(busy).toBeLessThan(0)
  })

  it.each([
    ['its start', { start: on(5, '03:00'), end: on(5, '04:00') }],
    ['its end only', { start: on(2, '03:00'), end: on(5, '04:00') }],
  ])('asks again about one that it finds twice, on its way between day items: with %s', async (_, times) => {
    const table = await dynamo.table()
    const other = storeIn(table)
    await changing(other, [{ after: onDay(2) }])
    const later = { ...onDay(2), ...times }
    const Key = { event_id: { S: `calendar#observer#${observer}` }, start: { S: 'day 2030-03-05 site2' } }
    const entries = { S: JSON.stringify([['on-2', later.start, later.end, 2, rowCodec.time(later.start)]]) }
    // As if of the move only this item were visible yet.
    await dynamo.client.send(new PutItemCommand({ TableName: table, Item: { ...Key, entries } }))
    const move = async () => {
      await dynamo.client.send(new DeleteItemCommand({ TableName: table, Key }))
      await changing(other, [{ before: { reservation: onDay(2), revision: 1 }, after: later }])
    }
    const attempts = await addWithin(2, onDay(4), storeIn(table, beforeNth(2, isVersion, move)))
    expect(attempts).toEqual([[`on-2 ${new Date(times.start * 1000).getUTCDate()}`]])
  })
})

describe('racing changes that a quota allows', () => {
  it('take turns once they have conflicted, and are all made', async () => {
    const store = storeIn(await dynamo.table())
    const attempts = await Promise.all(
      Array.from({ length: 48 }, (_, n) => addWithin(48, onDay(2, { id: `all-${n}`, site: `all${n}` }), store)),
    )
    expect(await store.list({ observer, endingFrom: TODAY }, asItIs)).toHaveLength(48)
    // Each at first, and then mostly once more; without turns some ten times.
    expect(attempts.flat().length).toBeLessThan(4 * 48)
  }, 120_000)
})

describe('racing changes that lose requests and answers', () => {
  it('add as many as a quota allows', async () => {
    const table = await dynamo.table()
    let writes = 0
    const lost = (n: number) => (command: Command) => {
      if (isWrite(command) && ++writes % 5 === n) throw Object.assign(new Error('No answer.'), { name: 'TimeoutError' })
    }
    const store = dynamoStore({ client: clientOf(lost(1), lost(2)), table }, { ...options, quotas: true })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 48 }, (_, n) => addWithin(6, onDay(2, { id: `race-${n}`, site: `race${n}` }), store)),
    )
    const errors = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) expect(error).toMatchObject({ code: 'unavailable' })
    expect(await storeIn(table).list({ observer, endingFrom: TODAY }, asItIs)).toHaveLength(6)
  }, 120_000)
})

describe('version items', () => {
  const versionsIn = async (table: string) => {
    const scanned = await dynamo.client.send(new ScanCommand({ TableName: table, ConsistentRead: true }))
    return (scanned.Items ?? [])
      .filter(({ event_id }) => event_id?.S?.startsWith('calendar#quota#'))
      .map(({ event_id, changed, version }) => ({ id: event_id?.S, changed: changed?.S, version: version?.S }))
  }

  it('say which day items the last change has changed, and stay if nothing moves', async () => {
    const table = await dynamo.table()
    const store = storeIn(table)
    await changing(store, [{ after: onDay(2) }])
    const moved = { ...onDay(2), site: 'elsewhere', end: on(3, '03:00') }
    await changing(store, [{ before: { reservation: onDay(2), revision: 1 }, after: moved }])
    const [version] = await versionsIn(table)
    expect(version).toMatchObject({
      id: 'calendar#quota#auth0|ada',
      changed: '["day 2030-03-02 site2","day 2030-03-03 elsewhere"]',
    })
    const noted = { ...moved, note: 'clear skies' }
    await changing(store, [{ before: { reservation: moved, revision: 2 }, after: noted }])
    expect(await versionsIn(table)).toEqual([version])
    await changing(store, [{ before: { reservation: noted, revision: 3 } }])
    expect(await versionsIn(table)).not.toEqual([version])
  })

  it('are written for each observer of a change, of any name, and not for services', async () => {
    const table = await dynamo.table()
    const long = '🔭'.repeat(256)
    const observers = ['a', long, 'service:lco']
    await changing(
      storeIn(table),
      observers.map((one, n) => ({ after: onDay(n + 2, { observer: one }) })),
    )
    expect((await versionsIn(table)).map(({ id = '' }) => id).toSorted()).toEqual([
      'calendar#quota#a',
      `calendar#quota#${long}`,
    ])
  })

  it('are not written without quotas, and then nothing can be counted', async () => {
    const table = await dynamo.table()
    const store = storeIn(table, undefined, false)
    await changing(store, [{ after: onDay(2) }])
    expect(await versionsIn(table)).toEqual([])
    await expect(addWithin(2, onDay(4), store)).rejects.toThrow('without quotas')
  })
})

describe('day items of an earlier version', () => {
  it('do not say which reservations are maintenance: verify reports that, and a rebuild mends it', async () => {
    const table = await dynamo.table()
    const store = storeIn(table)
    const [open, closed] = [onDay(2), onDay(2, { id: 'closed', site: 'closed', kind: 'maintenance' })]
    await changing(store, [{ after: open }, { after: closed }])
    const key = { event_id: { S: `calendar#observer#${observer}` }, start: { S: 'day 2030-03-02 closed' } }
    const { Item } = await dynamo.client.send(new GetItemCommand({ TableName: table, Key: key }))
    expect(Item?.['entries']?.S).toMatch(/,"m"\]\]$/)
    const entries = { S: Item!['entries']!.S!.replace(',"m"', '') }
    await dynamo.client.send(new PutItemCommand({ TableName: table, Item: { ...Item, entries } }))
    const findings = async () => {
      const texts: string[] = []
      for await (const { text } of dayIndexOf(table).verify(scratchVerificationTable())) texts.push(text)
      return texts
    }
    expect(await findings()).toEqual([expect.stringContaining('day 2030-03-02 closed does not say what stands')])
    await dayIndexOf(table).rebuild()
    expect(await findings()).toEqual([])
    expect(await addWithin(9, onDay(4, { end: on(4, '03:00') + HOUR }), storeIn(table))).toHaveLength(1)
  })
})

const transactionConflict = () =>
  Object.assign(new Error('Transaction cancelled.'), {
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'TransactionConflict' }],
  })

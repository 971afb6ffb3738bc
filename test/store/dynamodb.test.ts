import {
  DeleteItemCommand,
  ExecuteStatementCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { DAY, HOUR, type Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { dynamoStore, openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import { slotOf } from '../../src/store/slot.ts'
import { scratchVerificationTable } from '../../src/store/sqlite/verification-table.ts'
import { allItems, openRequests } from '../../src/store/dynamodb/requests.ts'
import { messageItem } from '../../src/store/dynamodb/messages.ts'
import { BY_OBSERVER, BY_SITE, tableDefinition } from '../../src/store/dynamodb/items.ts'
import type { Finding } from '../../src/store/integrity.ts'
import type { PendingMessage, Store } from '../../src/store/port.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { dynamoOptions, sharedClient, storeInTable } from '../dynamo-store.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { claimed, joined } from '../outbox.ts'
import {
  ada,
  at,
  bo,
  changing,
  from,
  grace,
  memoryStore,
  on,
  saf,
  scheduler,
  TODAY,
  asItIs,
  proposed,
  worldOf,
} from '../context.ts'
import { calendarContract } from './calendar-contract.ts'
import { closureContract } from './closure-contract.ts'
import { storeContract } from './contract.ts'
import { feedContract } from './feed-contract.ts'
import { outboxContract } from './outbox-contract.ts'
import { receiverOutboxContract } from './receiver-outbox-contract.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await sharedDynamo()
})

/** So that no change gives up because others use the machine. */
const PATIENT_MS = 60_000

const storeIn = (table: string, report: (message: string, details: object) => void = () => undefined) =>
  storeInTable(dynamo, table, { report, timeoutMs: PATIENT_MS })

storeContract('DynamoDB', async () => storeIn(await dynamo.table()), 0.1)
closureContract('DynamoDB', async () => storeIn(await dynamo.table()), 0.3)

const twoStores = async (): Promise<[Store, Store]> => {
  const table = await dynamo.table()
  return [storeIn(table), storeIn(table)]
}
calendarContract('DynamoDB', twoStores)
outboxContract('DynamoDB', twoStores)
receiverOutboxContract('DynamoDB', twoStores)
feedContract('DynamoDB', async () => storeIn(await dynamo.table()), { bySite: true })

const reserveAs = (store: Parameters<typeof changing>[0], after: Reservation) => changing(store, [{ after }])

/** A table of the original with its rows, and a store and day index on it. */
async function original(...rows: readonly object[]) {
  const table = await dynamo.table()
  for (const row of rows) await putRow(table, row)
  const reported: object[] = []
  const store = storeIn(table, (_, details) => void reported.push(details))
  return {
    table,
    store,
    world: worldOf(store, { sites: new Map() }),
    dayIndex: openDayIndex({ client: sharedClient(dynamo), table }, dynamoOptions()),
    reported,
  }
}

const putRow = (TableName: string, row: object) =>
  dynamo.client.send(new PutItemCommand({ TableName, Item: marshall(row) }))

const rowsUnder = async (TableName: string, event_id: string) => {
  const Keys = { KeyConditionExpression: 'event_id = :id', ExpressionAttributeValues: marshall({ ':id': event_id }) }
  return (await dynamo.client.send(new QueryCommand({ TableName, ...Keys, ConsistentRead: true }))).Items?.map((item) =>
    unmarshall(item),
  )
}

const rowOf = async (TableName: string, event_id: string, start: string) => {
  const { Item } = await dynamo.client.send(
    new GetItemCommand({ TableName, Key: marshall({ event_id, start }), ConsistentRead: true }),
  )
  return Item && unmarshall(Item)
}

const old = (overrides: object) => ({
  event_id: 'old',
  start: '2030-03-09T03:00:00Z',
  end: '2030-03-09T04:00:00Z',
  creator: 'Vera',
  creator_id: 'auth0|vera',
  site: 'saf',
  title: 'Vera',
  reservation_type: 'realtime',
  origin: 'ptr',
  resourceId: 'saf',
  project_id: 'none#',
  reservation_note: '',
  last_modified: '2030-01-01T00:00:00Z',
  ...overrides,
})

const during = from(9, '00:00', '12:00')
const idsAt = async (store: Pick<Store, 'list'>, site = 'saf') =>
  (await store.list({ sites: [site], during }, asItIs)).map(({ reservation }) => reservation.id)

async function findings(found: AsyncIterable<Finding>): Promise<string[]> {
  const texts: string[] = []
  for await (const { severity, text } of found) texts.push(`${severity}: ${text}`)
  return texts
}

describe('the table', () => {
  it('has the keys and indexes of the original', () => {
    expect(tableDefinition('calendar')).toMatchObject({
      KeySchema: [
        { AttributeName: 'event_id', KeyType: 'HASH' },
        { AttributeName: 'start', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'site-end-index',
          KeySchema: [{ AttributeName: 'site' }, { AttributeName: 'end' }],
          Projection: { ProjectionType: 'ALL' },
        },
        {
          IndexName: 'creatorid-end-index',
          KeySchema: [{ AttributeName: 'creator_id' }, { AttributeName: 'end' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    })
  })
})

describe('the health of a table', () => {
  it('is good for an empty table, to which nothing is written', async () => {
    const { table, store, world: context } = await original()
    expect(await store.health()).toEqual({})
    expect((await dynamo.client.send(new ScanCommand({ TableName: table }))).Items).toEqual([])
    await reserve(proposed(), ada, { override: false }, context)
    expect(await store.health()).toEqual({})
    expect(await storeIn(table).health()).toEqual({})
    await store.close()
  })

  it('is unwritable during a migration into it', async () => {
    const { store } = await original()
    await store.archive.importAll([
      {
        id: 'moved',
        reservations: [{ reservation: proposed({ id: 'moved' }), revision: 0 }],
        history: [],
        messages: [],
      },
    ])
    expect(await store.health()).toEqual({ unwritable: 'it is taking over another store' })
    await store.archive.finalize()
    expect(await store.health()).toEqual({})
    await store.close()
  })

  it('is unreadable and unwritable if the table does not exist', async () => {
    const store = storeIn('calendar-that-is-not-there')
    expect(await store.health()).toEqual({
      unreadable: 'its table does not answer',
      unwritable: 'its table does not answer',
    })
    await store.close()
  })
})

describe('a row that this store writes', () => {
  it('can be read by the original: with the fields of the event, in both indexes', async () => {
    const { table, store, world: context } = await original()
    const created = proposed({
      id: 'ours',
      project: { name: 'M31 #2', createdAt: '2030-01-01' },
      extra: { rate: 0.25, list: [1, 'two', null] },
    })
    await reserve(created, ada, { override: false }, context)
    const row = await rowOf(table, 'ours', '2030-03-09T03:00:00Z')
    expect(row).toEqual({ ...rowCodec.row(created), _revision: '1' })
    for (const [IndexName, attribute, value] of [
      [BY_SITE, 'site', 'saf'],
      [BY_OBSERVER, 'creator_id', ada.id],
    ]) {
      const { Items } = await dynamo.client.send(
        new QueryCommand({
          TableName: table,
          IndexName,
          KeyConditionExpression: '#a = :a AND #e >= :e',
          ExpressionAttributeNames: { '#a': attribute ?? '', '#e': 'end' },
          ExpressionAttributeValues: { ':a': { S: value ?? '' }, ':e': { S: '2030-03-09T04:00:00Z' } },
        }),
      )
      expect(Items?.map((item) => unmarshall(item)['event_id'])).toEqual(['ours'])
    }
    await store.close()
  })

  it('keeps extra fields that DynamoDB cannot hold, or that have names of internal attributes', async () => {
    const { store, world: context } = await original()
    const extra = {
      big: 1e300,
      small: 5e-324,
      deep: { '': [1e200] },
      _revision: 'seven',
      _extra: 7,
      constructor: 'x',
      fine: [0.1, -0],
    }
    const created = proposed({ extra })
    await reserve(created, ada, { override: false }, context)
    expect(JSON.stringify((await store.find(created.id))[0]?.reservation.extra)).toBe(
      JSON.stringify({
        constructor: 'x',
        fine: [0.1, 0],
        big: 1e300,
        small: 5e-324,
        deep: { '': [1e200] },
        _revision: 'seven',
        _extra: 7,
      }),
    )
    await store.close()
  })

  it('is rejected with a sentence if it is too large for an item, and nothing is written', async () => {
    const { table, store, world: context } = await original()
    const large = proposed({ extra: { padding: 'p'.repeat(390_000) } })
    await expect(importRow(large, context)).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('too large'),
    })
    expect(
      (await dynamo.client.send(new ScanCommand({ TableName: table, FilterExpression: 'attribute_exists(site)' })))
        .Items,
    ).toEqual([])
    await store.close()
  })

  it('cannot overwrite an internal item', async () => {
    const { store, world: context } = await original()
    const sly = proposed({ id: 'calendar#site#saf' })
    await expect(reserve(sly, ada, { override: false }, context)).rejects.toMatchObject({ code: 'malformed' })
    expect(await store.find('calendar#site#saf')).toEqual([])
    await store.close()
  })
})

describe('a busy site', () => {
  /** The entries of a full day item. They are all in the past, so that they need no rows. */
  const crowd = JSON.stringify(
    Array.from({ length: 2600 }, (_, n) => [`long-over-${'x'.repeat(100)}-${n}`, 0, 3600, 1, '1970-01-01T00:00:00Z']),
  )
  const crowded = (TableName: string, day: Instant) =>
    dynamo.client.send(
      new PutItemCommand({
        TableName,
        Item: marshall({
          event_id: 'calendar#site#saf',
          start: `day ${new Date(day * 1000).toISOString().slice(0, 10)}`,
          entries: crowd,
          version: 'v',
        }),
      }),
    )

  it('can be closed for days and listed, even if its day items exceed a transaction', async () => {
    expect(crowd.length).toBeGreaterThan(390_000)
    const { table, store, world: context } = await original()
    await reserve(proposed({ id: 'first', site: 'else' }), ada, { override: false }, context)
    for (let day = 0; day < 12; day += 1) await crowded(table, TODAY + day * DAY)
    const closure = proposed({ id: 'closed', by: grace, kind: 'maintenance', start: TODAY, end: TODAY + 12 * DAY })
    await reserve(closure, grace, { override: false }, context)
    expect(
      (await store.list({ sites: ['saf'], during: closure }, asItIs)).map(({ reservation }) => reservation.id),
    ).toEqual(['closed'])
    await expect(reserve(proposed({ by: bo }), bo, { override: false }, context)).rejects.toMatchObject({
      code: 'conflict',
    })
    await cancel({ reference: { id: 'closed' } }, grace, context)
    await expect(reserve(proposed(), ada, { override: false }, context)).rejects.toMatchObject({
      code: 'too_large',
      message: 'Error: no more reservations fit into that day',
    })
  })

  it('rejects only reservations of more than seven days if their item is full', async () => {
    const { table, store, world: context } = await original()
    await reserve(proposed({ id: 'first', site: 'else' }), ada, { override: false }, context)
    const long = { event_id: 'calendar#site#saf', start: 'long', entries: crowd, version: 'v' }
    await dynamo.client.send(new PutItemCommand({ TableName: table, Item: marshall(long) }))
    const closure = proposed({ by: grace, kind: 'maintenance', start: TODAY, end: TODAY + 30 * DAY })
    const refused = {
      code: 'too_large',
      message: 'Error: no more reservations of more than seven days fit at that site',
    }
    await expect(reserve(closure, grace, { override: false }, context)).rejects.toMatchObject(refused)
    await reserve(proposed({ id: 'night' }), ada, { override: false }, context)
    expect(await idsAt(store)).toEqual(['night'])
  })

  it('can have full day items rebuilt', async () => {
    // These ids would be twice as long in nested JSON.
    const ids = Array.from({ length: 1200 }, (_, n) => `${'"'.repeat(100)}${n}`)
    const { table, dayIndex: dayItems, store } = await original()
    const requests = openRequests({ client: dynamo.client, table })
    await requests.writeAll(
      ids.map((event_id) => ({
        key: { event_id, start: old({}).start },
        put: marshall(old({ event_id })),
      })),
    )
    expect(await dayItems.rebuild()).toMatchObject({ reservations: ids.length, dayItems: 2 })
    expect(await idsAt(store)).toHaveLength(ids.length)
  })

  it('allows a move from one full week to another in one transaction, or rejects it with a sentence', async () => {
    const { table, store, world: context } = await original()
    await reserve(proposed({ id: 'first', site: 'else' }), ada, { override: false }, context)
    const week = proposed({ id: 'week', start: TODAY, end: TODAY + 7 * DAY })
    await reserve(week, ada, { override: false }, context)
    // One more reservation fits.
    const nearly = JSON.stringify((JSON.parse(crowd) as unknown[]).slice(0, 2000))
    const fill = (TableName: string, start: string, entries: string) =>
      dynamo.client.send(
        new PutItemCommand({
          TableName,
          Item: marshall({ event_id: 'calendar#site#saf', start, entries, version: 'v' }),
        }),
      )
    for (let day = 10; day < 18; day += 1) await fill(table, `day 2030-03-${day}`, nearly)
    const moved = await amend(
      {
        reference: { id: 'week' },
        change: (was) => ({ ...was, start: on(10, '01:00'), end: on(17, '01:00') }),
        override: false,
      },
      ada,
      context,
    )
    expect(moved.revision).toBe(2)
    for (let day = 20; day < 28; day += 1) await fill(table, `day 2030-03-${day}`, nearly)
    const again = amend(
      {
        reference: { id: 'week' },
        change: (was) => ({ ...was, start: on(20, '01:00'), end: on(27, '01:00') }),
        override: false,
      },
      ada,
      context,
    )
    await expect(again).rejects.toMatchObject({
      code: 'too_large',
      message: 'Error: that is more than can be changed at once',
    })
    expect((await store.find('week'))[0]?.revision).toBe(2)
  })

  it('is read completely beyond 16 MB by keys and 1 MB by query', async () => {
    const { table } = await original()
    const keys = Array.from({ length: 44 }, (_, n) => ({ event_id: `large-${n % 11}`, start: String(n) }))
    await Promise.all(keys.map((key) => putRow(table, { ...key, padding: 'p'.repeat(390_000) })))
    const requests = openRequests({ client: sharedClient(dynamo), table })
    expect(await requests.getAll(keys)).toHaveLength(44)
    expect(await allItems(requests.pages({ partition: 'large-0' }))).toHaveLength(4)
  })
})

describe('a table of the original', () => {
  const odd = [
    old({ event_id: 'plain' }),
    old({ event_id: 'short-times', start: '2030-03-09T05:00Z', end: '2030-03-09T05:30Z' }),
    old({ event_id: 'offset', start: '2030-03-09T00:30:00-06:00', end: '2030-03-09T01:00:00-06:00' }),
    old({ event_id: 'no-end', start: '2030-03-09T07:00:00Z', end: undefined }),
    old({
      event_id: 'closed',
      start: '2029-01-01T00:00:00Z',
      end: '2034-01-01T00:00:00Z',
      creator_id: 'auth0|staff',
      site: 'tbo2',
    }),
    old({
      event_id: 'for-ever',
      start: '2020-01-01T00:00:00Z',
      end: '9999-01-01T00:00:00Z',
      creator_id: 'auth0|staff',
      site: 'old1',
    }),
    old({ event_id: 'twins', start: '2030-03-09T08:00:00Z', end: '2030-03-09T08:30:00Z' }),
    old({ event_id: 'twins', start: '2030-03-09T09:00:00Z', end: '2030-03-09T09:30:00Z' }),
    old({
      event_id: 'number',
      start: '2030-03-09T10:00:00Z',
      end: '2030-03-09T10:30:00Z',
      project_id: 7,
      count: 3,
      tags: new Set(['a']),
    }),
    old({ event_id: 'one-instant', start: '2030-03-09T11:00Z', end: '2030-03-09T11:30:00Z' }),
    old({ event_id: 'one-instant', start: '2030-03-09T11:00:00Z', end: '2030-03-09T11:30:00Z' }),
    old({ event_id: 'no-time', start: 'tomorrow' }),
    old({ event_id: 'backwards', end: '2030-03-09T02:00:00Z' }),
  ].map(
    (row) =>
      JSON.parse(
        JSON.stringify(row, (_, value: unknown) => (value instanceof Set ? [...(value as Set<string>)] : value)),
      ) as object,
  )
  const listed = ['plain', 'short-times', 'offset', 'no-end', 'twins', 'twins', 'number', 'one-instant']

  it('can be read, but not changed before its day items are built, and the error names the command', async () => {
    const { table, store, world: context } = await original(...odd)
    // A row without an end is in no index.
    expect(await idsAt(store)).toEqual(listed.filter((id) => id !== 'no-end'))
    expect(
      (await store.list({ observer: 'auth0|vera', endingFrom: on(9, '10:30') }, asItIs)).map(
        ({ reservation }) => reservation.id,
      ),
    ).toEqual(['number', 'one-instant'])
    // Compared as text, the end of `offset` is before these times.
    const late = { sites: ['saf'], during: from(9, '06:30', '12:00') }
    for (const query of [late, { observer: 'auth0|vera', endingFrom: on(9, '06:30') }]) {
      expect((await store.list(query, asItIs)).map(({ reservation }) => reservation.id)).toContain('offset')
    }
    await expect(reserve(proposed({ site: 'new1' }), ada, { override: false }, context)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('photonranch-calendar day-index rebuild'),
    })
    expect(await store.health()).toEqual({ unwritable: 'its day items have to be built first' })
    expect(await rowOf(table, 'calendar#day-index', 'state')).toBeUndefined()
    await store.close()
  })

  it('lists every readable row after the build, reports the others, and is not modified', async () => {
    const { table, store, dayIndex: dayItems, reported } = await original(...odd)
    expect(await dayItems.rebuild()).toMatchObject({ reservations: 10 })
    expect(await idsAt(store)).toEqual(listed)
    expect(await idsAt(store, 'tbo2')).toEqual(['closed'])
    expect(await idsAt(store, 'old1')).toEqual(['for-ever'])
    expect(
      (await store.list({ observer: 'auth0|staff', endingFrom: TODAY }, asItIs)).map(
        ({ reservation }) => reservation.id,
      ),
    ).toEqual(['closed', 'for-ever'])
    await store.find('no-time')
    expect(reported).toContainEqual({ event_id: 'no-time', start: 'tomorrow' })
    for (const row of odd as { event_id: string; start: string }[])
      expect(await rowOf(table, row.event_id, row.start)).toEqual(row)
    expect(await findings(dayItems.verify(scratchVerificationTable()))).toEqual(['notice: twins: has rows at 2 starts'])
    await store.close()
  })

  it('has no double bookings: every format of its rows conflicts', async () => {
    const { store, world: context, dayIndex: dayItems } = await original(...odd)
    await dayItems.rebuild()
    const taken: [string, Instant][] = [
      ['saf', on(9, '03:30')],
      ['saf', on(9, '05:10')],
      ['saf', on(9, '06:45')],
      ['saf', on(9, '07:15')],
      ['tbo2', on(9, '03:00')],
      ['old1', on(9, '03:00')],
    ]
    for (const [site, start] of taken) {
      await expect(reserve(proposed({ site, start }), ada, { override: false }, context)).rejects.toMatchObject({
        code: 'conflict',
      })
    }
    await store.close()
  })

  it('lets a row in any time format be amended, and records it as it was', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await original(...odd)
    await dayItems.rebuild()
    const created = await amend(
      { reference: { id: 'short-times' }, change: (before) => ({ ...before, note: 'seen' }), override: false },
      grace,
      context,
    )
    expect(created.revision).toBe(1)
    expect(await rowOf(table, 'short-times', '2030-03-09T05:00Z')).toBeUndefined()
    expect(await rowOf(table, 'short-times', '2030-03-09T05:00:00Z')).toMatchObject({
      end: '2030-03-09T05:30:00Z',
      reservation_note: 'seen',
      _revision: '1',
    })
    expect(await store.history('short-times')).toMatchObject([
      { number: 1, before: { note: '' }, after: { note: 'seen' } },
    ])
    await cancel({ reference: { id: 'for-ever' } }, grace, context)
    await reserve(proposed({ site: 'old1' }), ada, { override: false }, context)
    expect(await findings(dayItems.verify(scratchVerificationTable()))).toEqual(['notice: twins: has rows at 2 starts'])
    await store.close()
  })

  it('may have events larger than the limit, which may keep their size or shrink', async () => {
    const {
      store,
      world: context,
      dayIndex: dayItems,
    } = await original(old({ event_id: 'large', padding: 'p'.repeat(100_000) }))
    await dayItems.rebuild()
    const padded = (bytes: number) => ({ extra: { padding: 'p'.repeat(bytes) } })
    const become = (change: Partial<Reservation>) =>
      amend(
        { reference: { id: 'large' }, change: (before) => ({ ...before, ...change }), override: false },
        grace,
        context,
      )
    await expect(become(padded(100_001))).rejects.toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('65536'),
    })
    await become(padded(90_000))
    await become(padded(1))
    await become(padded(99_990))
    await expect(become(padded(100_001))).rejects.toMatchObject({ code: 'too_large' })
    await store.close()
  })

  it('can be written by the original after a rollback, and lists those changes after a rebuild', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await original(old({ event_id: 'kept' }))
    await dayItems.rebuild()
    await reserve(proposed({ id: 'ours', start: on(9, '05:00') }), ada, { override: false }, context)
    // The original deletes and puts rows, with all attributes that it has read, ours too.
    const ours = await rowOf(table, 'ours', '2030-03-09T05:00:00Z')
    await dynamo.client.send(
      new DeleteItemCommand({ TableName: table, Key: marshall({ event_id: 'ours', start: '2030-03-09T05:00:00Z' }) }),
    )
    await putRow(table, { ...ours, start: '2030-03-09T06:00:00Z', end: '2030-03-09T07:00:00Z' })
    await dynamo.client.send(
      new DeleteItemCommand({ TableName: table, Key: marshall({ event_id: 'kept', start: '2030-03-09T03:00:00Z' }) }),
    )
    await putRow(table, old({ event_id: 'made-meanwhile' }))
    expect(
      (await findings(dayItems.verify(scratchVerificationTable()))).filter((text) => text.startsWith('problem')),
    ).not.toEqual([])

    await dayItems.rebuild()
    expect(await findings(dayItems.verify(scratchVerificationTable()))).toEqual([])
    const again = storeIn(table)
    expect(await idsAt(again)).toEqual(['made-meanwhile', 'ours'])
    const world2 = worldOf(again, { sites: new Map() })
    await amend(
      { reference: { id: 'ours' }, change: (before) => ({ ...before, note: 'back' }), override: false },
      ada,
      world2,
    )
    expect((await again.history('ours')).map(({ number }) => number)).toEqual([1, 2])
    await expect(reserve(proposed({ start: on(9, '03:00') }), ada, { override: false }, world2)).rejects.toMatchObject({
      code: 'conflict',
    })
    await store.close()
  })

  it('can be read but not changed while its day items are built', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await original(...odd)
    await dayItems.rebuild()
    expect(await store.health()).toEqual({})
    const patient = openDayIndex({ client: sharedClient(dynamo), table }, dynamoOptions({ fence: 1500 }))
    const rebuilding = patient.rebuild()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const other = storeIn(table)
    expect(await idsAt(other)).toEqual(listed.filter((id) => id !== 'no-end'))
    await expect(
      reserve(proposed({ site: 'new1' }), ada, { override: false }, worldOf(other, { sites: new Map() })),
    ).rejects.toMatchObject({ code: 'unavailable' })
    expect(await other.health()).toEqual({ unwritable: 'its day items are being built' })
    await rebuilding
    expect(await other.health()).toEqual({})
    expect(await idsAt(other)).toEqual(listed)
    await reserve(proposed({ site: 'new1' }), ada, { override: false }, context)
    await store.close()
  })
})

describe('lists', () => {
  /** A store whose indexes stop being updated when `stop` is called. */
  async function lagging(table: string) {
    const client = sharedClient(dynamo)
    const known = new Map<string, unknown>()
    let stopped = false
    const send = client.send.bind(client) as (command: { input: object }) => Promise<unknown>
    Object.assign(client, {
      async send(command: { input: { IndexName?: string } }) {
        const key = JSON.stringify(command.input)
        if (command.input.IndexName === undefined) return send(command)
        if (!stopped || !known.has(key)) known.set(key, await send(command))
        return known.get(key)
      },
    })
    return { store: dynamoStore({ client, table }, dynamoOptions()), stop: () => void (stopped = true) }
  }

  it('contain what was just written, even if the indexes lag', async () => {
    const table = await dynamo.table()
    const { store, stop } = await lagging(table)
    const context = worldOf(store, { sites: new Map() })
    // Enough reservations that the list reads the indexes.
    const many = Array.from({ length: 20 }, (_, n) =>
      proposed({ id: `many-${n}`, start: on(9, '00:00') + n * 1800, end: on(9, '00:00') + (n + 1) * 1800 }),
    )
    for (const one of many) await reserve(one, ada, { override: false }, context)
    const whole = async () => ({
      site: (await store.list({ sites: [saf.code], during }, asItIs)).map(({ reservation: { id, note } }) => id + note),
      observer: (await store.list({ observer: ada.id, endingFrom: TODAY }, asItIs)).map(
        ({ reservation: { id, note } }) => id + note,
      ),
    })
    const ids = many.map(({ id }) => id)
    expect(await whole()).toEqual({ site: ids, observer: ids })
    stop()
    await cancel({ reference: { id: 'many-0' } }, ada, context)
    await amend(
      { reference: { id: 'many-1' }, change: (before) => ({ ...before, note: '!' }), override: false },
      ada,
      context,
    )
    await amend(
      {
        reference: { id: 'many-2' },
        change: (before) => ({ ...before, start: on(9, '11:00'), end: on(9, '11:30') }),
        override: false,
      },
      ada,
      context,
    )
    await reserve(
      proposed({ id: 'new', start: on(9, '00:00'), end: on(9, '00:30') }),
      ada,
      { override: false },
      context,
    )
    const now = ['new', 'many-1!', ...ids.slice(3), 'many-2']
    expect(await whole()).toEqual({ site: now, observer: now })
    await store.close()
  })
})

describe('day items', () => {
  it('that differ from the rows are reported by verify, by site and observer', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await original()
    for (const id of ['missing', 'stale', 'fine'])
      await reserve(proposed({ id, site: id }), ada, { override: false }, context)
    const key = { event_id: 'calendar#site#missing', start: 'day 2030-03-09' }
    await dynamo.client.send(new DeleteItemCommand({ TableName: table, Key: marshall(key) }))
    await dynamo.client.send(
      new DeleteItemCommand({ TableName: table, Key: marshall({ event_id: 'stale', start: '2030-03-09T03:00:00Z' }) }),
    )
    expect((await findings(dayItems.verify(scratchVerificationTable()))).toSorted()).toEqual([
      'notice: stale: is gone, though its history does not say so; restore-event brings it back',
      'problem: missing: the day item of missing for day 2030-03-09 does not say what stands',
      "problem: stale: its observer's day item for day 2030-03-09 stale does not say what stands",
      'problem: stale: the day item of stale for day 2030-03-09 does not say what stands',
    ])
    await store.close()
  })

  it('are verified without findings while others write', async () => {
    const { store, world: context, dayIndex: dayItems } = await original()
    await reserve(proposed({ start: TODAY - DAY }), ada, { override: false }, context)
    const enough = new AbortController()
    const writing = (async () => {
      for (let n = 0; !enough.signal.aborted; n += 1)
        await reserve(proposed({ start: TODAY + n * HOUR }), ada, { override: false }, context)
    })()
    for (let round = 0; round < 3; round += 1)
      expect(await findings(dayItems.verify(scratchVerificationTable()))).toEqual([])
    enough.abort()
    await writing
    await store.close()
  })

  it('let a closure of a year conflict with nights reserved concurrently', async () => {
    for (let round = 0; round < 2; round += 1) {
      const { store, world: context } = await original()
      const closure = proposed({ by: grace, kind: 'maintenance', start: TODAY, end: TODAY + 399 * DAY })
      const nights = Array.from({ length: 8 }, (_, n) => proposed({ by: bo, start: TODAY + (n * 47 + 1) * DAY }))
      const outcomes = await Promise.allSettled([
        reserve(closure, grace, { override: false }, context),
        ...nights.map((night) => reserve(night, bo, { override: false }, storeAndWorld(store))),
      ])
      const stands = await store.list({ sites: [saf.code], during: closure }, asItIs)
      if (outcomes[0]?.status === 'fulfilled') expect(stands).toHaveLength(1)
      else expect(stands.length).toBeGreaterThan(0)
      await store.close()
    }
    function storeAndWorld(store: Parameters<typeof worldOf>[0]) {
      return worldOf(store, { sites: new Map() })
    }
  })

  it('are read completely if a list exceeds one response of DynamoDB', async () => {
    const table = await dynamo.table()
    const pad = 'p'.repeat(20_000)
    const rows = Array.from({ length: 120 }, (_, n) =>
      old({
        event_id: `row-${n}`,
        start: rowCodec.time(at('2030-03-09T00:00:00Z') + n * 60),
        end: rowCodec.time(at('2030-03-09T00:00:00Z') + n * 60 + 60),
        pad,
      }),
    )
    await Promise.all(rows.map((row) => putRow(table, row)))
    const store = storeIn(table)
    expect(await idsAt(store)).toHaveLength(120)
    await openDayIndex({ client: sharedClient(dynamo), table }, dynamoOptions()).rebuild()
    expect(await idsAt(store)).toHaveLength(120)
    expect(await store.list({ observer: 'auth0|vera', endingFrom: TODAY }, asItIs)).toHaveLength(120)
    let count = 0
    for await (const _ of store.all()) count += 1
    expect(count).toBe(120)
    await store.close()
  })

  it('allow twenty weeks to be changed by one call, in several changes', async () => {
    const { store, world: context } = await original()
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        reserve(
          proposed({ start: TODAY + n * 8 * DAY, end: TODAY + n * 8 * DAY + 7 * DAY }),
          ada,
          { override: false },
          context,
        ),
      ),
    )
    const attached = await attachProject(
      { name: 'M31', createdAt: '2030' },
      created.map(({ reservation }) => ({ id: reservation.id })),
      grace,
      context,
    )
    expect(attached.map(({ status }) => status)).toEqual(created.map(() => 'updated'))
    await store.close()
  })
})

describe('the archive of a table', () => {
  it.each([
    ['that is larger than an item of DynamoDB', proposed({ id: 'too-large', note: 'n'.repeat(390_000) }), 'too_large'],
    ['whose id has the prefix of internal items', proposed({ id: 'calendar#mine' }), 'conflict'],
  ])('rejects an entry by name %s, and writes nothing of its batch', async (_, reservation, code) => {
    const { store } = await original()
    const entries = [proposed({ id: 'other' }), reservation].map((one) => {
      return { id: one.id, reservations: [{ reservation: one, revision: 0 }], history: [], messages: [] }
    })
    await expect(store.archive.importAll(entries)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reservation.id),
    })
    expect(await store.find('other')).toEqual([])
    await store.close()
  })

  it('leaves out what was cancelled so long ago that no feed shows it', async () => {
    const old = memoryStore()
    const world = worldOf(old, { sites: new Map() })
    const { id } = (await reserve(proposed({ site: 'long-ago' }), ada, { override: false }, world)).reservation
    await cancel({ reference: { id } }, ada, world)
    const entries = await Array.fromAsync(old.archive.entries())
    for (const [days, count] of [
      [39, 1],
      [41, 0],
    ] as const) {
      const table = await dynamo.table()
      const store = storeInTable(dynamo, table, { now: () => TODAY + days * DAY })
      await store.archive.importAll(entries)
      await store.archive.finalize()
      expect(await store.cancelled({ site: 'long-ago' }, 0, { people: 9, programs: 0 })).toHaveLength(count)
      expect(await store.history(id)).toHaveLength(2)
      await store.close()
    }
    await old.close()
  })

  it('rejects all entries if the table is in use', async () => {
    const { store, world: context } = await original()
    await reserve(proposed(), ada, { override: false }, context)
    const moved = {
      id: 'moved',
      reservations: [{ reservation: proposed({ id: 'moved' }), revision: 0 }],
      history: [],
      messages: [],
    }
    await expect(store.archive.importAll([moved])).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.find('moved')).toEqual([])
    await store.close()
  })
})

describe('many ids at once', () => {
  const m31 = { name: 'M31', createdAt: '2030-01-01' }
  const hours = (count: number, overrides: Parameters<typeof proposed>[0] = {}) =>
    Array.from({ length: count }, (_, n) =>
      proposed({ id: `many-${n}`, start: on(9, '00:00') + n * HOUR, project: m31, ...overrides }),
    )
  const projectsOf = async (store: ReturnType<typeof storeIn>, ids: readonly string[]) =>
    [...(await store.slotsUnder(ids)).values()].flat().map(({ reservation: { project } }) => project)

  it('are found even if they are larger than a megabyte', async () => {
    const { store } = await original()
    const large = hours(50, { extra: { filler: 'x'.repeat(60_000) } })
    for (const one of large) await reserveAs(store, one)
    const found = await store.slotsUnder(large.map(({ id }) => id))
    expect(large.map(({ id }) => found.get(id))).toEqual(large.map((reservation) => [slotOf({ reservation })]))
    await store.close()
  })

  it.each([true, false])(
    'are found without reading other fields, or the rows of deleted ones (with PartiQL: %s)',
    async (statements) => {
      const table = await dynamo.table()
      const extra = { filler: 'x'.repeat(20_000) }
      const created = hours(12, { extra })
      for (const one of created) await reserveAs(storeIn(table), one)
      await cancel({ reference: { id: created[0]!.id } }, ada, worldOf(storeIn(table)))
      const client = sharedClient(dynamo)
      const send = client.send.bind(client) as (command: unknown) => Promise<unknown>
      const answers: string[] = []
      Object.assign(client, {
        send: async (command: object) => {
          if (!statements && command instanceof ExecuteStatementCommand)
            throw Object.assign(new Error('no'), { name: 'AccessDeniedException' })
          const answer = await send(command)
          answers.push(JSON.stringify(answer))
          return answer
        },
      })
      const store = dynamoStore({ client, table }, dynamoOptions())
      const ids = created.map(({ id }) => id)
      const found = await store.slotsUnder(ids)
      expect(ids.map((id) => found.get(id)?.length)).toEqual(ids.map((_, n) => (n === 0 ? 0 : 1)))
      // The last revision of the deleted one is read.
      expect(answers.filter((answer) => answer.includes('xxxx'))).toHaveLength(1)
    },
  )

  it('are changed a few at a time if they are large', async () => {
    const { store, world: context } = await original()
    const large = hours(12, { extra: { filler: 'x'.repeat(50_000) } })
    for (const one of large) await reserveAs(store, one)
    const ids = large.map(({ id }) => id)
    const decide = vi.fn(() => ({ changes: [], answer: undefined }))
    await expect(store.change({ ids }, decide)).rejects.toMatchObject({ code: 'too_large' })
    expect(decide).not.toHaveBeenCalled()
    const references = ids.map((id) => ({ id }))
    expect(await attachProject(undefined, references, scheduler, context)).toEqual(
      ids.map((id) => ({ id, status: 'updated' })),
    )
    expect(await projectsOf(store, ids)).toEqual(ids.map(() => undefined))
    await store.close()
  })

  it('are found by the first of two rows with one start in two formats', async () => {
    const others = { site: 'saf', creator_id: ada.id }
    const { store } = await original(
      {
        ...others,
        event_id: 'twice',
        start: '2030-03-09T05:00:00Z',
        end: '2030-03-09T06:00:00Z',
        project_id: 'M31#2030',
      },
      {
        ...others,
        event_id: 'twice',
        start: '2030-03-09T05:00:00.000Z',
        end: '2030-03-09T06:00:00Z',
        project_id: 'M42#2030',
      },
      { ...others, event_id: 'twice', start: '2030-03-08T05:00:00Z', end: '2030-03-08T06:00:00Z' },
    )
    const found = await store.slotsUnder(['twice'])
    expect(found.get('twice')).toEqual((await store.find('twice')).map(slotOf))
    expect(found.get('twice')).toHaveLength(2)
    await store.close()
  })

  it('are found without the permission for PartiQL', async () => {
    const table = await dynamo.table()
    const created = hours(10)
    for (const one of created) await reserveAs(storeIn(table), one)
    const client = sharedClient(dynamo)
    let denied = 0
    const send = client.send.bind(client) as (command: unknown) => Promise<unknown>
    Object.assign(client, {
      send: (command: object) => {
        if (!(command instanceof ExecuteStatementCommand)) return send(command)
        denied += 1
        return Promise.reject(
          Object.assign(new Error('not authorized to perform: dynamodb:PartiQLSelect'), {
            name: 'AccessDeniedException',
          }),
        )
      },
    })
    const store = dynamoStore({ client, table }, dynamoOptions())
    const ids = created.map(({ id }) => id)
    expect([...(await store.slotsUnder([...ids, 'nobody'])).values()].map((some) => some.length)).toEqual([
      ...ids.map(() => 1),
      0,
    ])
    expect(
      await attachProject(
        undefined,
        ids.map((id) => ({ id })),
        scheduler,
        worldOf(store),
      ),
    ).toHaveLength(10)
    expect(await projectsOf(store, ids)).toEqual(ids.map(() => undefined))
    expect(denied).toBeGreaterThan(1)
  })

  it('have a project detached, also from malformed rows of the original', async () => {
    const project_id = 'M31#2030-01-01'
    const {
      store,
      world: context,
      table,
      dayIndex: dayItems,
    } = await original(
      old({ event_id: 'plain', project_id }),
      old({ event_id: 'twin', project_id }),
      old({ event_id: 'twin', project_id, start: '2030-03-10T03:00:00Z', end: '2030-03-10T04:00:00Z' }),
      old({ event_id: 'shadowed', project_id, start: '2030-03-11T03:00:00Z', end: '2030-03-11T04:00:00Z' }),
      old({ event_id: 'shadowed', project_id, start: '2030-03-11T03:00Z', end: '2030-03-11T04:00:00Z' }),
      old({ event_id: 'offset', project_id, start: '2030-03-12T05:00:00+02:00', end: '2030-03-12T06:00:00+02:00' }),
    )
    await dayItems.rebuild()
    const ids = ['plain', 'twin', 'shadowed', 'offset']
    const answer = await attachProject(
      undefined,
      ids.map((id) => ({ id })),
      scheduler,
      { ...context, hasProjectsService: true },
    )
    expect(answer).toEqual(ids.map((id) => ({ id, status: 'updated' })))
    expect(await projectsOf(store, ids)).toEqual(Array<undefined>(5).fill(undefined))
    expect(await rowsUnder(table, 'shadowed')).toHaveLength(1)
    expect((await store.history('twin')).map(({ number }) => number)).toEqual([1, 2])
    expect(await findings(dayItems.verify(scratchVerificationTable()))).toEqual([
      'notice: twin: has rows at 2 starts',
      'notice: messages that have not been delivered to the projects service: 4',
    ])
    await store.close()
  })

  it('are changed even if a duplicate row was created and deleted in the meantime', async () => {
    const { store, world: context, table } = await original()
    const created = hours(3)
    for (const one of created) await reserveAs(store, one)
    const [first] = created
    const duplicate = { ...first!, start: first!.start + 40 * DAY, end: first!.end + 40 * DAY }
    await reserveAs(store, duplicate)
    await cancel({ reference: { id: duplicate.id, start: duplicate.start } }, ada, context)
    expect((await store.find(duplicate.id))[0]?.revision).toBe(1)
    const impatient = storeInTable(dynamo, table, { timeoutMs: 1000 })
    await attachProject(
      undefined,
      created.map(({ id }) => ({ id })),
      scheduler,
      worldOf(impatient),
    )
    expect(
      await projectsOf(
        store,
        created.map(({ id }) => id),
      ),
    ).toEqual([undefined, undefined, undefined])
    expect((await store.history(duplicate.id)).map(({ via }) => via).at(-1)).toBe('detach-project')
    await store.close()
  })

  it('are changed once each while others change, move, cancel and restore some', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await original()
    const created = hours(30)
    await changing(
      store,
      created.slice(0, 15).map((after) => ({ after })),
    )
    await changing(
      store,
      created.slice(15).map((after) => ({ after })),
    )
    await cancel({ reference: { id: created[5]!.id } }, ada, context)
    const others = worldOf(storeIn(table), { sites: new Map() })
    const operations = created.map(({ id }, n) => {
      if (n % 4 === 0)
        return amend(
          { reference: { id }, change: (before) => ({ ...before, note: 'x' }), override: false },
          ada,
          others,
        )
      if (n % 4 === 1)
        return amend(
          {
            reference: { id },
            change: (before) => ({ ...before, start: before.start + 40 * DAY, end: before.end + 40 * DAY }),
            override: false,
          },
          ada,
          others,
        )
      return n % 4 === 2 ? cancel({ reference: { id } }, ada, others) : undefined
    })
    const references = created.map(({ id }) => ({ id }))
    const [answer, ...outcomes] = await Promise.all([
      attachProject(undefined, references, scheduler, context),
      ...operations.map((operation) =>
        operation?.then(
          () => 'done',
          (error: { code?: string }) => error.code,
        ),
      ),
    ])
    expect(outcomes.filter((outcome) => outcome !== undefined && outcome !== 'done')).toEqual(['not_found'])
    for (const [n, { id }] of created.entries()) {
      const stored = await store.find(id)
      const history = await store.history(id)
      expect(history.map(({ number }) => number)).toEqual(history.map((_, index) => index + 1))
      expect(history.filter(({ via }) => via === 'detach-project').length, id).toBeLessThanOrEqual(1)
      if (stored.length > 0)
        expect([id, answer[n]?.status, stored[0]?.reservation.project]).toEqual([id, 'updated', undefined])
      else expect(history.at(-1)?.after).toBeUndefined()
      if (n % 4 === 0) expect(stored[0]?.reservation.note).toBe('x')
    }
    expect(await findings(dayItems.verify(scratchVerificationTable()))).toEqual([])
    await store.close()
  })
})

describe('the outbox in a table', () => {
  it('is searched in parts, so that a large one is not read completely each time', async () => {
    const { table } = await original()
    const messages = Array.from({ length: 1100 }, (_, n) => ({
      message: joined(`many-${n}`),
      revision: 1,
      writtenAt: TODAY,
      attempts: 12,
      due: n % 100 === 0 ? 0 : TODAY + HOUR,
    }))
    await dynamo.putAll(table, messages.map(messageItem))
    const pages: number[] = []
    const client = sharedClient(dynamo)
    const send = client.send.bind(client) as (command: unknown) => Promise<{ ScannedCount?: number }>
    const counting = dynamoStore(
      {
        table,
        client: Object.assign(client, {
          send: async (command: unknown) => {
            const answer = await send(command)
            if (command instanceof QueryCommand) pages.push(answer.ScannedCount ?? 0)
            return answer
          },
        }),
      },
      dynamoOptions(),
    )
    const ids: string[] = []
    let claims = 0
    while (ids.length < 11 && claims < 100) {
      const before = pages.length
      ids.push(...(await claimed(counting)).map(({ message }) => message.reservation))
      claims += 1
      expect(pages.slice(before).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1000 + 250)
    }
    expect(ids.toSorted()).toEqual(
      messages
        .filter((_, n) => n % 100 === 0)
        .map(({ message }) => message.reservation)
        .toSorted(),
    )
    expect(claims).toBeGreaterThan(1)
  })

  it('is counted the less often the more there are, failed ones too', async () => {
    const { table } = await original()
    const messageOf = (n: number): PendingMessage => ({
      message: { receiver: 'notifier', reservation: `counted-${n}` },
      revision: 1,
      writtenAt: TODAY,
      attempts: 8,
      due: TODAY,
      ...(n < 100 && { failedAt: TODAY }),
    })
    await dynamo.putAll(
      table,
      Array.from({ length: 200 }, (_, n) => messageItem(messageOf(n))),
    )
    let elapsed = 0
    const { outbox } = storeInTable(dynamo, table, { elapsed: () => elapsed })
    const counted = async (at: number) => {
      elapsed = at
      return outbox.backlog('notifier')
    }
    const before = { depth: 100, oldest: TODAY, failed: 100 }
    expect(await counted(0)).toEqual(before)
    await dynamo.putAll(table, [messageItem(messageOf(200))])
    expect(await counted(1.9)).toEqual(before)
    expect(await counted(2)).toEqual({ ...before, depth: 101 })
  })

  it('does not list again a failed message that is retried meanwhile', async () => {
    const { table } = await original()
    // Pages of DynamoDB have 1 MB.
    const failed = Array.from({ length: 9 }, (_, n) => ({
      message: { receiver: n === 0 ? 'archive' : 'notifier', reservation: `${n}`.padEnd(200_000, '-') },
      revision: 1,
      writtenAt: TODAY,
      attempts: 8,
      due: TODAY,
      failedAt: TODAY,
    }))
    await dynamo.putAll(table, failed.slice(0, 5).map(messageItem))
    await dynamo.putAll(table, failed.slice(5).map(messageItem))
    const { outbox } = storeInTable(dynamo, table)
    const listed: PendingMessage[] = []
    for await (const messages of outbox.messages())
      for (const message of messages) {
        listed.push(message)
        await outbox.retry(message)
      }
    expect(listed.toSorted((a, b) => (a.message.reservation < b.message.reservation ? -1 : 1))).toEqual(failed)
  })
})

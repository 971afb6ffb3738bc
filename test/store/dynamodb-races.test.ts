import { setTimeout as sleep } from 'node:timers/promises'
import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { conflicts } from '../../src/domain/conflict.ts'
import { DAY } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { dynamoStore, openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import type { ArchiveEntry, Store } from '../../src/store/port.ts'
import { dynamoOptions, sharedClient } from '../dynamo-store.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { ada, bo, from, grace, on, saf, TODAY, asItIs, proposed, worldOf } from '../context.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await sharedDynamo()
})

const options = (fence = 0) => dynamoOptions({ quotas: true, fence })

/** The parts of a DynamoDB request that these tests read. */
interface Command {
  readonly input: {
    readonly ExpressionAttributeValues?: Readonly<Record<string, { S?: string }>>
    readonly TransactItems?: readonly object[]
    readonly IndexName?: string
    readonly RequestItems?: object
    readonly Key?: Readonly<Record<string, { S?: string }>>
  }
}

/** A client like that of another process, which calls `before` and `after` around each request. */
function clientOf({
  before,
  after,
}: { before?: (command: Command) => Promise<void>; after?: (command: Command) => Promise<void> } = {}) {
  const send = dynamo.client.send.bind(dynamo.client) as (command: Command) => Promise<unknown>
  return sharedClient(dynamo, {
    async send(command: Command) {
      await before?.(command)
      const answer = await send(command)
      await after?.(command)
      return answer
    },
  })
}

const storeIn = (table: string, around: Parameters<typeof clientOf>[0] = {}) =>
  dynamoStore({ client: clientOf(around), table }, options())
const alone = (store: Store) => worldOf(store, { sites: new Map() })
const unforced = { override: false }
const hasValue = (command: Command, text: string) =>
  Object.values(command.input.ExpressionAttributeValues ?? {}).some(({ S }) => S?.startsWith(text))

/** Runs `work` at the first call only. */
function once(work: () => Promise<unknown>) {
  let done: Promise<unknown> | undefined
  return async () => void (await (done ??= work()))
}

describe('a closure and a night within it, reserved in two processes', () => {
  const late: [string, (command: Command) => boolean][] = [
    ['long item', ({ input }) => input.Key?.['start']?.S === 'long'],
    ['days', ({ input }) => input.TransactItems?.some((item) => 'Get' in item) === true],
  ]
  it.each(late)('are never both committed, even if day items are read late: those of the %s', async (_, isLate) => {
    const table = await dynamo.table()
    const other = storeIn(table)
    await reserve(proposed({ site: 'else' }), ada, unforced, alone(other))
    const taken = (error: unknown) => expect(error).toMatchObject({ code: 'conflict' })
    const night = once(() =>
      reserve(proposed({ by: bo, start: on(9, '03:00') }), bo, unforced, alone(other)).catch(taken),
    )
    const store = storeIn(table, { before: async (command) => void (isLate(command) && (await night())) })
    const closure = proposed({ by: grace, kind: 'maintenance', start: TODAY, end: TODAY + 30 * DAY })
    await reserve(closure, grace, unforced, alone(store)).catch(taken)
    await night()
    const stored = (await other.list({ sites: [saf.code], during: closure }, asItIs)).map(
      ({ reservation }) => reservation,
    )
    expect(stored.filter((one) => stored.some((two) => one !== two && conflicts(one, two)))).toEqual([])
    expect(stored.length).toBeGreaterThan(0)
  })
})

describe('a closure whose days are read in several transactions', () => {
  const closure = proposed({ id: 'closure', by: grace, kind: 'maintenance', start: TODAY, end: TODAY + 30 * DAY })
  const [early, late] = [on(2, '03:00'), on(29, '03:00')]
  const isReading = ({ input }: Command) => input.TransactItems?.some((item) => 'Get' in item) === true

  /** A store that calls `work` after reading the first days of a closure and before reading the last. */
  function inBetween(table: string, work: () => Promise<unknown>) {
    const done = once(work)
    const sent: Command[] = []
    const answered: Command[] = []
    const before = async (command: Command) => {
      if (!isReading(command) || sent.push(command) !== 3) return
      while (answered.length < 2) await sleep(1)
      await done()
    }
    return {
      store: storeIn(table, { before, after: async (command) => void (isReading(command) && answered.push(command)) }),
      sent,
    }
  }

  it.each([
    ['created on a day that has been read', undefined, early],
    ['created on a day that has not been read yet', undefined, late],
    ['moved from a day that has not been read yet to one that has been', late, early],
    ['moved from a day that has been read to one that has not been read yet', early, late],
  ])('conflicts with a night that is %s', async (_, was, start) => {
    const table = await dynamo.table()
    const other = alone(storeIn(table))
    const night = (at: number) => proposed({ id: 'night', by: bo, start: at, end: at + 3600 })
    if (was !== undefined) await reserve(night(was), bo, unforced, other)
    const move = () =>
      amend(
        { reference: { id: 'night' }, change: (before) => ({ ...before, start, end: start + 3600 }), override: false },
        bo,
        other,
      )
    const { store, sent } = inBetween(table, () =>
      was === undefined ? reserve(night(start), bo, unforced, other) : move(),
    )
    await expect(reserve(closure, grace, unforced, alone(store))).rejects.toMatchObject({ code: 'conflict' })
    expect(sent.length).toBeGreaterThanOrEqual(3)
    expect(
      (await other.store.list({ sites: [saf.code], during: closure }, asItIs)).map(({ reservation: { id } }) => id),
    ).toEqual(['night'])
  })
})

describe('the same proposed reservation, sent twice', () => {
  it('does not conflict with itself if it is committed between two reads', async () => {
    const table = await dynamo.table()
    const closure = proposed({ id: 'twice', by: grace, kind: 'maintenance', end: on(9, '04:00') })
    const first = once(() => reserve(closure, grace, unforced, alone(storeIn(table))))
    const store = storeIn(table, { before: async (command) => void (hasValue(command, 'day') && (await first())) })
    await expect(reserve(closure, grace, unforced, alone(store))).resolves.toMatchObject({ revision: 1 })
  })
})

describe('a list', () => {
  const during = from(9, '00:00', '12:00')

  it('of two sites contains a reservation exactly once that moves between them during the read', async () => {
    for (const [first, then] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const table = await dynamo.table()
      const other = storeIn(table)
      const { reservation } = await reserve(proposed({ id: 'm', site: first }), ada, unforced, alone(other))
      const move = once(() =>
        amend(
          { reference: { id: 'm' }, change: (was) => ({ ...was, site: then }), override: false },
          ada,
          alone(other),
        ),
      )
      // In the second pass, after one site and before the other.
      let readings = 0
      const isNow = (command: Command) =>
        hasValue(command, 'calendar#site#b') && hasValue(command, 'day') && ++readings === 2
      const around = { before: async (command: Command) => void (isNow(command) && (await move())) }
      const listed = await storeIn(table, around).list({ sites: ['a', 'b'], during: reservation }, asItIs)
      expect(listed.map(({ reservation: { id } }) => id)).toEqual(['m'])
    }
  })

  it('contains a reservation exactly once that moves to another day during the read, even if the index lags', async () => {
    const table = await dynamo.table()
    const other = storeIn(table)
    for (let n = 0; n < 12; n += 1)
      await reserve(
        proposed({ id: `fill-${n}`, start: on(9, '00:00') + n * 1800, end: on(9, '00:00') + (n + 1) * 1800 }),
        ada,
        unforced,
        alone(other),
      )
    const move = once(() =>
      amend(
        {
          reference: { id: 'fill-3' },
          change: (was) => ({ ...was, start: was.start + DAY, end: was.end + DAY }),
          override: false,
        },
        ada,
        alone(other),
      ),
    )
    const around = { after: async (command: Command) => void (hasValue(command, 'day') && (await move())) }
    const listed = await storeIn(table, around).list(
      { sites: [saf.code], during: { start: during.start, end: during.end + 2 * DAY } },
      asItIs,
    )
    expect(listed.map(({ reservation: { id } }) => id).toSorted()).toEqual(
      Array.from({ length: 12 }, (_, n) => `fill-${n}`).toSorted(),
    )
  })
})

describe('building the day items', () => {
  it('twice concurrently leaves nothing out: the earlier build stops', async () => {
    const table = await dynamo.table()
    const store = storeIn(table)
    await reserve(proposed({ id: 'old' }), ada, unforced, alone(store))
    const second = openDayIndex({ client: clientOf(), table }, options(200))
    const meanwhile = once(async () => {
      await second.rebuild()
      await reserve(proposed({ id: 'new', start: on(9, '06:00') }), ada, unforced, alone(storeIn(table)))
    })
    // When the first build has read the table and not written yet.
    const isScan = ({ input }: Command) =>
      !('KeyConditionExpression' in input) && !('Key' in input) && !('RequestItems' in input)
    const first = openDayIndex(
      { client: clientOf({ after: async (command) => void (isScan(command) && (await meanwhile())) }), table },
      options(),
    )
    await expect(first.rebuild()).rejects.toMatchObject({ code: 'conflict' })
    expect(
      (await storeIn(table).list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).map(
        ({ reservation: { id } }) => id,
      ),
    ).toEqual(['old', 'new'])
  })

  it('is not completed by a build that was superseded', async () => {
    const table = await dynamo.table()
    await reserve(proposed({ id: 'old' }), ada, unforced, alone(storeIn(table)))
    const second = openDayIndex({ client: clientOf(), table }, options(300))
    let rebuilt: Promise<unknown> | undefined
    const begin = once(async () => {
      rebuilt = second.rebuild()
      while (
        (await storeIn(table)
          .change({ ids: [] }, () => ({ changes: [], answer: 'built' }))
          .catch(() => 'building')) === 'built'
      )
        await sleep(10)
      await sleep(50)
    })
    const first = openDayIndex(
      { client: clientOf({ after: async ({ input }) => void ('RequestItems' in input && (await begin())) }), table },
      options(),
    )
    await expect(first.rebuild()).rejects.toMatchObject({ code: 'conflict' })
    await expect(
      reserve(proposed({ start: on(9, '06:00') }), ada, unforced, alone(storeIn(table))),
    ).rejects.toMatchObject({ code: 'unavailable' })
    await rebuilt
  })

  it('is not skipped after a migration if a change was attempted in the meantime', async () => {
    const table = await dynamo.table()
    const created = proposed({ id: 'moved' })
    const entry: ArchiveEntry = {
      id: created.id,
      reservations: [{ reservation: created, revision: 0 }],
      history: [],
      messages: [],
    }
    const served = storeIn(table)
    const rejected = once(async () => {
      await expect(reserve(proposed({ by: bo, site: 'else' }), bo, unforced, alone(served))).rejects.toMatchObject({
        code: 'unavailable',
      })
    })
    const target = storeIn(table, {
      before: async (command) => void ('RequestItems' in command.input && (await rejected())),
    })
    await target.archive.importAll([entry])
    await target.archive.finalize()
    expect(await target.list({ sites: [saf.code], during: created }, asItIs)).toHaveLength(1)
    await expect(reserve(proposed({ by: bo }), bo, unforced, alone(target))).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('rows that the original has written back', () => {
  const row = (overrides: object) => ({
    event_id: 'odd',
    start: '2030-03-09T03:00:00Z',
    end: '2030-03-09T04:00:00Z',
    creator: 'Vera',
    creator_id: ada.id,
    site: saf.code,
    title: 'Vera',
    reservation_type: 'realtime',
    origin: 'ptr',
    resourceId: saf.code,
    project_id: 'none',
    reservation_note: '',
    last_modified: '2030-01-01T00:00:00Z',
    ...overrides,
  })

  it.each([
    ['a revision that is not a number', { _revision: 'abc' }],
    ['a revision of type number', { _revision: 7 }],
    ['extra fields that are not JSON', { _extra: '{' }],
    ['extra fields that are not an object', { _extra: '[1]' }],
  ])('are listed, changed and deleted with %s', async (_, odd) => {
    const table = await dynamo.table()
    await dynamo.client.send(new PutItemCommand({ TableName: table, Item: marshall(row(odd)) }))
    await openDayIndex({ client: clientOf(), table }, options()).rebuild()
    const store = storeIn(table)
    expect(await store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toHaveLength(1)
    await expect(
      reserve(proposed({ by: bo, start: on(9, '03:30') }), bo, unforced, alone(store)),
    ).rejects.toMatchObject({ code: 'conflict' })
    await amend(
      { reference: { id: 'odd' }, change: (before) => ({ ...before, note: 'seen' }), override: false },
      ada,
      alone(store),
    )
    await cancel({ reference: { id: 'odd' } }, ada, alone(store))
    expect(await store.find('odd')).toEqual([])
  })

  it('with one start in several formats are one reservation, changed and deleted together', async () => {
    for (const change of ['amend', 'cancel'] as const) {
      const table = await dynamo.table()
      for (const start of ['2030-03-09T03:00:00.000Z', '2030-03-09T03:00:00Z', '2030-03-09T03:00Z']) {
        await dynamo.client.send(new PutItemCommand({ TableName: table, Item: marshall(row({ start })) }))
      }
      const dayItems = openDayIndex({ client: clientOf(), table }, options())
      await dayItems.rebuild()
      const store = storeIn(table)
      if (change === 'amend')
        await amend(
          { reference: { id: 'odd' }, change: (before) => ({ ...before, note: 'seen' }), override: false },
          ada,
          alone(store),
        )
      else await cancel({ reference: { id: 'odd' } }, ada, alone(store))
      expect((await store.find('odd')).map(({ reservation: { note } }) => note)).toEqual(
        change === 'amend' ? ['seen'] : [],
      )
      await dayItems.rebuild()
      expect(await storeIn(table).list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toHaveLength(
        change === 'amend' ? 1 : 0,
      )
    }
  })

  it('that are too long for a transaction can be given a note, but not more time', async () => {
    const table = await dynamo.table()
    await dynamo.client.send(
      new PutItemCommand({ TableName: table, Item: marshall(row({ end: '9999-01-01T00:00:00Z' })) }),
    )
    await openDayIndex({ client: clientOf(), table }, options()).rebuild()
    const store = storeIn(table)
    await amend(
      { reference: { id: 'odd' }, change: (before) => ({ ...before, note: 'seen' }), override: false },
      ada,
      alone(store),
    )
    await expect(importRow(proposed({ end: on(9, '03:00') + 100 * 365 * DAY }), alone(store))).rejects.toMatchObject({
      code: 'too_large',
    })
    expect((await store.find('odd'))[0]?.reservation.note).toBe('seen')
  })
})

describe('a change of many reservations', () => {
  it('is split if it exceeds one transaction', async () => {
    const store = storeIn(await dynamo.table())
    const closures = Array.from({ length: 7 }, (_, n) =>
      proposed({
        id: `closed-${n}`,
        by: grace,
        kind: 'maintenance',
        site: `site-${n}`,
        start: TODAY,
        end: TODAY + 399 * DAY,
      }),
    )
    for (const one of closures) await reserve(one, grace, unforced, alone(store))
    const attached = await attachProject(
      { name: 'M31', createdAt: '2030' },
      closures.map(({ id }) => ({ id })),
      grace,
      alone(store),
    )
    expect(attached.map(({ status }) => status)).toEqual(closures.map(() => 'updated'))
  })

  it('reports impossible ids as not found', async () => {
    const store = storeIn(await dynamo.table())
    const { reservation } = await reserve(proposed(), ada, unforced, alone(store))
    const attached = await attachProject(
      { name: 'M31', createdAt: '2030' },
      [{ id: reservation.id }, { id: 'calendar#site#saf' }],
      anonymous,
      alone(store),
    )
    expect(attached.map(({ status }) => status)).toEqual(['updated', 'not_found'])
  })

  it('reads nothing for an actor who may not write', async () => {
    const command: Command[] = []
    const store = storeIn(await dynamo.table(), { before: async (one) => void command.push(one) })
    const ages = proposed({ start: TODAY, end: TODAY + 5000 * 365 * DAY })
    await expect(reserve(ages, anonymous, unforced, alone(store))).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(reserve(ages, ada, unforced, alone(store))).rejects.toMatchObject({ code: 'malformed' })
    await expect(cancel({ reference: { id: 'x' } }, anonymous, alone(store))).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    expect(command).toEqual([])
  })
})

describe('a change that reads two reservations and writes one', () => {
  it('is retried if the other one changes in the meantime', async () => {
    const table = await dynamo.table()
    const direct = storeIn(table)
    const [one, other] = [proposed({ id: 'written' }), proposed({ id: 'only-read', site: 'elsewhere' })]
    for (const each of [one, other]) await reserve(each, ada, unforced, alone(direct))
    const meanwhile = once(() =>
      amend(
        { reference: { id: other.id }, change: (was) => ({ ...was, note: 'meanwhile' }), ...unforced },
        ada,
        alone(direct),
      ),
    )
    const store = storeIn(table, { before: async ({ input }) => (input.TransactItems ? meanwhile() : undefined) })
    await store.change({ ids: [one.id, other.id] }, (snapshot) => {
      const [before, read] = [snapshot.rows(one.id)[0]!, snapshot.rows(other.id)[0]!]
      const after = { ...before.reservation, note: `the other says: ${read.reservation.note}` }
      return { changes: [{ before, after, at: TODAY, by: ada.id, via: 'amend' }], answer: undefined }
    })
    expect((await direct.find(one.id)).map(({ reservation }) => reservation.note)).toEqual([
      'the other says: meanwhile',
    ])
  })
})

import { type AttributeValue, DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import type { Finding } from '../../src/store/integrity.ts'
import { scratchVerificationTable } from '../../src/store/sqlite/verification-table.ts'
import { dynamoOptions, storeInTable } from '../dynamo-store.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { ada, from, grace, on, saf, type TestWorld, asItIs, proposed, worldOf } from '../context.ts'

type Item = Record<string, AttributeValue>
type Items = ReadonlyMap<string, Item>

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await sharedDynamo()
})

async function calendar() {
  const table = await dynamo.table()
  const open = () => storeInTable(dynamo, table)
  const store = open()
  return {
    table,
    open,
    store,
    world: worldOf(store, { sites: new Map() }),
    dayIndex: openDayIndex({ client: dynamo.client, table }, dynamoOptions()),
  }
}

async function itemsIn(TableName: string): Promise<Items> {
  const { Items: items = [] } = await dynamo.client.send(new ScanCommand({ TableName, ConsistentRead: true }))
  return new Map(items.map((item) => [`${item['event_id']?.S}\n${item['start']?.S}`, item]))
}

async function set(TableName: string, name: string, item: Item | undefined): Promise<void> {
  const [event_id = '', start = ''] = name.split('\n')
  const Key = { event_id: { S: event_id }, start: { S: start } }
  if (item) await dynamo.client.send(new PutItemCommand({ TableName, Item: item }))
  else await dynamo.client.send(new DeleteItemCommand({ TableName, Key }))
}

async function textsOf(found: AsyncIterable<Finding>): Promise<string[]> {
  const texts: string[] = []
  for await (const { severity, text } of found) texts.push(`${severity}: ${text}`)
  return texts
}

const during = { start: on(1, '00:00'), end: on(1, '00:00') + 30 * DAY }
const created = () => proposed({ id: 'one', start: on(9, '03:00') })
const first = async (context: TestWorld) => void (await reserve(created(), ada, { override: false }, context))
const amended = (change: Parameters<typeof amend>[0]['change']) => async (context: TestWorld) =>
  void (await amend({ reference: { id: 'one' }, change, override: false }, ada, context))
const noted = amended((was) => ({ ...was, note: 'seen' }))

/** The preparation of a change, and the change. */
const CHANGES: Record<string, readonly [(context: TestWorld) => Promise<void>, (context: TestWorld) => Promise<void>]> =
  {
    'was created': [
      async (context) => void (await reserve(proposed({ site: 'else' }), ada, { override: false }, context)),
      first,
    ],
    'was given a note': [first, noted],
    'was given another end': [first, amended((was) => ({ ...was, end: was.end + HOUR }))],
    'was moved': [first, amended((was) => ({ ...was, start: was.start + 2 * DAY, end: was.end + 2 * DAY }))],
    'was moved to another site': [
      async (context) => {
        await first(context)
        await noted(context)
      },
      amended((was) => ({ ...was, site: 'elsewhere' })),
    ],
    'was deleted': [
      async (context) => {
        await first(context)
        await noted(context)
      },
      async (context) => void (await cancel({ reference: { id: 'one' } }, ada, context)),
    ],
    'was restored': [
      async (context) => {
        await first(context)
        await cancel({ reference: { id: 'one' } }, ada, context)
      },
      async (context) => void (await restore({ id: 'one', number: 1, override: false }, grace, context)),
    ],
    'was given a project': [
      first,
      async (context) =>
        void (await attachProject({ name: 'M31', createdAt: '2030' }, [{ id: 'one' }], grace, context)),
    ],
  }

const isRevision = (name: string) => name.startsWith('calendar#history#')
const isOurs = (name: string) => name.startsWith('calendar#')

/** All subsets of a list. */
const partsOf = (names: readonly string[]): string[][] =>
  names.reduce<string[][]>((parts, name) => parts.flatMap((part) => [part, [...part, name]]), [[]])

describe.each(Object.entries(CHANGES))('a backup that was taken while a reservation %s', (_, [prepare, change]) => {
  it('is completed or reverted by rebuild, whatever part of the change it contains', async () => {
    const { table, open, store, world: context, dayIndex: dayItems } = await calendar()
    await prepare(context)
    const before = await itemsIn(table)
    const stoodBefore = await store.find('one')
    await change(context)
    const after = await itemsIn(table)
    const stoodAfter = await store.find('one')
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name)),
    )
    const rows = changed.filter((name) => !isOurs(name))
    const revision = changed.filter(isRevision)
    expect(revision).toHaveLength(1)
    const others = changed.filter((name) => isOurs(name) && !isRevision(name))

    for (const dayItemsAreNew of [false, true]) {
      for (const part of partsOf([...rows, ...revision])) {
        for (const name of changed)
          await set(
            table,
            name,
            (part.includes(name) || (dayItemsAreNew && others.includes(name)) ? after : before).get(name),
          )
        const there = [...part, ...rows.filter((name) => !part.includes(name))].filter(
          (name) => !isOurs(name) && (part.includes(name) ? after : before).has(name),
        )
        await dayItems.rebuild()
        const reported = await textsOf(dayItems.verify(scratchVerificationTable()))
        expect(
          reported.filter((text) => text.startsWith('problem')),
          part.join(),
        ).toEqual([])
        const stands = await open().find('one')
        const newRowIsThere = rows.some((name) => part.includes(name) && after.has(name))
        if (newRowIsThere || (part.includes(revision[0] ?? '') && there.length > 0))
          expect(stands, part.join()).toEqual(stoodAfter)
        else if (there.length > 0) expect(stands, part.join()).toEqual(stoodBefore)
        else expect(stands, part.join()).toEqual([])
        // A reservation without a row may have been deleted or moved: verify reports it, and how to restore it.
        const last = (await open().history('one', {})).at(-1)
        expect(
          reported.some((text) => text.includes('is gone, though its history does not say so')),
          part.join(),
        ).toBe(stands.length === 0 && last?.after !== undefined)
        expect(
          (await open().list({ sites: [saf.code, 'elsewhere'], during }, asItIs)).filter(
            ({ reservation: { id } }) => id === 'one',
          ),
        ).toEqual(stands)
      }
    }
  })
})

describe('a table with an unfinished change', () => {
  it('is reported by verify until rebuild completes it with a revision by import', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await calendar()
    await first(context)
    await noted(context)
    const whole = await itemsIn(table)
    const revision = [...whole.keys()].filter(isRevision).toSorted().at(-1) ?? ''
    await set(table, revision, undefined)
    expect(await textsOf(dayItems.verify(scratchVerificationTable()))).toEqual([
      'problem: one: its last revision is missing from its history',
    ])
    expect(await dayItems.rebuild()).toMatchObject({ reservations: 1, completed: 1 })
    expect(await textsOf(dayItems.verify(scratchVerificationTable()))).toEqual([])
    expect((await store.history('one', {})).at(-1)).toMatchObject({
      number: 2,
      by: 'import',
      via: 'import',
      before: { note: '' },
      after: { note: 'seen' },
    })
    await noted(context)
    expect((await store.history('one', {})).map(({ number }) => number)).toEqual([1, 2, 3])
    expect(await dayItems.rebuild()).toMatchObject({ completed: 0 })
  })

  it('lets a reservation without a row be restored from its history', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await calendar()
    await first(context)
    for (const name of (await itemsIn(table)).keys()) if (!isOurs(name)) await set(table, name, undefined)
    await dayItems.rebuild()
    expect(await textsOf(dayItems.verify(scratchVerificationTable()))).toEqual([
      'notice: one: is gone, though its history does not say so; restore-event brings it back',
    ])
    await restore({ id: 'one', number: 1, override: false }, grace, context)
    expect(
      (await store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).map(
        ({ reservation: { id } }) => id,
      ),
    ).toEqual(['one'])
    expect(await textsOf(dayItems.verify(scratchVerificationTable()))).toEqual([])
  })

  it('keeps changes of the original after a rollback, even with our revision number', async () => {
    const { table, store, world: context, dayIndex: dayItems } = await calendar()
    await first(context)
    const early = await itemsIn(table)
    await noted(context)
    const [name = ''] = [...(await itemsIn(table)).keys()].filter((one) => !isOurs(one))
    const row = (await itemsIn(table)).get(name)
    await set(table, name, { ...row, reservation_note: { S: 'by the original' } })
    await dayItems.rebuild()
    expect((await store.find('one'))[0]?.reservation.note).toBe('by the original')
    // An old page may write back the row it read before our change, without our revision number.
    const { _revision: _, ...unmarked } = early.get(name) as Item
    await set(table, name, unmarked)
    expect(await dayItems.rebuild()).toMatchObject({ completed: 0 })
    expect((await store.find('one'))[0]?.reservation.note).toBe('')
    expect(await textsOf(dayItems.verify(scratchVerificationTable()))).toEqual([
      'notice: one: is as it was before its last revision',
    ])
  })
})

import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  DeleteItemCommand,
  GetItemCommand,
  type GetItemCommandOutput,
  paginateScan,
  type QueryCommandOutput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openChangeStream } from '../../src/background/change-stream.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import type { Failure } from '../../src/domain/failure.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { readChanges } from '../../src/service/changes.ts'
import { reserve } from '../../src/service/reserve.ts'
import { loggedSiteKey } from '../../src/store/dynamodb/feed-log.ts'
import { dynamoStore, openDayIndex } from '../../src/store/dynamodb/dynamo-store.ts'
import type { FeedEntry, Store } from '../../src/store/port.ts'
import { ada, bo, proposed, TODAY, worldOf } from '../context.ts'
import { dynamoOptions, sharedClient } from '../dynamo-store.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'

vi.setConfig({ testTimeout: 180_000 })

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await sharedDynamo()
})

const KEPT = 90 * DAY

/** A store like that of another process, in a table that another test may not have. */
const storeIn = (table: string, client: Dynamo['client'] = sharedClient(dynamo)): Store =>
  dynamoStore({ client, table }, dynamoOptions({ keepFeedFor: KEPT }))

/** A store in a new table, and the cursor at its beginning. */
async function opened() {
  const table = await dynamo.table()
  const store = storeIn(table)
  return { table, store, begin: (await store.feed.end()).id }
}

let sites = 0
const freshSite = () => `log-${++sites}`
const world = (store: Store) => worldOf(store, { sites: new Map() })
const make = (store: Store, overrides: Partial<Reservation>) =>
  reserve(proposed(overrides), ada, { override: false }, world(store)).then(({ reservation }) => reservation)
const edit = (store: Store, id: string, changed: Partial<Reservation>) =>
  amend({ reference: { id }, change: (before) => ({ ...before, ...changed }), override: false }, ada, world(store))
/** Makes reservations at a site, one after the other. @returns their ids */
async function makeMany(store: Store, site: string, count: number, from = 0): Promise<string[]> {
  const ids: string[] = []
  for (let n = from; n < from + count; n += 1)
    ids.push((await make(store, { site, start: TODAY + n * 3 * HOUR, modified: TODAY })).id)
  return ids
}

async function readAll(store: Store, from: string, only?: ReadonlySet<string>): Promise<FeedEntry[]> {
  const entries: FeedEntry[] = []
  for (let at = from; ;) {
    const page = (await store.feed.since(at, 100, only)) ?? expect.fail('the cursor is unknown')
    if (page.entries.length + page.remaining === 0) return entries
    entries.push(...page.entries)
    at = page.next.id
  }
}
const names = (entries: readonly FeedEntry[]) => entries.map(({ revision }) => `${revision.id} ${revision.number}`)

async function itemsOf(TableName: string) {
  const items = []
  for await (const { Items = [] } of paginateScan({ client: dynamo.client }, { TableName, ConsistentRead: true }))
    items.push(...Items.map((item) => unmarshall(item)))
  return items
}
const segmentsOf = async (table: string, site: string) =>
  (await itemsOf(table))
    .filter(({ event_id }) => event_id === `calendar#feed#${site}`)
    .toSorted((a, b) => (a['start'] < b['start'] ? -1 : 1))
const longItemOf = async (table: string, site: string) =>
  (await itemsOf(table)).find(({ event_id, start }) => event_id === `calendar#site#${site}` && start === 'long')
type RawItem = Record<string, AttributeValue>
const isLongItemOf =
  (site: string) =>
  ({ event_id, start }: RawItem) =>
    event_id?.S === `calendar#site#${site}` && start?.S === 'long'
const deleteItem = (TableName: string, { event_id, start }: Record<string, string>) =>
  dynamo.client.send(new DeleteItemCommand({ TableName, Key: marshall({ event_id, start }) }))

describe('the log of a site', () => {
  it('moves to segments, which are kept for a time, and is read through them', async () => {
    const { table, store, begin } = await opened()
    const site = freshSite()
    const ids = await makeMany(store, site, 34)
    const segments = await segmentsOf(table, site)
    expect(segments.map(({ log }) => log.length)).toEqual([16, 16])
    expect(segments.map((segment) => segment['expires'])).toEqual(segments.map(() => TODAY + KEPT))
    expect((await longItemOf(table, site))?.['log']).toHaveLength(2)
    const all = await readAll(store, begin, new Set([site]))
    expect(names(all)).toEqual(ids.map((id) => `${id} 1`))
    for (const n of [0, 14, 15, 16, 31, 32, 33])
      expect(names(await readAll(store, all[n]?.id ?? '')), `after ${n}`).toEqual(names(all.slice(n + 1)))
  })

  it('goes on when the day items are built anew', async () => {
    const { table, store } = await opened()
    const site = freshSite()
    await makeMany(store, site, 20)
    await openDayIndex({ client: dynamo.client, table }, dynamoOptions()).rebuild()
    const again = storeIn(table)
    const { id: now } = await again.feed.end()
    const ids = await makeMany(again, site, 20, 20)
    expect(names(await readAll(again, now))).toEqual(ids.map((id) => `${id} 1`))
    expect((await segmentsOf(table, site)).map(({ log }) => log.length)).toEqual([16, 16])
    expect((await longItemOf(table, site))?.['log']).toHaveLength(8)
  })

  it('ends where a segment is missing: cursors before it are gone, and those after it are not', async () => {
    const { table, store, begin } = await opened()
    const site = freshSite()
    await makeMany(store, site, 34)
    const all = await readAll(store, begin)
    const [first, second] = await segmentsOf(table, site)
    const isKept = async (id: string) => [await store.feed.since(id, 100), await store.feed.cursor(id)].every(Boolean)
    const kept = async () => {
      const known = await Promise.all([begin, ...all.map(({ id }) => id)].map(isKept))
      return known.flatMap((is, n) => (is ? [n] : []))
    }
    await deleteItem(table, first as Record<string, string>)
    // The entry of a cursor was the end until the next one was made, so the last of the segment is still one.
    expect(await kept()).toEqual(Array.from({ length: 19 }, (_, n) => n + 16))
    await deleteItem(table, second as Record<string, string>)
    expect(await kept()).toEqual(Array.from({ length: 3 }, (_, n) => n + 32))
  })

  it('is told completely or not at all if a later segment is missing', async () => {
    const { table, store, begin } = await opened()
    const site = freshSite()
    await makeMany(store, site, 34)
    const [, later] = await segmentsOf(table, site)
    await deleteItem(table, later as Record<string, string>)
    expect(await store.feed.since(begin, 100)).toBeUndefined()
  })

  it('is moved once by two that would move it at the same time', async () => {
    const { table, store, begin } = await opened()
    const site = freshSite()
    const ids = await makeMany(store, site, 15)
    const send = dynamo.client.send.bind(dynamo.client) as (command: object) => Promise<unknown>
    const transactions: Promise<unknown>[] = []
    const slow = sharedClient(dynamo, {
      async send(command: object) {
        if (command instanceof TransactWriteItemsCommand) {
          const transaction = send(command)
          transactions.push(transaction)
          return transaction
        }
        const answer = await send(command)
        // What it moves, it reads after its change; then another change moves more before it does.
        if (transactions.length === 1 && command instanceof GetItemCommand && ids.length === 15)
          ids.push(...(await makeMany(store, site, 1, 16)))
        return answer
      },
    })
    ids.splice(15, 0, ...(await makeMany(storeIn(table, slow), site, 1, 15)))
    await vi.waitUntil(() => transactions.length === 2, { timeout: 120_000 })
    await Promise.allSettled(transactions)
    ids.push(...(await makeMany(store, site, 3, 17)))
    expect(names(await readAll(store, begin))).toEqual(ids.map((id) => `${id} 1`))
    expect((await segmentsOf(table, site)).map(({ log }) => log.length)).toEqual([17])
  })

  it('has one entry for a change whose answer was lost, and that was sent again', async () => {
    const { table, begin, store: direct } = await opened()
    const send = dynamo.client.send.bind(dynamo.client) as (command: object) => Promise<unknown>
    let lost = 0
    const client = sharedClient(dynamo, {
      async send(command: { input: { TransactItems?: object[] } }) {
        const answer = await send(command)
        if (!command.input.TransactItems || lost++ > 0) return answer
        await send(command)
        throw Object.assign(new Error('lost'), {
          name: 'TransactionCanceledException',
          CancellationReasons: [],
          $metadata: { attempts: 2 },
        })
      },
    })
    const store = storeIn(table, client)
    const { id } = await make(store, { site: freshSite() })
    expect(lost).toBeGreaterThan(0)
    expect(names(await readAll(direct, begin))).toEqual([`${id} 1`])
  })
})

describe('a cursor', () => {
  it('of another table, or from before the day items were built anew, is unknown', async () => {
    const [one, other] = [await opened(), await opened()]
    for (const { store } of [one, other]) await makeMany(store, 'both', 2)
    const ends = [await one.store.feed.end(), await one.store.feed.end(new Set(['both']))].map(({ id }) => id)
    for (const id of [one.begin, ...ends])
      expect([await other.store.feed.since(id, 10, new Set(['both'])), await other.store.feed.cursor(id)]).toEqual([
        undefined,
        undefined,
      ])
    await openDayIndex({ client: dynamo.client, table: one.table }, dynamoOptions()).rebuild()
    const again = storeIn(one.table)
    for (const id of [one.begin, ...ends]) expect(await again.feed.since(id, 10, new Set(['both']))).toBeUndefined()
    const { id: now } = await again.feed.end()
    const [made] = await makeMany(again, 'both', 1, 2)
    expect(names(await readAll(again, now))).toEqual([`${made} 1`])
  })

  it('for some sites is one for these and fewer', async () => {
    const { store } = await opened()
    const [here, there] = [freshSite(), freshSite()]
    const { id } = await store.feed.end(new Set([here]))
    await make(store, { site: here })
    expect(names(await readAll(store, id, new Set([here])))).toHaveLength(1)
    for (const asked of [undefined, new Set([there]), new Set([here, there])])
      expect([await store.feed.since(id, 10, asked), await store.feed.cursor(id, asked)]).toEqual([
        undefined,
        undefined,
      ])
    const { id: all } = await store.feed.end()
    const page = await store.feed.since(all, 10, new Set([there]))
    await make(store, { site: there })
    await make(store, { site: here, start: TODAY + 3 * HOUR })
    expect(names(await readAll(store, page?.next.id ?? ''))).toHaveLength(2)
  })
})

describe('a cursor of all sites that have long codes', () => {
  const codeOf = (n: number) => `${n}`.padStart(32, 'x')

  it('fits into the headers of a request, or is refused, and then goes on for sites that are named', async () => {
    const { table, store } = await opened()
    await dynamo.putAll(
      table,
      Array.from({ length: 330 }, (_, n) => marshall(loggedSiteKey(codeOf(n)))),
    )
    const { id } = await store.feed.end()
    for (const n of [330, 331, 332]) await make(store, { site: codeOf(n) })
    const refused = { code: 'too_large', message: expect.stringContaining('please name those that you mean') as string }
    await expect(store.feed.end()).rejects.toMatchObject(refused)
    await expect(store.feed.since(id, 100)).rejects.toMatchObject(refused)
    expect((await store.feed.since(id, 100, new Set([codeOf(330)])))?.entries).toHaveLength(1)
  })

  it('counts in the size of a page of changes, each of which has one', async () => {
    const { table, store } = await opened()
    await dynamo.putAll(
      table,
      Array.from({ length: 250 }, (_, n) => marshall(loggedSiteKey(codeOf(n)))),
    )
    const { id: since } = await store.feed.end()
    const made: string[] = []
    for (let n = 0; n < 80; n += 1) made.push((await make(store, { site: codeOf(n) })).id)
    const seen: string[] = []
    let [cursor, size] = [since, 1]
    while (size > 0) {
      size = 0
      const page = await readChanges({ since: cursor }, store.feed, ({ id, revision }) => {
        size += id.length
        return { text: revision.id, bytes: id.length }
      })
      expect(size).toBeLessThan(500_000 + 12_000)
      seen.push(...page.changes)
      cursor = page.cursor
    }
    expect(seen.toSorted()).toEqual(made.toSorted())
  })
})

describe('a move between two sites', () => {
  it('comes once, after what is before it at either', async () => {
    const { store, begin } = await opened()
    const [here, there] = [freshSite(), freshSite()]
    const moved = await make(store, { site: here })
    const others = await makeMany(store, there, 20, 50)
    await edit(store, moved.id, { site: there })
    const after = await make(store, { site: here, start: moved.start })
    const both = await readAll(store, begin, new Set([here, there]))
    expect(names(both).filter((name) => name === `${moved.id} 2`)).toHaveLength(1)
    const place = (name: string) => names(both).indexOf(name)
    for (const id of others) expect(place(`${id} 1`)).toBeLessThan(place(`${moved.id} 2`))
    expect(place(`${after.id} 1`)).toBeGreaterThan(place(`${moved.id} 2`))
    for (const site of [here, there])
      expect(names(await readAll(store, begin, new Set([site])))).toContain(`${moved.id} 2`)
  })

  /** Two reservations at a site, the second of which was moved to another; and the cursor after that. */
  async function moved() {
    const { table, store } = await opened()
    const [here, there] = [freshSite(), freshSite()]
    const [first = '', second = ''] = await makeMany(store, here, 2)
    await edit(store, second, { site: there })
    return { table, store, here, there, first, second, end: (await store.feed.end()).id }
  }

  it('comes once if another, to a site that gets its log just then, is committed while the logs are read', async () => {
    const { table, store, here, there, first, second, end } = await moved()
    const send = dynamo.client.send.bind(dynamo.client) as (command: object) => Promise<BatchGetItemCommandOutput>
    let reads = 0
    const client = sharedClient(dynamo, {
      async send(command: object) {
        const answer = await send(command)
        if (!(command instanceof BatchGetItemCommand) || reads++ > 0) return answer
        await edit(store, first, { site: freshSite() })
        await edit(store, second, { site: here })
        // DynamoDB reads the items of a batch one by one.
        const [early, late] = [answer, await send(command)].map(({ Responses }) => Responses?.[table] ?? [])
        return { Responses: { [table]: [early?.find(isLongItemOf(here)), late?.find(isLongItemOf(there))] } }
      },
    })
    expect(names(await readAll(storeIn(table, client), end))).toEqual([`${first} 2`, `${second} 3`])
    expect(reads).toBeGreaterThan(0)
  })

  it('comes once if it is visible at one site before the other', async () => {
    const { table, store, here, there, second, end } = await moved()
    const { Item: old } = await dynamo.client.send(
      new GetItemCommand({ TableName: table, Key: marshall({ event_id: `calendar#site#${there}`, start: 'long' }) }),
    )
    await edit(store, second, { site: here })
    type Answer = Partial<GetItemCommandOutput & BatchGetItemCommandOutput & Pick<QueryCommandOutput, 'Items'>>
    const send = dynamo.client.send.bind(dynamo.client) as (command: object) => Promise<Answer>
    let isVisible = false
    const client = sharedClient(dynamo, {
      async send(command: object) {
        const answer = await send(command)
        if (isVisible) return answer
        if (command instanceof TransactGetItemsCommand)
          throw Object.assign(new Error('in progress'), {
            name: 'TransactionCanceledException',
            CancellationReasons: [{ Code: 'TransactionConflict' }],
          })
        const asSeen = (item: RawItem) => (isLongItemOf(there)(item) ? old : item)
        return {
          Items: answer.Items,
          Item: answer.Item && asSeen(answer.Item),
          Responses: { [table]: answer.Responses?.[table]?.map(asSeen) },
        }
      },
    })
    const reading = storeIn(table, client)
    const page = (await reading.feed.since(end, 100)) ?? expect.fail()
    isVisible = true
    expect(names([...page.entries, ...(await readAll(reading, page.next.id))])).toEqual([`${second} 3`])
  })

  it('is told although the log of the other site does not show it', async () => {
    const { table, store, begin } = await opened()
    const [here, there] = [freshSite(), freshSite()]
    await make(store, { site: there, start: TODAY + 9 * DAY })
    const { id } = await make(store, { site: here })
    await edit(store, id, { site: there })
    await dynamo.client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: marshall({ event_id: `calendar#site#${there}`, start: 'long' }),
        UpdateExpression: 'REMOVE #log[1]',
        ExpressionAttributeNames: { '#log': 'log' },
      }),
    )
    expect(names(await readAll(store, begin))).toContain(`${id} 2`)
  })
})

it('racing writers of two processes are told once each, in the order of the commits at each site, to readers that are cut off', async () => {
  const { table, store, begin } = await opened()
  const stores = [store, storeIn(table)]
  const codes = [freshSite(), freshSite(), freshSite()]
  let isDone = false
  let writes = 0
  const writer = async (n: number) => {
    const own = stores[n % 2] as Store
    for (let round = 0; round < 4; round += 1) {
      // Few nights, so that they contend for them.
      const start = TODAY + 12 * DAY + ((n * 5 + round) % 8) * 2 * HOUR
      const site = codes[(n + round) % 3] as string
      try {
        const by = n % 3 === 0 ? bo : ada
        const { reservation } = await reserve(
          proposed({ site, start, observer: by.id }),
          by,
          { override: false },
          world(own),
        )
        writes += 1
        const { id } = reservation
        const change = (before: Reservation) => ({ ...before, site: codes[(n + round + 1) % 3] as string })
        await amend({ reference: { id }, change, override: false }, by, world(own)).then(
          () => (writes += 1),
          () => undefined,
        )
        await cancel({ reference: { id } }, by, world(own))
        writes += 1
      } catch (error) {
        expect(['conflict', 'unavailable']).toContain((error as Failure).code)
      }
    }
  }
  const writers = Promise.all(Array.from({ length: 8 }, (_, n) => writer(n))).finally(() => (isDone = true))
  const reader = async (only?: ReadonlySet<string>) => {
    const seen: FeedEntry[] = []
    let at = begin
    for (let isLast = false; !isLast;) {
      isLast = isDone
      for (let count = 1; count > 0;) {
        // Each page is read by another process, which loses a part of it.
        const page = (await (stores[seen.length % 2] as Store).feed.since(at, 7, only)) ?? expect.fail()
        const processed = page.entries.slice(0, 1 + (seen.length % 3))
        seen.push(...processed)
        count = processed.length
        at = processed.at(-1)?.id ?? page.next.id
      }
    }
    return seen
  }
  const readers = [undefined, ...codes.map((code) => new Set([code])), new Set(codes.slice(0, 2))].map(reader)
  const [all, ...some] = await Promise.all(readers)
  await writers
  expect(writes).toBeGreaterThan(20)
  expect(new Set(names(all ?? [])).size).toBe(writes)
  expect(all).toHaveLength(writes)
  const asked = [codes, ...codes.map((code) => [code]), codes.slice(0, 2)]
  for (const [n, seen] of [all, ...some].entries()) assertConsistent(seen ?? [], asked[n] ?? [])
  for (const [n, code] of codes.entries()) {
    const here = (all ?? []).filter(({ revision: { before, after } }) =>
      [before, after].some((one) => one?.site === code),
    )
    expect(names(some[n] ?? [])).toEqual(names(here))
  }
})

/** Each change starts from where the last one of its reservation has left it, and takes time that nobody else has. */
function assertConsistent(entries: readonly FeedEntry[], asked: readonly string[]): void {
  const stored = new Map<string, Reservation>()
  for (const { revision } of entries) {
    const { id, before, after, number } = revision
    if (before && asked.includes(before.site)) expect(stored.get(id)).toEqual(before)
    stored.delete(id)
    if (!after || !asked.includes(after.site)) continue
    const taken = [...stored.values()].filter((one) => conflicts(after, one))
    expect(taken, `${id} ${number}`).toEqual([])
    stored.set(id, after)
  }
}

it('one stream of changes follows the logs of other sites from the moment at which a subscriber joins it', async () => {
  const { store } = await opened()
  const { feed } = store
  const [site, other] = [freshSite(), freshSite()]
  let release: (() => void) | undefined
  let isHeld = false
  const since: typeof feed.since = async (id, max, only) => {
    const page = await feed.since(id, max, only)
    if (isHeld && only?.has(site)) await new Promise<void>((resolve) => (release = resolve))
    return page
  }
  const following = openChangeStream({ ...feed, pollMs: 10, since }, { onError: (error) => expect.fail(String(error)) })
  onTestFinished(() => following.stop())
  const follow = async (code: string) => {
    const told: string[] = []
    const subscriber = {
      sites: new Set([code]),
      start: (kind: string) => void told.push(kind),
      send: ({ id }: { id: string }) => void told.push(id),
      heartbeat: () => undefined,
      buffered: () => ({ bytes: 0, chars: 0 }),
      drained: () => Promise.resolve(),
      end: () => void told.push('end'),
    }
    await following.subscribe(subscriber, undefined)
    return told
  }
  const first = await follow(site)
  await expect.poll(() => following.backfilling()).toBe(0)
  isHeld = true
  await expect.poll(() => release).toBeDefined()
  const second = await follow(other)
  await expect.poll(() => following.backfilling()).toBe(0)
  isHeld = false
  release!()
  const [one, two] = [await make(store, { site }), await make(store, { site: other })]
  await expect
    .poll(() => [first, second])
    .toEqual([
      ['hello', one.id],
      ['hello', two.id],
    ])
})

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable, asUnavailable } from './unavailable.ts'
import type { Item } from './attributes.ts'
import { type Key, keyAttributes } from './items.ts'

export interface Table {
  readonly client: DynamoDBClient
  readonly table: string
}

/** As many keys as a `BatchGetItem` takes, and as many items as a `BatchWriteItem` does. */
const MAX_BATCH_GET = 100
const MAX_BATCH_WRITE = 25
/** As many keys as a statement's `IN` takes. */
const MAX_IN_KEYS = 50
/** A transaction holds 4 MB, read or written: ten items of 400 kB, the largest there are. */
const MAX_TRANSACT_GET = 10
/** How many batches are on their way at a time. The client has 50 connections, and a request that waits for one is late. */
const CONCURRENCY = 16
/** The same of those that may be large. */
const FEW_CONCURRENCY = 4
/** How often what DynamoDB left undone of a batch is asked for again, and the first pause before that. */
const MAX_ATTEMPTS = 8
const FIRST_BACKOFF_MS = 25

/** A request for a list, less what is the same for all. */
export type Search = Omit<QueryCommandInput, 'TableName'>
type Scan = Omit<ScanCommandInput, 'TableName'>
type Update = Omit<UpdateItemCommandInput, 'TableName' | 'Key'>
type Condition = Pick<DeleteItemCommandInput, 'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'>
/** Names of the attributes that are wanted; undefined where all are. */
type Only = readonly string[] | undefined
type Transact = (table: string) => TransactWriteItem

/**
 * All that is ever asked of DynamoDB. Reads are strongly consistent, but those of an index, and come whole.
 * Each throws `Failure('unavailable')` where there is no answer, but `transact`, whose caller wants to know why.
 */
export type Requests = ReturnType<typeof openRequests>

export function openRequests({ client, table: TableName }: Table) {
  const metered = { TableName, ReturnConsumedCapacity: 'TOTAL' } as const

  async function get(key: Key): Promise<Item | undefined> {
    const command = new GetItemCommand({ ...metered, Key: keyAttributes(key), ConsistentRead: true })
    return (await checked(client.send(command))).Item
  }

  async function* pagesOf(search: Search): AsyncGenerator<Item[]> {
    const input = { ...metered, ConsistentRead: search.IndexName === undefined, ...search }
    const pages = paged((from) => client.send(new QueryCommand({ ...input, ExclusiveStartKey: from })))
    for await (const { Items } of pages) yield requireItems(Items)
  }

  async function* scan(search: Scan): AsyncGenerator<Item[]> {
    const pages = paged((from) => client.send(new ScanCommand({ ...metered, ConsistentRead: true, ...search, ExclusiveStartKey: from })))
    for await (const { Items } of pages) yield requireItems(Items)
  }

  async function getSome(keys: readonly Key[], only: Only): Promise<Item[]> {
    const found: Item[] = []
    let keysLeft: Item[] = keys.map(keyAttributes)
    for (let attempt = 0; keysLeft.length > 0; attempt += 1) {
      await backoffBefore(attempt)
      const RequestItems = { [TableName]: { Keys: keysLeft, ConsistentRead: true, ...projection(only) } }
      const answer = await checked(client.send(new BatchGetItemCommand({ RequestItems, ReturnConsumedCapacity: 'TOTAL' })))
      found.push(...requireItems(answer.Responses?.[TableName]))
      keysLeft = answer.UnprocessedKeys?.[TableName]?.Keys ?? []
    }
    return found
  }

  /** A statement does in one request what takes a query for each. Who may not send statements sends the queries. */
  async function* pagesUnder(ids: readonly string[], only: Only): AsyncGenerator<Item[]> {
    const what = only?.map((name) => `"${name}"`).join(', ') ?? '*'
    const Statement = `SELECT ${what} FROM "${TableName}" WHERE event_id IN [${ids.map(() => '?').join(', ')}]`
    const Parameters = ids.map((id) => ({ S: id }))
    let NextToken: string | undefined
    do {
      // DynamoDB Local does not say what a statement has consumed; that there is a list at all tells that it was heard.
      const answer = await asUnavailable(() => client.send(new ExecuteStatementCommand({ Statement, Parameters, ConsistentRead: true, NextToken })))
      yield requireItems(answer.Items)
      NextToken = answer.NextToken
    } while (NextToken !== undefined)
  }

  async function* pagesUnderEach(ids: readonly string[], only: Only): AsyncGenerator<Item[]> {
    for (const id of ids) {
      yield* pagesOf({ KeyConditionExpression: 'event_id = :id', ExpressionAttributeValues: { ':id': { S: id } }, ...projection(only) })
    }
  }

  /** What has been taken before one may not is taken again. */
  async function takeUnder(ids: readonly string[], only: Only, parse: (items: Item[]) => Promise<void> | void): Promise<void> {
    const takeAll = async (pages: AsyncGenerator<Item[]>) => {
      for await (const page of pages) await parse(page)
    }
    await takeAll(pagesUnder(ids, only)).catch((error: unknown) => unlessAccessDenied(error, () => takeAll(pagesUnderEach(ids, only))))
  }

  async function getTogether(keys: readonly Key[]): Promise<Item[] | undefined> {
    const TransactItems = keys.map((key) => ({ Get: { TableName, Key: keyAttributes(key) } }))
    const command = new TransactGetItemsCommand({ TransactItems, ReturnConsumedCapacity: 'TOTAL' })
    const answer = await asUnavailable(async () => {
      const response = await client.send(command).catch(unlessBusy)
      return response && assertNotEmpty(response)
    })
    return answer && requireItems(answer.Responses).flatMap(({ Item: item }) => (item ? [item] : []))
  }

  async function writeSome(writes: WriteRequest[]): Promise<void> {
    let left = writes
    for (let attempt = 0; left.length > 0; attempt += 1) {
      await backoffBefore(attempt)
      const command = new BatchWriteItemCommand({ RequestItems: { [TableName]: left }, ReturnConsumedCapacity: 'TOTAL' })
      left = (await checked(client.send(command))).UnprocessedItems?.[TableName] ?? []
    }
  }

  return {
    get,
    async query(search: Search): Promise<Item[]> {
      const found: Item[] = []
      for await (const page of pagesOf(search)) found.push(...page)
      return found
    },
    pagesOf,
    /** All that stands under many ids. @param parse what is made of each lot, in a turn of the event loop of its own */
    async under<T>(ids: readonly string[], parse: (items: Item[]) => readonly T[]): Promise<T[]> {
      const readBatch = async (batch: string[]) => {
        const found: Item[] = []
        await takeUnder(batch, undefined, (page) => void found.push(...page))
        return parse(found)
      }
      return (await mapBatches(ids, MAX_IN_KEYS, readBatch)).flat()
    },
    /** Takes, of all that stands under many ids, the attributes that are named, page by page: few are in memory at a time. */
    async underEach(ids: readonly string[], only: readonly string[], parse: (items: Item[]) => Promise<void>): Promise<void> {
      await mapBatches(ids, MAX_IN_KEYS, (batch) => takeUnder(batch, only, parse), FEW_CONCURRENCY)
    },
    scan,
    /** @param only the attributes that are wanted: all, unless it says otherwise */
    getAll: async (keys: readonly Key[], only?: readonly string[]): Promise<Item[]> =>
      (await mapBatches(keys, MAX_BATCH_GET, (batch) => getSome(batch, only))).flat(),
    /** Each as committed transactions left it, and no other; not all as one instant had them. Undefined where one is at them. */
    async getSettled(keys: readonly Key[]): Promise<Item[] | undefined> {
      const found = await mapBatches(keys, MAX_TRANSACT_GET, getTogether)
      return found.some((items) => items === undefined) ? undefined : found.flatMap((items) => items ?? [])
    },
    /** Not all or nothing: for what may be written again. */
    writeAll: async (writes: readonly WriteRequest[]): Promise<void> => {
      await mapBatches(writes, MAX_BATCH_WRITE, writeSome)
    },
    /** @returns the item as it was; undefined, and nothing is done, where the condition does not hold */
    async update(key: Key, update: Update): Promise<Item | undefined> {
      const command = new UpdateItemCommand({ ...metered, ReturnValues: 'ALL_OLD', ...update, Key: keyAttributes(key) })
      const answer = await unlessConditionFails(() => client.send(command))
      return answer && (answer.Attributes ?? {})
    },
    /** @returns false, and nothing is done, where the condition does not hold */
    async remove(key: Key, condition: Condition): Promise<boolean> {
      const command = new DeleteItemCommand({ ...metered, ...condition, Key: keyAttributes(key) })
      return (await unlessConditionFails(() => client.send(command))) !== undefined
    },
    async count(search: Search): Promise<number> {
      const input = { ...metered, ConsistentRead: true, ...search, Select: 'COUNT' } as const
      let total = 0
      for await (const { Count = 0 } of paged((from) => client.send(new QueryCommand({ ...input, ExclusiveStartKey: from })))) total += Count
      return total
    },
    /** All or nothing, and once for a token. @throws whatever the SDK throws, or `EmptyResponse` */
    async transact(writes: readonly Transact[], token: string): Promise<void> {
      const TransactItems = writes.map((write) => write(TableName))
      assertNotEmpty(await client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: token, ReturnConsumedCapacity: 'TOTAL' })))
    },
    close: () => client.destroy(),
  }
}

/** Attributes as a request names them: some of their names are words of DynamoDB's own. */
const projection = (only: Only) =>
  only && {
    ProjectionExpression: only.map((_, n) => `#${n}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(only.map((name, n) => [`#${n}`, name])),
  }

/** Answer after answer, until one says that there is no more. */
async function* paged<T extends Metered & { LastEvaluatedKey?: Item | undefined }>(ask: (from: Item | undefined) => Promise<T>): AsyncGenerator<T> {
  let from: Item | undefined
  do {
    const answer = await checked(ask(from))
    yield answer
    from = answer.LastEvaluatedKey
  } while (from)
}

/** An answer that says nothing is none: whatever stands in between may have made it up. */
class EmptyResponse extends Error {
  constructor() {
    super('DynamoDB gave an answer without content.')
    this.name = 'Unheard'
  }
}

/** The answer to one write, tried again while a transaction is at the item; undefined where its condition does not hold. */
const unlessConditionFails = <T extends Metered>(ask: () => Promise<T>): Promise<T | undefined> =>
  asUnavailable(async () => {
    for (let attempt = 0; ; attempt += 1) {
      await backoffBefore(attempt)
      try {
        return assertNotEmpty(await ask())
      } catch (error) {
        const { name } = error as Error
        if (name === 'ConditionalCheckFailedException') return undefined
        if (name !== 'TransactionConflictException') throw error
      }
    }
  })

/** @throws the error, unless it says that one may not do this; then it is done otherwise */
function unlessAccessDenied<T>(error: unknown, otherwise: () => Promise<T>): Promise<T> {
  if (((error as Error).cause as Error | undefined)?.name === 'AccessDeniedException') return otherwise()
  throw error
}

/** @throws the error, unless it says that another transaction is under way */
function unlessBusy(error: Error & { CancellationReasons?: { Code?: string }[] }): undefined {
  if (error.name === 'TransactionCanceledException' && error.CancellationReasons?.some(({ Code }) => Code === 'TransactionConflict')) return undefined
  throw error
}

interface Metered {
  readonly ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[] | undefined
}

const checked = <T extends Metered>(request: Promise<T>): Promise<T> => asUnavailable(async () => assertNotEmpty(await request))

function assertNotEmpty<T extends Metered>(answer: T): T {
  if (!answer.ConsumedCapacity) throw new EmptyResponse()
  return answer
}

function requireItems<T>(items: T[] | undefined): T[] {
  if (!items) throw unavailable(new EmptyResponse())
  return items
}

async function backoffBefore(attempt: number): Promise<void> {
  if (attempt === MAX_ATTEMPTS) throw unavailable(new EmptyResponse())
  if (attempt > 0) await sleep(FIRST_BACKOFF_MS * 2 ** attempt)
}

/** What `work` makes of a list, batch by batch, some of them side by side. */
async function mapBatches<T, R>(list: readonly T[], size: number, work: (batch: T[]) => Promise<R>, atOnce = CONCURRENCY): Promise<R[]> {
  const results: R[] = []
  for (const batch of inBatches(inBatches(list, size), atOnce)) results.push(...(await Promise.all(batch.map(work))))
  return results
}

/** Does the same for each of a list, some of them side by side. Where one fails no more are begun, and it is thrown when all have ended. */
export async function inLanes<T>(list: readonly T[], lanes: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...list]
  async function lane(): Promise<void> {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one)
  }
  const stopping = (error: unknown) => {
    left.length = 0
    throw error
  }
  await ended(Array.from({ length: Math.min(lanes, list.length) }, () => lane().catch(stopping)))
}

/** What several come to, once all have ended. @throws what the first of them throws, and not before the others have ended */
export async function ended<T extends readonly Promise<unknown>[] | []>(several: T): Promise<{ -readonly [N in keyof T]: Awaited<T[N]> }> {
  await Promise.allSettled(several)
  return Promise.all(several)
}

export function inBatches<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size))
}

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  paginateQuery,
  paginateScan,
  type ScanCommandInput,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import { chunksOf, mapConcurrently } from '../../concurrency.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import { failureOf, orUnavailable, retry, unavailable } from './errors.ts'
import { type ItemWrite, namesIn, transactItem } from './item-write.ts'
import { INDEXES, type Item, type Key, keyAttributes } from './items.ts'

export interface Table {
  readonly client: DynamoDBClient
  readonly table: string
}

/** What one request may contain at most: keys of a `BatchGetItem`, items of a `BatchWriteItem`, ids of an `IN`. */
const MAX_BATCH_GET = 100
const MAX_BATCH_WRITE = 25
const MAX_IN_IDS = 50
/** A transaction holds 4 MB: ten items of 400 kB, the largest there are. */
const MAX_TRANSACT_GET = 10
/** Batches requested concurrently. The client has 50 connections, and a request that waits for one is slow. */
const CONCURRENCY = 16
/** The same for answers that may be large. */
const LARGE_CONCURRENCY = 4
/** Attempts of a request that DynamoDB has not done, or done in part; and the first pause between two of them. */
const MAX_ATTEMPTS = 8
const FIRST_PAUSE_MS = 50

/** A search among the items with one `event_id`, by `start`; in an index of the original by its own keys. */
export interface Search {
  /** The value of the partition key. */
  readonly partition: string
  /** The first and the last sort key; all without them. */
  readonly range?: readonly [first: string, last: string]
  /** An index may be some seconds behind. */
  readonly index?: keyof typeof INDEXES
  readonly only?: Only
  /** Items of a page; without it as many as make a megabyte. */
  readonly limit?: number | undefined
  readonly descending?: boolean
  /** Whether the answer may be some seconds old, at half the price. */
  readonly stale?: boolean
}

/** The attributes to read; all without them. */
type Only = readonly string[] | undefined

/**
 * Every request to DynamoDB. Reads are strongly consistent unless said otherwise, and complete.
 * Each throws Failure `unavailable` if there is no answer; only `transact` throws the SDK's errors.
 */
export type Requests = ReturnType<typeof openRequests>

// oxlint-disable-next-line max-lines-per-function -- short methods that share a client
export function openRequests({ client, table: TableName }: Table) {
  function pages({ partition, range, index, only, limit, descending = false, stale = false }: Search) {
    const [partitionKey, sortKey] = index ? [INDEXES[index], 'end'] : ['event_id', 'start']
    const KeyConditionExpression = `#${partitionKey} = :partition${range ? ` AND #${sortKey} BETWEEN :first AND :last` : ''}`
    const input = {
      TableName,
      IndexName: index,
      KeyConditionExpression,
      ...projection(only, KeyConditionExpression),
      ExpressionAttributeValues: attributesOf({
        ':partition': partition,
        ...(range && { ':first': range[0], ':last': range[1] }),
      }),
      ConsistentRead: !stale && !index,
      ScanIndexForward: !descending,
      Limit: limit,
    }
    return itemsOf(paginateQuery({ client }, input))
  }

  async function* statementPages(ids: readonly string[], only: Only) {
    const attributes = only?.map((name) => `"${name}"`).join(', ') ?? '*'
    const Statement = `SELECT ${attributes} FROM "${TableName}" WHERE event_id IN [${ids.map(() => '?').join(', ')}]`
    const input = { Statement, Parameters: ids.map((id) => ({ S: id })), ConsistentRead: true }
    let NextToken: string | undefined
    do {
      const answer = await orUnavailable(client.send(new ExecuteStatementCommand({ ...input, NextToken })))
      yield answer.Items ?? []
      NextToken = answer.NextToken
    } while (NextToken !== undefined)
  }

  async function getBatch(keys: readonly Key[], only: Only) {
    const found: Item[] = []
    let Keys: Item[] = keys.map(keyAttributes)
    await untilDone(async () => {
      const RequestItems = { [TableName]: { Keys, ConsistentRead: true, ...projection(only) } }
      const answer = await orUnavailable(client.send(new BatchGetItemCommand({ RequestItems })))
      found.push(...(answer.Responses?.[TableName] ?? []))
      Keys = answer.UnprocessedKeys?.[TableName]?.Keys ?? []
      return Keys.length === 0
    })
    return found
  }

  async function getTogether(keys: readonly Key[]): Promise<Item[] | undefined> {
    const TransactItems = keys.map((key) => ({ Get: { TableName, Key: keyAttributes(key) } }))
    const request = client.send(new TransactGetItemsCommand({ TransactItems })).catch(unlessBusy)
    return (await orUnavailable(request))?.Responses?.map(({ Item: item }) => item).filter((item) => item !== undefined)
  }

  async function writeBatch(writes: readonly Pick<ItemWrite, 'key' | 'put'>[]): Promise<void> {
    let left: WriteRequest[] = writes.map(({ key, put }) =>
      put ? { PutRequest: { Item: put } } : { DeleteRequest: { Key: keyAttributes(key) } },
    )
    await untilDone(async () => {
      const command = new BatchWriteItemCommand({ RequestItems: { [TableName]: left } })
      left = (await orUnavailable(client.send(command))).UnprocessedItems?.[TableName] ?? []
      return left.length === 0
    })
  }

  return {
    async get(key: Key): Promise<Item | undefined> {
      const command = new GetItemCommand({ TableName, Key: keyAttributes(key), ConsistentRead: true })
      return (await orUnavailable(client.send(command))).Item
    },
    pages,
    scan: (search: Omit<ScanCommandInput, 'TableName'> = {}) =>
      itemsOf(paginateScan({ client }, { TableName, ConsistentRead: true, ...search })),
    /** Reads all items under many ids, page by page. A statement takes one request for 50 ids; a query takes one for each. */
    async eachUnder(ids: readonly string[], visit: (items: Item[]) => Promise<void> | void, only?: Only) {
      await mapConcurrently(chunksOf(ids, MAX_IN_IDS), LARGE_CONCURRENCY, async (batch) => {
        try {
          for await (const items of statementPages(batch, only)) await visit(items)
        } catch (error) {
          if (!isAccessDenied(error)) throw error
          // The role may not send statements.
          for (const partition of batch) for await (const items of pages({ partition, only })) await visit(items)
        }
      })
    },
    /** @param only the attributes to read; all without it */
    getAll: async (keys: readonly Key[], only?: Only) =>
      (await inBatches(keys, MAX_BATCH_GET, (batch) => getBatch(batch, only))).flat(),
    /** Each item as a committed transaction left it. @returns undefined if a transaction on one of them is in progress */
    async getSettled(keys: readonly Key[]): Promise<Item[] | undefined> {
      const found = await inBatches(keys, MAX_TRANSACT_GET, getTogether)
      return found.includes(undefined) ? undefined : found.flatMap((items) => items ?? [])
    },
    /** Puts items, or deletes those with nothing to put: one by one, not as a transaction. */
    writeAll: async (writes: readonly Pick<ItemWrite, 'key' | 'put'>[]) =>
      void (await inBatches(writes, MAX_BATCH_WRITE, writeBatch)),
    /** Updates or deletes one item. @returns false, with nothing written, if it is not as expected */
    async write(write: ItemWrite): Promise<boolean> {
      const { Update, Delete } = transactItem(write, TableName)
      const send = () =>
        Update ? client.send(new UpdateItemCommand(Update)) : client.send(new DeleteItemCommand(Delete!))
      return ifConditionHolds(send)
    },
    /** All or nothing, and once for a token. @throws the SDK's errors */
    async transact(writes: readonly ItemWrite[], token: string): Promise<void> {
      const TransactItems = writes.map((write) => transactItem(write, TableName))
      await client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: token }))
    },
    close: () => client.destroy(),
  }
}

const inBatches = <T, R>(list: readonly T[], size: number, work: (batch: T[]) => Promise<R>) =>
  mapConcurrently(chunksOf(list, size), CONCURRENCY, work)

/** The items of the first page. */
export async function firstPage(pages: AsyncIterable<Item[]>): Promise<Item[]> {
  for await (const items of pages) return items
  return []
}

/** The items of all pages. */
export async function allItems<T = Item>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = []
  for await (const items of pages) found.push(...items)
  return found
}

function projection(only: Only, other = '') {
  const ProjectionExpression = only?.map((name) => `#${name}`).join(', ')
  return { ProjectionExpression, ExpressionAttributeNames: namesIn(ProjectionExpression ?? '', other) }
}

async function* itemsOf(pages: AsyncIterable<{ readonly Items?: Item[] | undefined }>): AsyncGenerator<Item[]> {
  try {
    for await (const { Items = [] } of pages) yield Items
  } catch (error) {
    throw failureOf(error)
  }
}

/** Repeats a request until it is done. */
async function untilDone(request: () => Promise<boolean>): Promise<void> {
  const isDone = await retry(MAX_ATTEMPTS, FIRST_PAUSE_MS, request)
  if (!isDone) throw unavailable(new Error('DynamoDB has not done all of a request.'))
}

/** Writes one item, again while a transaction holds it. @returns whether its condition holds */
async function ifConditionHolds(write: () => Promise<unknown>): Promise<boolean> {
  let holds = true
  const attempt = async () => {
    try {
      await write()
    } catch (error) {
      const { name } = error as Error
      if (name === 'TransactionConflictException') return false
      if (name !== 'ConditionalCheckFailedException') throw error
      holds = false
    }
    return true
  }
  await orUnavailable(untilDone(attempt))
  return holds
}

const isAccessDenied = (error: unknown) =>
  ((error as Error).cause as Error | undefined)?.name === 'AccessDeniedException'

/** @throws the error, unless a transaction is in progress */
function unlessBusy(error: Error & { CancellationReasons?: { Code?: string }[] }): undefined {
  const isBusy = error.CancellationReasons?.some(({ Code }) => Code === 'TransactionConflict')
  if (error.name !== 'TransactionCanceledException' || !isBusy) throw error
}

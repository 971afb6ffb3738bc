import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openClient } from '../src/store/dynamodb/client.ts'
import { type Dynamo, sharedDynamo } from './dynamodb.ts'
import { injectFaults, noFaults, type FaultProxy, inOrder, startFaultProxy, type FaultPlan } from './fault-proxy.ts'
import { TIMEOUT_MS, type FaultName, FAULT_CASES, faultsOf } from './faults.ts'

let dynamo: Dynamo
let table: string
beforeAll(async () => {
  dynamo = await sharedDynamo()
  table = await dynamo.table()
})

let keys = 0
const freshKey = () => ({ event_id: { S: `event-${++keys}` }, start: { S: 'now' } })

/** Longer than any answer takes, however busy the machine. */
const PATIENT_MS = 20_000
/** Faults that only the client's time-out ends. */
const UNANSWERED: readonly FaultName[] = ['hung', 'answerLost', 'stalled']

/** A proxy with faults, and a client of it that sends each request once. */
async function through(faultPlan: FaultPlan) {
  const proxy = await startFaultProxy(dynamo.endpoint, faultPlan)
  onTestFinished(() => proxy.stop())
  return { client: clientOf(proxy), proxy }
}

function clientOf({ endpoint }: FaultProxy, timeoutMs = PATIENT_MS): DynamoDBClient {
  const client = openClient({ region: 'us-east-1', endpoint, local: true, maxAttempts: 1, timeoutMs })
  onTestFinished(() => client.destroy())
  return client
}

/** One that waits as long as it takes, unless nothing will come. */
const clientUnder = (name: FaultName, proxy: FaultProxy) =>
  clientOf(proxy, UNANSWERED.includes(name) ? TIMEOUT_MS : PATIENT_MS)

const put = (Item: ReturnType<typeof freshKey>) =>
  new TransactWriteItemsCommand({
    TransactItems: [{ Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(event_id)' } }],
    ClientRequestToken: `${Item.event_id.S} ${Item.start.S}`,
    ReturnConsumedCapacity: 'TOTAL',
  })

const get = (Key: ReturnType<typeof freshKey>) => new GetItemCommand({ TableName: table, Key, ConsistentRead: true })

const stands = async (key: ReturnType<typeof freshKey>) => (await dynamo.client.send(get(key))).Item !== undefined

const outcomeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'answered',
    (error: Error) => error.name,
  )

describe('a request between a client and DynamoDB', () => {
  /** What a client that tries once is told of a transaction. */
  const TOLD: Partial<Record<FaultName, string>> = {
    throttled: 'ThrottlingException',
    internalErrorAfterAll: 'InternalServerError',
    resetAfterCommit: 'TimeoutError',
    hung: 'TimeoutError',
    slow: 'answered',
    cutOff: 'Error',
    garbled: 'CorruptResponse',
    empty: 'CorruptResponse',
    altered: 'CorruptResponse',
    twice: 'answered',
    inConflict: 'TransactionCanceledException',
    inProgress: 'TransactionInProgressException',
    tableGone: 'ResourceNotFoundException',
  }

  it.each(faultsOf(['TransactWriteItems']))(
    'is carried out or not as the table of troubles says: %s',
    async (name, { fault, carriedOut }) => {
      const { proxy } = await through(injectFaults(fault, ['TransactWriteItems']))
      const key = freshKey()
      const outcome = await outcomeOf(clientUnder(name, proxy).send(put(key)))
      if (TOLD[name]) expect(outcome).toBe(TOLD[name])
      await proxy.settled()
      expect(await stands(key)).toBe(carriedOut !== 'no')
    },
  )

  it.each(faultsOf(['GetItem']))('gets through the second time: %s', async (name, { fault }) => {
    const { client, proxy } = await through(injectFaults(fault, ['GetItem'], 1))
    await outcomeOf(clientUnder(name, proxy).send(get(freshKey())))
    await proxy.settled()
    expect(await outcomeOf(client.send(get(freshKey())))).toBe('answered')
  })

  it('meets a fault where it was told to, and is counted', async () => {
    const fault = FAULT_CASES.accessDenied.fault
    const { client, proxy } = await through(inOrder('GetItem', undefined, fault))
    const ask = () => outcomeOf(client.send(get(freshKey())))
    expect([await ask(), await ask(), await ask()]).toEqual(['answered', 'AccessDeniedException', 'answered'])
    expect(await outcomeOf(client.send(put(freshKey())))).toBe('answered')
    expect(Object.fromEntries(proxy.counts)).toEqual({ GetItem: 3, TransactWriteItems: 1 })
    proxy.turn(injectFaults(fault, ['GetItem'], 1))
    expect([await ask(), await ask()]).toEqual(['AccessDeniedException', 'answered'])
    proxy.turn(noFaults)
    expect(proxy.counts.size).toBe(0)
  })

  it('is told the reasons for which a transaction was cancelled, one for each item', async () => {
    const { client } = await through(injectFaults(FAULT_CASES.partlyThrottled.fault, ['TransactWriteItems']))
    const { TransactItems } = put(freshKey()).input
    const two = new TransactWriteItemsCommand({
      TransactItems: [...TransactItems!, ...put(freshKey()).input.TransactItems!],
    })
    const reasons = [{ Code: 'None' }, { Code: 'ThrottlingError' }]
    await expect(client.send(two)).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: reasons,
    })
  })

  it('comes back in small pages that make the whole', async () => {
    const { client, proxy } = await through(injectFaults(FAULT_CASES.smallPages.fault, ['Query']))
    const { event_id } = freshKey()
    for (const start of ['1', '2', '3']) await dynamo.client.send(put({ event_id, start: { S: start } }))
    const page = (ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey']) =>
      client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'event_id = :id',
          ExpressionAttributeValues: { ':id': event_id },
          ExclusiveStartKey,
        }),
      )
    const found: unknown[] = []
    for (let from: QueryCommandInput['ExclusiveStartKey'], asked = 0; asked === 0 || from; asked += 1) {
      const { Items = [], LastEvaluatedKey } = await page(from)
      expect(Items.length).toBeLessThanOrEqual(1)
      found.push(...Items)
      from = LastEvaluatedKey
    }
    expect(found).toHaveLength(3)
    expect(proxy.counts.get('Query')).toBeGreaterThan(2)
  })

  it('comes back with keys left unprocessed, and the others answered', async () => {
    const { client } = await through(injectFaults(FAULT_CASES.halfProcessed.fault, ['BatchGetItem']))
    const all = [freshKey(), freshKey(), freshKey()]
    for (const key of all) await dynamo.client.send(put(key))
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: all } } }),
    )
    expect(Responses?.[table]).toHaveLength(1)
    expect(UnprocessedKeys?.[table]?.Keys).toEqual(all.slice(0, 2))
  })
})

import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { chunksOf } from '../src/concurrency.ts'
import { openClient } from '../src/store/dynamodb/client.ts'
import { tableDefinition } from '../src/store/dynamodb/items.ts'
import { startLocal } from './dynamodb-local.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** An address that answers with the endpoint of the run's DynamoDB Local. */
    dynamoLocal: string
  }
}

export interface Dynamo {
  /** As `http://127.0.0.1:8000`. */
  readonly endpoint: string
  readonly client: DynamoDBClient
  /** A new table as the original made it; its name. */
  table(): Promise<string>
  /** Puts items into a table as they are. */
  putAll(table: string, items: readonly Record<string, AttributeValue>[]): Promise<void>
}

/** The most items of one `BatchWriteItem`. */
const MAX_BATCH_WRITE = 25

let shared: Promise<Dynamo> | undefined

/** The one DynamoDB Local of a run, for the files that make tables of their own in it. */
export const sharedDynamo = (): Promise<Dynamo> => (shared ??= connectShared())

async function connectShared(): Promise<Dynamo> {
  // Not at the top, since the benchmarks run without vitest.
  const { inject } = await import('vitest')
  const response = await fetch(inject('dynamoLocal'))
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return connect(text)
}

/** Starts a DynamoDB Local for the caller alone. */
export async function startDynamo(): Promise<Dynamo & { stop(): Promise<void> }> {
  const local = await startLocal()
  const dynamo = connect(local.endpoint)
  return {
    ...dynamo,
    async stop() {
      dynamo.client.destroy()
      await local.stop()
    },
  }
}

function connect(endpoint: string): Dynamo {
  const client = openClient({ region: 'us-east-1', endpoint, local: true, timeoutMs: 20_000 })
  let tables = 0
  return {
    endpoint,
    client,
    async table() {
      // Other processes make tables beside this one.
      const name = `calendar-${process.pid}-${++tables}`
      await client.send(new CreateTableCommand(tableDefinition(name))).catch(unlessMade)
      return name
    },
    async putAll(table, items) {
      for (const batch of chunksOf(items, MAX_BATCH_WRITE)) {
        const puts = batch.map((Item) => ({ PutRequest: { Item } }))
        await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: puts } }))
      }
    },
  }
}

/** One that took long was asked for a second time. */
function unlessMade(error: Error): void {
  if (error.name !== 'ResourceInUseException') throw error
}

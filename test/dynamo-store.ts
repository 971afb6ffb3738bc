import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { dynamoStore } from '../src/store/dynamodb/dynamo-store.ts'
import type { DynamoOptions } from '../src/store/dynamodb/table.ts'
import type { Store } from '../src/store/port.ts'
import { rowCodec } from '../src/wire/legacy.ts'
import type { Dynamo } from './dynamodb.ts'

/** The options of a store in a table that no process had open before. */
export const dynamoOptions = (others: Partial<DynamoOptions> = {}): DynamoOptions => ({
  codec: rowCodec,
  elapsed: () => performance.now() / 1000,
  newToken: () => crypto.randomUUID(),
  random: Math.random,
  report: () => undefined,
  fence: 0,
  ...others,
})

/** A client that stores cannot close, since many share it; with other methods if any are given. */
export const sharedClient = ({ client }: Dynamo, methods: object = {}): DynamoDBClient =>
  Object.assign(Object.create(client) as DynamoDBClient, { destroy: () => undefined }, methods)

/** A store in a table, like that of another process. */
export const storeInTable = (dynamo: Dynamo, table: string, others: Partial<DynamoOptions> = {}): Store =>
  dynamoStore({ client: sharedClient(dynamo), table }, dynamoOptions(others))

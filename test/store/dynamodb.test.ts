import { afterAll, beforeAll } from 'vitest'
import { dynamoStore } from '../../src/store/dynamodb/dynamo-store.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { type Dynamo, startDynamo } from '../dynamodb.ts'
import { storeContract } from './contract.ts'

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await startDynamo()
})
afterAll(() => dynamo.stop())

let tokens = 0
const open = async () =>
  dynamoStore({ client: dynamo.client, table: await dynamo.table() }, { codec: rowCodec, newToken: () => `token-${++tokens}`, chance: Math.random, report: () => undefined })

storeContract('DynamoDB', open, 0.1)

import { randomBytes } from 'node:crypto'
import { isLoopback, type Settings } from '../ops/settings.ts'
import { connect } from '../store/dynamodb/connect.ts'
import { dynamoStore } from '../store/dynamodb/dynamo-store.ts'
import type { Store } from '../store/store.ts'
import { rowCodec } from '../wire/legacy.ts'

/** The table of a store that is one. */
export const tableOf = (name: string): string | undefined => /^dynamodb:(.+)$/.exec(name)?.[1]

/** A store in DynamoDB. One on this machine is Amazon's emulator, which asks for credentials and looks at none. */
export function openDynamo(settings: Settings, name: string, report: (message: string, facts: object) => void): Store {
  return dynamoStore(tableAt(settings, name), {
    codec: rowCodec,
    newToken: () => randomBytes(12).toString('base64url'),
    chance: Math.random,
    report,
  })
}

/** @throws Error when the name is no table's */
export function tableAt({ AWS_REGION: region, DYNAMODB_ENDPOINT: endpoint }: Settings, name: string) {
  const table = tableOf(name)
  if (table === undefined) throw new Error(`${name} is no table: this command is for a store in DynamoDB.`)
  const local = endpoint !== undefined && isLoopback(new URL(endpoint).hostname)
  return { client: connect({ region, endpoint, local }), table }
}

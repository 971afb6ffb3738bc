import { randomBytes } from 'node:crypto'
import { Trouble } from '../cli/trouble.ts'
import { isLoopback } from '../ip-address.ts'
import type { Settings } from '../ops/settings.ts'
import { connect } from '../store/dynamodb/connect.ts'
import { type DynamoOptions, dynamoStore, sheetsIn } from '../store/dynamodb/dynamo-store.ts'
import type { Store } from '../store/store.ts'
import { rowCodec } from '../wire/legacy.ts'
import { elapsed } from './clock.ts'
import { tableOf } from './wiring.ts'

type Report = (message: string, facts: object) => void

/** A store in DynamoDB. One on this machine is Amazon's emulator, which asks for credentials and looks at none. */
export const openDynamo = (settings: Settings, name: string, report: Report, through?: DynamoOptions['through']): Store =>
  dynamoStore(tableAt(settings, name), { ...optionsOf(report), through })

/** The sheets of the table that is configured. @throws Trouble when the store is no table */
export const openSheets = (settings: Settings, report: Report) => sheetsIn(tableAt(settings, settings.STORE), optionsOf(report))

const optionsOf = (report: Report) => ({
  codec: rowCodec,
  elapsed,
  newToken: () => randomBytes(12).toString('base64url'),
  chance: Math.random,
  report,
})

/** @throws Trouble when the name is no table's */
function tableAt({ AWS_REGION: region, DYNAMODB_ENDPOINT: endpoint }: Settings, name: string) {
  const table = tableOf(name)
  if (table === undefined) throw new Trouble('settings', `STORE is ${name}, and this command is for a table of DynamoDB.`)
  const local = endpoint !== undefined && isLoopback(new URL(endpoint).hostname)
  return { client: connect({ region, endpoint, local }), table }
}

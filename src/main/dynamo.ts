import { randomBytes } from 'node:crypto'
import { CliError } from '../cli/cli-error.ts'
import { isLoopback } from '../ip-address.ts'
import { DAY } from '../domain/interval.ts'
import { isCounting } from '../domain/rules.ts'
import type { Settings } from '../ops/settings.ts'
import type { SitesFile } from '../ops/sites.ts'
import { openClient } from '../store/dynamodb/client.ts'
import { dynamoStore, openDayIndex } from '../store/dynamodb/dynamo-store.ts'
import type { DynamoOptions } from '../store/dynamodb/table.ts'
import type { Store } from '../store/port.ts'
import { rowCodec } from '../wire/legacy.ts'
import { elapsed } from './clock.ts'
import { now, sitesOf, tableOf } from './wiring.ts'

type Report = DynamoOptions['report']

/**
 * Opens a store in DynamoDB, with quotas if any rule counts. An endpoint on this machine is DynamoDB Local, which needs no real
 * credentials.
 */
export const openDynamo = (
  settings: Settings,
  name: string,
  { report, ...options }: Pick<DynamoOptions, 'report' | 'wrapRequests'>,
): Store =>
  dynamoStore(tableAt(settings, name), {
    ...optionsOf(settings, report),
    ...options,
    quotas: hasQuotas(sitesOf(settings)),
    receivers: settings.WEBHOOKS.size,
  })

const hasQuotas = ({ rules, sites }: SitesFile) =>
  isCounting(rules) || [...sites.values()].some((site) => isCounting(site.rules ?? {}))

/** Opens the day index of the configured table. @throws CliError if the store is not a table */
export const openDayIndexFor = (settings: Settings, report: Report) =>
  openDayIndex(tableAt(settings, settings.STORE), optionsOf(settings, report))

const optionsOf = ({ CHANGES_KEPT_DAYS }: Settings, report: Report) => ({
  codec: rowCodec,
  elapsed,
  newToken: () => randomBytes(12).toString('base64url'),
  random: Math.random,
  now,
  keepFeedFor: CHANGES_KEPT_DAYS * DAY,
  report,
})

/** @throws CliError if the name is not that of a table */
function tableAt({ AWS_REGION: region, DYNAMODB_ENDPOINT: endpoint }: Settings, name: string) {
  const table = tableOf(name)
  if (table === undefined) throw new CliError('settings', `STORE is ${name}, and this command needs a DynamoDB table.`)
  const local = endpoint !== undefined && isLoopback(new URL(endpoint).hostname)
  return { client: openClient({ region, endpoint, local }), table }
}

/** A new Lambda container: loads the bundle, answers a request, and prints how long each took. Without a request, it does nothing. */
import { pathToFileURL } from 'node:url'
import type { GatewayResponse, GatewayEvent } from '../src/http/adapters/api-gateway.ts'
import { httpApiEvent } from '../test/lambda/events.ts'

const [, , where] = process.argv
const times = where === undefined ? { imported: 0, answered: 0 } : await answered(where)
const { user, system } = process.cpuUsage()
process.send?.({ ...times, cpu: (user + system) / 1000 } satisfies Cold)

/** In ms. */
export interface Cold {
  readonly imported: number
  readonly answered: number
  readonly cpu: number
}

async function answered(where: string): Promise<Omit<Cold, 'cpu'>> {
  const startedAt = performance.now()
  const { api } = (await import(pathToFileURL('build/lambda/dist/main/lambda.mjs').href)) as {
    api: (event: GatewayEvent) => Promise<GatewayResponse>
  }
  const loaded = performance.now()
  const { statusCode } = await api(httpApiEvent({ method: 'GET', where }, 'localhost', '/', '$default'))
  if (statusCode !== 200) throw new Error(`${where} answered ${statusCode}`)
  return { imported: loaded - startedAt, answered: performance.now() - loaded }
}

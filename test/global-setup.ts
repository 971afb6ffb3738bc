import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type DynamoLocal, startLocal } from './dynamodb-local.ts'

/**
 * One DynamoDB Local for all workers and projects of a run, which starts when the first test asks for it and ends with
 * the run: Java takes seconds of CPU time to start, and more to be quick.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // The other projects have what is provided to this one.
  if (!project.isRootProject()) return undefined
  let local: Promise<DynamoLocal> | undefined
  const server = createServer((_, response) => {
    local ??= startLocal()
    local.then(
      ({ endpoint }) => response.end(endpoint),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  project.provide('dynamoLocal', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await (await local)?.stop()
  }
}

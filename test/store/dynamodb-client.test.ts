import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DescribeTableCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openClient } from '../../src/store/dynamodb/client.ts'

it.each([
  ['signs what it sends to AWS', false, /Credential=AKIA\/\d{8}\/eu-west-1\/dynamodb\/.*Signature=[0-9a-f]{64}$/],
  ['takes no time to sign what it sends to the emulator', true, /Credential=local\/.*Signature=none$/],
])('%s', async (_, local, signature) => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  onTestFinished(() => void vi.unstubAllEnvs())
  const sent: (string | undefined)[] = []
  const server = createServer(({ headers }, response) => {
    sent.push(headers.authorization)
    response.writeHead(400).end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = openClient({ region: 'eu-west-1', endpoint, local })
  onTestFinished(() => client.destroy())
  await expect(client.send(new ListTablesCommand())).rejects.toThrow()
  expect(sent).toEqual([expect.stringMatching(signature)])
})

it('copies no request and no answer for a log that nobody keeps', async () => {
  const client = openClient({ region: 'eu-west-1', local: true })
  onTestFinished(() => client.destroy())
  let names = 0
  const input = {
    get TableName() {
      names += 1
      return 'calendar'
    },
  }
  client.middlewareStack.addRelativeTo(() => () => Promise.resolve({ response: {}, output: { $metadata: {} } }), {
    relation: 'before',
    toMiddleware: 'serializerMiddleware',
    name: 'answers',
  })
  await client.send(new DescribeTableCommand(input))
  expect(names).toBe(0)
})

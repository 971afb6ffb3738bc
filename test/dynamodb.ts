import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { openClient } from '../src/store/dynamodb/client.ts'
import { tableDefinition } from '../src/store/dynamodb/items.ts'

const emulator = join(
  dirname(createRequire(import.meta.url).resolve('amplify-dynamodb-simulator/package.json')),
  'emulator',
)

export interface Dynamo {
  /** As `http://127.0.0.1:8000`. */
  readonly endpoint: string
  readonly client: DynamoDBClient
  /** A new table as the original made it; its name. */
  table(): Promise<string>
  stop(): Promise<void>
}

let shared: Promise<Dynamo> | undefined

/** The one that all files of a worker use, each with tables of its own: Java takes seconds to start, and more to be quick. */
export const sharedDynamo = (): Promise<Dynamo> => (shared ??= startDynamo())

/** Amazon's DynamoDB Local, in memory, in a process of its own: quick to start rather than quick in the end. */
export async function startDynamo(): Promise<Dynamo> {
  const { java, endpoint } = await running()
  const stopped = once(java, 'exit')
  const client = openClient({ region: 'us-east-1', endpoint, local: true, timeoutMs: 20_000 })
  let tables = 0
  return {
    endpoint,
    client,
    async table() {
      const name = `calendar-${++tables}`
      await client.send(new CreateTableCommand(tableDefinition(name))).catch(unlessMade)
      return name
    },
    async stop() {
      client.destroy()
      java.stdin.end()
      await stopped
    },
  }
}

const OPTIONS = [
  '-Xmx1g',
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseSerialGC',
  '-Djava.library.path=DynamoDBLocal_lib',
  '-jar',
  'DynamoDBLocal.jar',
  '-inMemory',
  '-disableTelemetry',
]
/** Ends with java, and java with whoever started it, even one that is killed: then its standard input closes. */
const WITH_ITS_PARENT = 'exec 3<&0; java "$@" & java=$!; (read -r _ <&3; kill -9 $java) & wait $java'

/** On a port that no other worker of the tests takes, and nothing else is given by chance. */
async function running(): Promise<{ java: ChildProcessByStdio<Writable, null, null>; endpoint: string }> {
  for (;;) {
    const port = 20_000 + Number(process.env['VITEST_POOL_ID'] ?? 0) * 1000 + Math.floor(Math.random() * 1000)
    const endpoint = `http://127.0.0.1:${port}`
    if (await isAnswering(endpoint)) continue
    const java = spawn('sh', ['-c', WITH_ITS_PARENT, 'sh', ...OPTIONS, '-port', String(port)], {
      cwd: emulator,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    while (java.exitCode === null && !(await isAnswering(endpoint))) await sleep(50)
    if (java.exitCode === null) return { java, endpoint }
    if (java.exitCode === 127) throw new Error('DynamoDB Local needs a Java runtime.')
  }
}

const isAnswering = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  )

/** One that took long was asked for a second time. */
function unlessMade(error: Error): void {
  if (error.name !== 'ResourceInUseException') throw error
}

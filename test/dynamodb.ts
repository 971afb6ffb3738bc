import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { connect } from '../src/store/dynamodb/connect.ts'
import { definitionOf } from '../src/store/dynamodb/table.ts'
import { freePort } from './process/calendar.ts'

const emulator = join(dirname(createRequire(import.meta.url).resolve('amplify-dynamodb-simulator/package.json')), 'emulator')

export interface Dynamo {
  /** As `http://127.0.0.1:8000`. */
  readonly endpoint: string
  readonly client: DynamoDBClient
  /** A new table as the original made it; its name. */
  table(): Promise<string>
  stop(): Promise<void>
}

/** Amazon's DynamoDB Local, in memory, in a process of its own: quick to start rather than quick in the end. */
export async function startDynamo(): Promise<Dynamo> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const options = ['-Xmx1g', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.library.path=DynamoDBLocal_lib']
  const words = [...options, '-jar', 'DynamoDBLocal.jar', '-inMemory', '-disableTelemetry', '-port', String(port)]
  // Ends with whoever started it, even one that is killed: then its standard input closes.
  const java = spawn('sh', ['-c', 'java "$@" & read -r _; kill -9 $!', 'sh', ...words], { cwd: emulator, stdio: ['pipe', 'ignore', 'ignore'] })
  const stopped = once(java, 'exit')
  await answering(endpoint, java)
  const client = connect({ region: 'us-east-1', endpoint, local: true, patience: 20_000 })
  let tables = 0
  return {
    endpoint,
    client,
    async table() {
      const name = `calendar-${++tables}`
      await client.send(new CreateTableCommand(definitionOf(name))).catch(unlessMade)
      return name
    },
    async stop() {
      client.destroy()
      java.stdin.end()
      await stopped
    },
  }
}

/** One that took long was asked for a second time. */
function unlessMade(error: Error): void {
  if (error.name !== 'ResourceInUseException') throw error
}

async function answering(endpoint: string, java: ChildProcess): Promise<void> {
  while (!(await fetch(endpoint).then(() => true, () => false))) {
    if (java.exitCode !== null) throw new Error('DynamoDB Local did not start.')
    await sleep(50)
  }
}

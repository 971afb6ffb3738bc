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

/** Amazon's DynamoDB Local, in memory, in a process of its own. */
export async function startDynamo(): Promise<Dynamo> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const java = spawn('java', ['-Xmx1g', `-Djava.library.path=${join(emulator, 'DynamoDBLocal_lib')}`, '-jar', 'DynamoDBLocal.jar', '-inMemory', '-disableTelemetry', '-port', String(port)], {
    cwd: emulator,
    stdio: 'ignore',
  })
  const stopped = once(java, 'exit')
  process.once('exit', () => java.kill('SIGKILL'))
  await answering(endpoint, java)
  const client = connect({ region: 'us-east-1', endpoint, local: true, patience: 20_000 })
  let tables = 0
  return {
    endpoint,
    client,
    async table() {
      const name = `calendar-${++tables}`
      // A request whose answer was late is sent again, and the table is there already.
      await client.send(new CreateTableCommand(definitionOf(name))).catch((error: Error) => {
        if (error.name !== 'ResourceInUseException') throw error
      })
      return name
    },
    async stop() {
      client.destroy()
      java.kill('SIGKILL')
      await stopped
    },
  }
}

async function answering(endpoint: string, java: ChildProcess): Promise<void> {
  while (!(await fetch(endpoint).then(() => true, () => false))) {
    if (java.exitCode !== null) throw new Error('DynamoDB Local did not start.')
    await sleep(50)
  }
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** A running DynamoDB Local. */
export interface DynamoLocal {
  /** As `http://127.0.0.1:8000`. */
  readonly endpoint: string
  stop(): Promise<void>
}

const emulator = join(
  dirname(createRequire(import.meta.url).resolve('amplify-dynamodb-simulator/package.json')),
  'emulator',
)

const OPTIONS = [
  '-Xmx1g',
  // The optimizing compiler costs more than it saves in a run of the tests: twice the CPU time, when that was measured.
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

/** Starts Amazon's DynamoDB Local, in memory, in a process of its own. */
export async function startLocal(): Promise<DynamoLocal> {
  const { java, endpoint } = await running()
  const stopped = once(java, 'exit')
  return {
    endpoint,
    async stop() {
      java.stdin.end()
      await stopped
    },
  }
}

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

import { isUtf8 } from 'node:buffer'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import type { GatewayResponse, GatewayEvent } from '../../src/http/adapters/api-gateway.ts'
import { endOf } from '../child.ts'

type Environment = Readonly<Record<string, string>>

/** The bundled functions, in a folder from which no package of this repository can be found. */
export interface Lambda {
  /** A new container; resolves once it has loaded the handlers. */
  start(environment: Environment): Promise<Container>
  /** A container that stops when the test ends. */
  startHere(environment: Environment): Promise<Container>
  /** The text of one of its files. */
  read(path: string): string
  remove(): void
}

/** Builds the bundle from the current sources. */
export function buildLambda(): Lambda {
  const home = mkdtempSync(join(tmpdir(), 'calendar-lambda-'))
  const folder = join(home, 'lambda')
  execFileSync(process.execPath, ['deploy/aws/bundle.js', folder], { stdio: 'inherit' })
  const bundle = pathToFileURL(join(folder, 'dist/main/lambda.mjs')).href
  const start = (environment: Environment) => startContainer(bundle, environment)
  return {
    start,
    async startHere(environment) {
      const container = await start(environment)
      onTestFinished(() => container.stop())
      return container
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    remove: () => rmSync(home, { recursive: true }),
  }
}

export interface Reply extends GatewayResponse {
  /** The parsed body; undefined if it is not JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- what a test expects of an answer is what the test says
  readonly json: any
}

/** One container of a Lambda function: a process that has loaded the bundle. */
export interface Container {
  /** Answers an event of an HTTP API at once, and streams the response to a REST API. */
  api(event: GatewayEvent): Promise<Reply>
  /** Runs the delivery with this much time until Lambda stops it, in ms. */
  deliver(remaining?: number): Promise<unknown>
  /** Its log so far, as lines of JSON. */
  log(): string
  stop(): Promise<void>
}

interface Outcome {
  readonly number: number
  readonly answer?: string
  readonly error?: string
}

async function startContainer(bundle: string, environment: Environment): Promise<Container> {
  const child = fork(fileURLToPath(new URL('runtime.js', import.meta.url)), [bundle], {
    env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let log = ''
  child.stdout?.on('data', (data: Buffer) => (log += data))
  const { ended, beforeEnd } = endOf(child, () => log)
  await beforeEnd(once(child, 'message'))
  const waiting = new Map<number, (outcome: Outcome) => void>()
  child.on('message', (outcome: Outcome) => waiting.get(outcome.number)?.(outcome))

  let invocations = 0
  const invoke = async (handler: string, event: unknown, remaining: number): Promise<unknown> => {
    const number = (invocations += 1)
    const outcome = new Promise<Outcome>((resolve) => void waiting.set(number, resolve))
    child.send({ number, handler, event, remaining })
    const { answer, error } = await beforeEnd(outcome)
    if (error !== undefined) throw new Error(error)
    return answer === undefined ? undefined : JSON.parse(answer)
  }
  return {
    async api(event) {
      const answer =
        'rawPath' in event
          ? ((await invoke('api', event, 30_000)) as GatewayResponse)
          : whole((await invoke('stream', event, 30_000)) as Streamed)
      return { ...answer, json: parsed(answer.body) }
    },
    deliver: (remaining = 60_000) => invoke('deliver', { source: 'aws.events' }, remaining),
    log: () => log,
    async stop() {
      child.kill()
      await ended
    },
  }
}

interface Streamed extends Pick<GatewayResponse, 'statusCode' | 'headers'> {
  readonly bytes: string
}

/** The decompressed form of a streamed response, with bytes that are no text in Base64, as in one that is sent at once. */
function whole({ statusCode, headers, bytes }: Streamed): GatewayResponse {
  const sent = Buffer.from(bytes, 'base64')
  const body = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
  const isBase64Encoded = !isUtf8(body)
  return { statusCode, headers, body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

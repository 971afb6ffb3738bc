import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestTo,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What DynamoDB, or whoever speaks in its place, says to a request. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request on its way to DynamoDB, in the hands of a fault. */
export interface Call {
  /** As `TransactWriteItems`. */
  readonly operation: string
  /** The request's body, once it is all here. */
  read(): Promise<Buffer>
  /** Brings the request, or another in its place, to DynamoDB, which carries it out; resolves with its answer. */
  deliver(body?: Buffer): Promise<Answer>
  answer(answer: Answer): void
  /** Sends the head of an answer and half of its body; resolves when that is on its way. */
  answerHalf(answer: Answer): Promise<void>
  /** Breaks the connection without a word. */
  reset(): void
  /** Resolves when the client has gone. */
  gone(): Promise<void>
  /** Breaks all connections, and takes none for so many milliseconds. */
  closeFor(milliseconds: number): Promise<void>
}

export type Fault = (call: Call) => Promise<void> | void

/** What befalls the nth request of an operation, counted from 1: a fault, or nothing. */
export type FaultPlan = (operation: string, nth: number) => Fault | undefined

export const noFaults: FaultPlan = () => undefined

/** The same fault, for the first `most` requests of each of these operations. */
export const injectFaults =
  (fault: Fault, operations: readonly string[], max = Infinity): FaultPlan =>
  (operation, nth) =>
    nth <= max && operations.includes(operation) ? fault : undefined

/** One fault after another, for the first, second, third … request of an operation. */
export const inOrder =
  (operation: string, ...faults: readonly (Fault | undefined)[]): FaultPlan =>
  (asked, nth) =>
    asked === operation ? faults[nth - 1] : undefined

export interface FaultProxy {
  /** As `http://127.0.0.1:8000`. */
  readonly endpoint: string
  /** How many requests of an operation have come since the weather last turned. */
  readonly counts: ReadonlyMap<string, number>
  turn(faultPlan: FaultPlan): void
  /** Resolves when nothing is on its way any more, late deliveries included. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** A proxy on loopback, between a client and DynamoDB, in which requests may come to harm. */
export async function startFaultProxy(dynamo: string, faultPlan: FaultPlan = noFaults): Promise<FaultProxy> {
  const counts = new Map<string, number>()
  const inFlight = new Set<Promise<unknown>>()
  const agent = new Agent({ keepAlive: true })
  const broken: unknown[] = []

  const server = createServer((request, response) => {
    const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
    const nth = (counts.get(operation) ?? 0) + 1
    counts.set(operation, nth)
    const fault = faultPlan(operation, nth) ?? pass
    const one = Promise.resolve(fault(callOf(operation, request, response)))
      // Where the client has gone in the midst, that is no wonder.
      .catch((error: unknown) => {
        if (!response.closed) broken.push(error)
        response.destroy()
      })
      .finally(() => inFlight.delete(one))
    inFlight.add(one)
  })

  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)

  async function closeFor(milliseconds: number): Promise<void> {
    if (!server.listening) return
    server.close()
    server.closeAllConnections()
    await sleep(milliseconds)
    await listen(port)
  }

  function callOf(operation: string, request: IncomingMessage, response: ServerResponse): Call {
    let body: Promise<Buffer> | undefined
    const read = () => (body ??= wholeOf(request))
    const gone = async () => void (response.closed || (await once(response, 'close')))
    return {
      operation,
      read,
      deliver: async (other) => forward(dynamo, request, other ?? (await read()), agent),
      answer: (answer) => void head(response, answer).end(answer.body),
      async answerHalf(answer) {
        const half = answer.body.subarray(0, answer.body.length / 2)
        const written = new Promise<void>((resolve) => void head(response, answer).write(half, () => resolve()))
        await Promise.race([written, gone()])
      },
      reset: () => void request.socket.resetAndDestroy(),
      gone,
      closeFor,
    }
  }

  async function settled(): Promise<void> {
    while (inFlight.size > 0) await Promise.all(inFlight)
    if (broken.length > 0) throw new AggregateError(broken.splice(0), 'The proxy itself failed.')
  }

  return {
    endpoint: `http://127.0.0.1:${port}`,
    counts,
    turn(next) {
      faultPlan = next
      counts.clear()
    },
    settled,
    async stop() {
      await settled()
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}

const pass: Fault = async (call) => call.answer(await call.deliver())

const head = (response: ServerResponse, { status, headers, body }: Answer) =>
  response.writeHead(status, { ...headers, 'content-length': body.length })

async function wholeOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** What one connection says of itself is not for the next. */
const OF_ONE_CONNECTION = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']

const passedOn = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.includes(name)))

async function forward(dynamo: string, { headers }: IncomingMessage, body: Buffer, agent: Agent): Promise<Answer> {
  const request = requestTo(dynamo, {
    method: 'POST',
    headers: { ...passedOn(headers), 'content-length': body.length },
    agent,
  })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, headers: passedOn(response.headers), body: await wholeOf(response) }
}

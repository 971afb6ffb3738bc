import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import { Failure } from '../../domain/failure.ts'
import type { AdmissionControl } from '../admission/control.ts'
import type { Handler } from '../admission/tracked-request.ts'
import { rawRejection } from '../admission/reject.ts'
import { type Listeners, listen, type ListenTarget } from './listeners.ts'
import { problemOf, problemResponse } from '../problem.ts'

/** Whatever is not done by then is cut off. */
const SHUTDOWN_TIMEOUT_MS = 5000

/** A `fetch` function for Node. A request with no address or host to speak of never reaches it, and is refused as others are. */
export const listenerOf = (fetch: (request: Request, bindings: HttpBindings) => unknown): Handler =>
  getRequestListener((request, bindings) => fetch(request, bindings as HttpBindings), {
    errorHandler: (error) => problemResponse(problemOf(error instanceof RequestError ? new Failure('malformed', NOT_HTTP) : error)),
  })

export interface NodeServer {
  readonly port: number
  readonly host: string
  /** From now on requests go to `handler`; those that come before there is one wait for it. */
  serve(handler: Promise<Handler>): void
  /**
   * Takes no more connections, finishes what is under way, and resolves; within ten seconds. For `grace` milliseconds a
   * connection that is kept may bring one more request, and is told that it was the last.
   */
  stop(grace?: number): Promise<void>
}

/**
 * An HTTP server that listens, is patient within bounds, and answers in JSON even what is not HTTP. Whatever
 * comes is let in by admission control, or not.
 * @param report told of a connection that could not be taken, as where too many files are open
 */
export async function openNodeServer(target: ListenTarget, admission: AdmissionControl, report: (error: Error) => void): Promise<NodeServer> {
  // Without a Host, Node would answer by itself, and with no body; so it would to an Expect it does not know.
  const server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: 15_000,
    requestTimeout: 30_000,
    // Else they are looked at twice a minute, and 15 seconds are anything up to 45.
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
    requireHostHeader: false,
  })
  server.on('clientError', (error, socket) => {
    if (admission.unreadable(socket as Socket)) answerUnreadable(error, socket as Socket)
  })
  // Admission control refuses it, as it does whatever else is wrong with a request.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // Else it would keep no time: it does not listen itself, and is given its connections.
  server.emit('listening')
  const begin = (socket: Socket) => {
    server.emit('connection', socket)
    socket.resume()
  }
  const listeners = await listen(target, (socket) => admission.accepted(socket, begin), report)
  const inFlight = new Set<ServerResponse>()
  let stopping = false

  return {
    port: listeners.port,
    host: 'host' in target ? target.host : listeners.address,
    serve: (handler) => {
      let handle: Handler = (request, response) => handler.then((ready) => ready(request, response), () => void response.destroy())
      void handler.then((ready) => (handle = ready), () => {})
      server.on('request', (request, response) => {
        inFlight.add(response.once('close', () => inFlight.delete(response)))
        if (stopping) response.setHeader('Connection', 'close')
        admission.admit(request, response, handle)
      })
    },
    stop: async (grace = 0) => {
      stopping = true
      for (const response of inFlight) if (!response.headersSent) response.setHeader('Connection', 'close')
      await closed(server, listeners, grace)
      admission.stop()
    },
  }
}

/** What is not even HTTP, too large a header or too slow a request: an answer that every client can read. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, sentence] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', NOT_HTTP]
  socket.end(rawRejection(status, sentence))
}

const NOT_HTTP = 'Error: the request is not valid HTTP'

const UNREADABLE: Record<string, readonly [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'Error: the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'Error: the request took too long to arrive'],
}

/**
 * Takes no more connections at once: where the socket was handed over, they wait in it for the next process. Connections
 * that are kept are closed when they have been told so, or were quiet for a while: one that is closed as its client
 * sends a request would leave that without an answer.
 */
async function closed(server: Server, listeners: Listeners, grace: number): Promise<void> {
  const done = listeners.close()
  let idleSweep: NodeJS.Timeout | undefined
  const graceOver = setTimeout(() => (idleSweep = setInterval(() => server.closeIdleConnections(), 50)), grace)
  const cutOff = setTimeout(() => server.closeAllConnections(), SHUTDOWN_TIMEOUT_MS)
  await done
  for (const timer of [graceOver, idleSweep, cutOff]) clearTimeout(timer)
  // Ends what it keeps time with.
  server.close(() => undefined)
}


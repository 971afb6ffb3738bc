import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import type { Handler } from '../admission/admission.ts'
import type { AdmissionControl } from '../admission/control.ts'
import { NOT_HTTP, rawRejection } from '../admission/reject.ts'
import { type Listeners, listen, type ListenTarget } from './listeners.ts'

/** Not imported: importing any name from `node:http` also loads its WebSocket, which takes as long as the start of Node.js. */
const { createServer } = createRequire(import.meta.url)('node:http') as typeof import('node:http')

/**
 * Of Node.js 24.12 and newer, which the types do not know: the body of a request that announces none has ended when it arrives.
 * To end it by its events costs a tenth of a short answer.
 */
const NEWER_OPTIONS = { optimizeEmptyRequests: true }

/** When a stopping server closes the remaining connections. */
const SHUTDOWN_TIMEOUT_MS = 5000

export interface NodeServer {
  readonly port: number
  readonly host: string
  /** Sends requests to `handler`; until it resolves, they wait. */
  serve(handler: Promise<Handler>): void
  /**
   * Accepts no more connections, finishes running requests, and resolves, within ten seconds. For `grace` milliseconds,
   * idle connections may send one more request, which is answered with `Connection: close`.
   */
  stop(grace?: number): Promise<void>
}

/**
 * Opens an HTTP server that listens, with timeouts, and answers in JSON even to bytes that are not HTTP. Admission
 * control decides about each connection and request.
 * @param report called if a connection cannot be accepted, for example with too many open files
 */
export async function openNodeServer(
  target: ListenTarget,
  admission: AdmissionControl,
  report: (error: Error) => void,
): Promise<NodeServer> {
  const server = createHttpServer(admission)
  const begin = (socket: Socket) => {
    server.emit('connection', socket)
    socket.resume()
  }
  const listeners = await listen(target, (socket) => admission.accepted(socket, begin), report)

  return {
    port: listeners.port,
    host: 'host' in target ? target.host : listeners.address,
    serve: (handler) => {
      let handle: Handler = (request, response, admitted) =>
        handler.then(
          (ready) => ready(request, response, admitted),
          () => void response.destroy(),
        )
      void handler.then(
        (ready) => (handle = ready),
        () => {},
      )
      server.on('request', (request, response) => admission.admit(request, response, handle))
    },
    stop: async (grace = 0) => {
      admission.endConnections()
      await close(server, listeners, grace)
      admission.stop()
    },
  }
}

/** An HTTP server that does not listen itself: it is given its connections. */
function createHttpServer(admission: AdmissionControl): Server {
  const server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: 15_000,
    requestTimeout: 30_000,
    // By default 30 seconds, which would make the 15 seconds above up to 45.
    connectionsCheckingInterval: 1000,
    maxHeaderSize: 16_384,
    // Node would reject a request without Host by itself, with an empty body.
    requireHostHeader: false,
    // Node would keep the first of several Authorization headers; joined, they are no valid credentials.
    joinDuplicateHeaders: true,
    ...NEWER_OPTIONS,
  })
  server.on('clientError', (error, socket) => {
    if (admission.unreadable(socket as Socket)) answerUnreadable(error, socket as Socket)
  })
  // Node would reject an unknown Expect by itself; admission control does so with a body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  // Starts the timer that checks the timeouts, as listening would.
  server.emit('listening')
  return server
}

/** Answers bytes that are not HTTP, too large headers, and requests that time out. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, sentence] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', NOT_HTTP]
  socket.end(rawRejection(status, sentence))
}

const UNREADABLE: Record<string, readonly [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'Error: the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'Error: the request took too long to arrive'],
}

/**
 * Stops accepting immediately: on an inherited socket, new connections wait for the next process. Idle connections close
 * after the grace period, or after their next answer: closing one while its client sends a request would lose that.
 */
async function close(server: Server, listeners: Listeners, grace: number): Promise<void> {
  const done = listeners.close()
  let idleSweep: NodeJS.Timeout | undefined
  const graceOver = setTimeout(() => (idleSweep = setInterval(() => server.closeIdleConnections(), 50)), grace)
  const cutOff = setTimeout(() => server.closeAllConnections(), SHUTDOWN_TIMEOUT_MS)
  await done
  for (const timer of [graceOver, idleSweep, cutOff]) clearTimeout(timer)
  // Stops the timer that checks the timeouts.
  server.close(() => undefined)
}

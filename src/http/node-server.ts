import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server'
import { Failure } from '../domain/failure.ts'
import { problemOf, problemResponse } from './problem.ts'
import { API_HEADERS } from './respond.ts'

/** Whatever is not done by then is cut off. */
const PATIENCE_MS = 5000

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** A `fetch` function for Node. A request with no address or host to speak of never reaches it, and is refused as others are. */
export const listenerOf = (fetch: (request: Request, bindings: HttpBindings) => unknown): Handler =>
  getRequestListener((request, bindings) => fetch(request, bindings as HttpBindings), {
    errorHandler: (error) => problemResponse(problemOf(error instanceof RequestError ? new Failure('malformed', NOT_HTTP) : error)),
  })

/** Where to listen: on an address, or on a socket that does so already. */
export type Place = { readonly port: number; readonly host: string } | { readonly fd: number }

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
 * An HTTP server that listens, is patient within bounds, and answers in JSON even what is not HTTP.
 * @param report told of a connection that could not be taken, as where too many files are open
 */
export async function openNodeServer(place: Place, report: (error: Error) => void): Promise<NodeServer> {
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
  server.on('clientError', answerUnreadable)
  server.on('checkExpectation', (_, response) => {
    response.writeHead(417, API_HEADERS).end(JSON.stringify('Error: the only expectation that is met is 100-continue'))
  })
  await listening(server, place)
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw Object.assign(new Error('This is no socket of TCP.'), { code: 'EPROTONOSUPPORT' })
  server.on('error', report)
  const underWay = new Set<ServerResponse>()
  let stopping = false

  return {
    port: bound.port,
    host: 'host' in place ? place.host : bound.address,
    serve: (handler) =>
      void server.on('request', (request, response) => {
        underWay.add(response.once('close', () => underWay.delete(response)))
        if (stopping) response.setHeader('Connection', 'close')
        if (hasTwoHosts(request)) response.writeHead(400, { ...API_HEADERS, Connection: 'close' }).end(JSON.stringify(TWO_HOSTS))
        else void handler.then((handle) => handle(request, response), () => response.destroy())
      }),
    stop: async (grace = 0) => {
      stopping = true
      for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close')
      await closed(server, grace)
    },
  }
}

function listening(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ ...place }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** What is not even HTTP, too large a header or too slow a request: an answer that every client can read. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, sentence] = UNREADABLE[error.code ?? ''] ?? ['400 Bad Request', NOT_HTTP]
  const body = JSON.stringify(sentence)
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** RFC 9112: what stands in front may have gone by the other one. Node would take the first. */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1
}

const TWO_HOSTS = 'Error: the request names more than one Host'
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
async function closed(server: Server, grace: number): Promise<void> {
  // Not the server's own way to close, which cuts off all that are kept.
  const done = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
  let sweeping: NodeJS.Timeout | undefined
  const graceOver = setTimeout(() => (sweeping = setInterval(() => server.closeIdleConnections(), 50)), grace)
  const cutOff = setTimeout(() => server.closeAllConnections(), PATIENCE_MS)
  await done
  for (const timer of [graceOver, sweeping, cutOff]) clearTimeout(timer)
  // What it watches its connections with ends with its own way only.
  server.close(() => undefined)
}


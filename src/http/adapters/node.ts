import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure } from '../../domain/failure.ts'
import { isFromThisMachine } from '../admission/address.ts'
import type { Admitted, Handler } from '../admission/admission.ts'
import { NOT_HTTP, reject } from '../admission/reject.ts'
import { isHost } from '../admission/request-target.ts'
import type { HttpRequest, HttpResponse } from '../exchange.ts'

/** Longer bodies are sent in chunks of this many bytes, so that a stalled client is noticed. */
const [MAX_WHOLE_BYTES, CHUNK_BYTES] = [262_144, 65_536]
/** How long a body that was not read is taken off its connection, so that the next request can be read. */
const DRAIN_MS = 500

/**
 * Adapts the app to `node:http`. A request without a valid target or host is answered as malformed.
 * @param newId makes the id of a request
 */
export const handlerOf =
  (answer: (request: HttpRequest) => Promise<HttpResponse>, newId: () => string): Handler =>
  async (request, response, admitted) => {
    if (!isValid(request, admitted)) return reject(request, response, new Failure('malformed', NOT_HTTP))
    const id = newId()
    const answered = await answer(requestOf(request, admitted, id))
    if (!request.complete) response.once('finish', () => drain(request))
    send(response, answered, id)
  }

/** An absolute URL names its host itself. */
const isValid = ({ url = '', headers }: IncomingMessage, { target }: Admitted) =>
  target.path !== '' && (!url.startsWith('/') || isHost(headers.host))

function requestOf(request: IncomingMessage, { target, body, json, admission }: Admitted, id: string): HttpRequest {
  const { method = '', headers } = request
  return {
    method,
    path: target.path,
    query: target.query,
    header: (name) => headers[name] as string | undefined,
    body,
    json,
    id,
    admission,
    isFromThisMachine: () => isFromThisMachine(request),
  }
}

/** Sends a response: a short body together with the headers, a longer one as the client takes it. */
function send(response: ServerResponse, { status, headers, body }: HttpResponse, id: string): void {
  if (body === undefined) response.writeHead(status, { ...headers, 'X-Request-Id': id }).end()
  else if (body instanceof ReadableStream) {
    response.writeHead(status, { ...headers, 'X-Request-Id': id })
    sendStream(response, body).catch(() => response.destroy())
  } else {
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    response.writeHead(status, { ...headers, 'X-Request-Id': id, 'Content-Length': length })
    if (typeof body === 'string' || length <= MAX_WHOLE_BYTES) response.end(body)
    else sendInChunks(response, body)
  }
}

function sendInChunks(response: ServerResponse, body: Uint8Array): void {
  for (let from = 0; from < body.length;) {
    const chunk = body.subarray(from, (from += CHUNK_BYTES))
    if (!response.write(chunk)) return void response.once('drain', () => sendInChunks(response, body.subarray(from)))
  }
  response.end()
}

async function sendStream(response: ServerResponse, stream: ReadableStream<Uint8Array>): Promise<void> {
  // The client may have gone before there was a stream: then `close` has been emitted already.
  if (response.destroyed) return stream.cancel()
  const reader = stream.getReader()
  response.once('close', () => void reader.cancel().catch(() => {}))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (!response.write(value)) await once(response, 'drain')
  }
  response.end()
}

/** Closes the connection if the rest of the body does not arrive in time. */
function drain(request: IncomingMessage): void {
  const timer = setTimeout(() => request.socket.destroySoon(), DRAIN_MS)
  request.once('close', () => clearTimeout(timer)).resume()
}

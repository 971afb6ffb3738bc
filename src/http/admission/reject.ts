import type { IncomingMessage, ServerResponse } from 'node:http'
import { problemOf, problemResponse } from '../problem.ts'

/** The sentence for what is not a valid request. */
export const NOT_HTTP = 'Error: the request is not valid HTTP'

/** Answers a request with a problem, before anything else is done for it. An error that is not a `Failure` becomes a 500. */
export function reject(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.destroyed) return
  const { status, headers, body } = problemResponse(problemOf(error), request.headers.accept)
  // A large body that is still arriving is not read to its end.
  if (!request.complete && Number(request.headers['content-length'] ?? Infinity) > 65_536)
    response.setHeader('Connection', 'close')
  response.writeHead(status, headers).end(body)
}

/** A complete HTTP answer as text, for a connection without a parsed request. */
export function rawRejection(status: string, sentence: string): string {
  const body = JSON.stringify(sentence)
  return (
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

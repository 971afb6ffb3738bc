import type { IncomingMessage, ServerResponse } from 'node:http'
import { problemPayload, problemOf } from '../problem.ts'

/** Answers a request with a problem, before anything else is done for it. An error that is not a `Failure` becomes a 500. */
export function reject(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.destroyed) return
  const problem = problemOf(error)
  const { headers, body } = problemPayload(problem, request.headers.accept)
  // A large body that is still arriving is not read to its end.
  if (!request.complete && Number(request.headers['content-length'] ?? Infinity) > 65_536)
    response.setHeader('Connection', 'close')
  response.writeHead(problem.status, headers).end(body)
}

/** A complete HTTP answer as text, for a connection without a parsed request. */
export function rawRejection(status: string, sentence: string): string {
  const body = JSON.stringify(sentence)
  return (
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

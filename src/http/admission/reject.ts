import type { IncomingMessage, ServerResponse } from 'node:http'
import { problemPayload, problemOf } from '../problem.ts'

/** Refuses a request before anything else has been done for it. What is no `Failure` is a fault of ours. */
export function reject(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.destroyed) return
  const problem = problemOf(error)
  const { headers, body } = problemPayload(problem, request.headers.accept)
  // What is still to come of a large body is not waited for.
  if (!request.complete && Number(request.headers['content-length'] ?? Infinity) > 65_536) response.setHeader('Connection', 'close')
  response.writeHead(problem.status, headers).end(body)
}

/** The same on a connection from which nothing was read. */
export function rawRejection(status: string, sentence: string): string {
  const body = JSON.stringify(sentence)
  return (
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { QueuedRequest } from './admission-queue.ts'
import type { RequestPhase } from './connection.ts'
import { type RequestTarget, parseRequestTarget } from './request-target.ts'

/** How a handled request was admitted: as a poll, without waiting for other reasons (health, demo), or in its turn. */
export type AdmittedAs = 'poll' | 'aside' | 'in turn'

/** A request, from its arrival until its response closes, and the resources to release then. */
export interface TrackedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The rate-limit key of the client. */
  readonly address: string
  readonly target: RequestTarget
  /** Empty until it is read; undefined if it is too large to be. */
  body: Buffer | undefined
  /** The value of the body, if it was parsed to classify the request and nothing in it is suspicious. */
  json: unknown
  /** Passes it to its handler. Resolves when the answer has begun. */
  readonly handle: () => unknown
  /** By `performance.now()`. */
  readonly arrivedAt: number
  /** Undefined until it is handled. */
  admittedAs: AdmittedAs | undefined
  /** Its entry in the queue, while it waits. */
  queued: QueuedRequest | undefined
  /** Whether it is being handled and its answer has not begun. */
  isRunning: boolean
  /** Whether its answer is an event stream. */
  isStream: boolean
  isClosed: boolean
  readonly releases: (() => void)[]
}

const NO_BODY = Buffer.alloc(0)

export const trackRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  handle: TrackedRequest['handle'],
): TrackedRequest => ({
  request,
  response,
  address,
  handle,
  body: NO_BODY,
  json: undefined,
  target: parseRequestTarget(request.url),
  arrivedAt: performance.now(),
  admittedAs: undefined,
  queued: undefined,
  isRunning: false,
  isStream: false,
  isClosed: false,
  releases: [],
})

/** Which phase it has reached, for eviction of its connection. */
export function phaseOf({ response, queued, admittedAs, isRunning, isStream }: TrackedRequest): RequestPhase {
  if (queued) return 'waiting'
  if (admittedAs === undefined) return response.headersSent ? 'taking' : 'arriving'
  if (admittedAs !== 'in turn') return 'poll'
  if (isStream) return 'streaming'
  return isRunning ? 'running' : 'taking'
}

/** Calls `release` when the response closes; at once if it has closed already. */
export function releaseOnClose(tracked: TrackedRequest, release: () => void): void {
  if (tracked.isClosed) release()
  else tracked.releases.push(release)
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure } from '../../domain/failure.ts'
import { type AdmissionQueue, openAdmissionQueue } from './admission-queue.ts'
import { openClassifier, type RequestClass } from './classify.ts'
import type { AdmissionEvents, RejectReason } from './events.ts'
import { type KeyedCounter, openKeyedCounter } from './keyed-counter.ts'
import type { Limits } from './limits.ts'
import { reject } from './reject.ts'
import type { RequestTarget } from './request-target.ts'
import { openTokenBuckets, type TokenBuckets } from './token-buckets.ts'
import type { TrackedRequest } from './tracked-request.ts'
import { openUnsentBytes, type UnsentBytes } from './unsent-bytes.ts'

export interface AdmissionControlOptions {
  /** The path prefix of the endpoints: `/dev`. */
  readonly base: string
  /** Number of trusted proxies in front of the server. */
  readonly hops: number
  /** The largest body that a path accepts, in bytes. A larger one is not read: its handler rejects it. The path is as the router sees it. */
  readonly maxBodyBytes: (path: string) => number
  /** The path of the demo issuer. Not queued: requests in the queue may be waiting for the issuer. */
  readonly demoIssuer?: string | undefined
  readonly limits: Limits
  readonly events: AdmissionEvents
}

/** What the parts of admission control share: limits, and what is in use of each. */
export interface AdmissionContext extends Pick<AdmissionControlOptions, 'limits' | 'events' | 'maxBodyBytes'> {
  readonly classify: (request: IncomingMessage, target: RequestTarget) => RequestClass
  readonly queue: AdmissionQueue
  readonly polls: TokenBuckets
  readonly healthChecks: TokenBuckets
  readonly misuse: TokenBuckets
  /** Bytes of request bodies in memory. */
  readonly bodies: KeyedCounter
  /** Open event streams. */
  readonly streams: KeyedCounter
  readonly unsent: UnsentBytes
}

export const openContext = ({
  base,
  demoIssuer,
  maxBodyBytes,
  limits,
  events,
}: AdmissionControlOptions): AdmissionContext => ({
  limits,
  events,
  maxBodyBytes,
  classify: openClassifier(base, demoIssuer),
  queue: openAdmissionQueue(limits),
  polls: openTokenBuckets(limits.polls),
  healthChecks: openTokenBuckets(limits.polls),
  misuse: openTokenBuckets(limits.misuse),
  bodies: openKeyedCounter(),
  streams: openKeyedCounter(),
  unsent: openUnsentBytes(limits),
})

export const TOO_MANY_WAITING = new Failure(
  'rate_limited',
  'Too many requests from your address are waiting already; please try again.',
  [],
  { retryAfter: 2 },
)
export const TOO_MUCH_MISUSE = new Failure(
  'rate_limited',
  'Too many requests from your address were malformed; please wait.',
  [],
  { retryAfter: 10 },
)
export const BUSY = new Failure('busy', 'The calendar is busy just now; please try again.')

/** Answers a request with a failure, and reports why. */
export function rejectRequest(
  { events }: AdmissionContext,
  tracked: TrackedRequest,
  failure: Failure,
  reason: RejectReason,
): void {
  tracked.queued = undefined
  events.refused(reason)
  reject(tracked.request, tracked.response, failure)
}

/** Runs `work`; an error is a bug that ends this request with status 500, and not the process. */
export function guarded(
  context: AdmissionContext,
  request: IncomingMessage,
  response: ServerResponse,
  work: () => void,
): void {
  try {
    work()
  } catch (error) {
    answerBug(context, request, response, error)
  }
}

/** Answers 500 if no answer has begun; otherwise closes the response. */
export function answerBug(
  { events }: AdmissionContext,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  events.failed(error)
  if (response.headersSent) response.destroy()
  else reject(request, response, error)
}

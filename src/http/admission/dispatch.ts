import { plainBody } from '../json-body.ts'
import { readBody } from './body.ts'
import { type AdmissionContext, BUSY, guarded, rejectRequest, TOO_MANY_WAITING, TOO_MUCH_MISUSE } from './context.ts'
import { enqueue, handle } from './handling.ts'
import { isPoll } from './poll.ts'
import { releaseOnClose, type TrackedRequest } from './tracked-request.ts'

/** Handles, queues or rejects a request, by its class. */
export function dispatch(context: AdmissionContext, tracked: TrackedRequest): void {
  const { address } = tracked
  const { polls, healthChecks } = context
  switch (context.classify(tracked.request, tracked.target)) {
    case 'demo':
      return void handle(context, tracked, 'aside')
    case 'health':
      return healthChecks.take(address)
        ? void handle(context, tracked, 'aside')
        : queueOrReject(context, tracked, enqueue)
    case 'poll':
      return polls.take(address) ? void handle(context, tracked, 'poll') : queueOrReject(context, tracked, enqueue)
    case 'perhaps poll':
      return polls.take(address)
        ? readPossiblePoll(context, tracked)
        : queueOrReject(context, tracked, readBodyThenEnqueue)
    case 'sends':
      return queueOrReject(context, tracked, readBodyThenEnqueue)
    case 'other':
      return queueOrReject(context, tracked, enqueue)
  }
}

function queueOrReject(context: AdmissionContext, tracked: TrackedRequest, next: typeof enqueue): void {
  const { misuse, queue } = context
  if (misuse.isEmpty(tracked.address)) return rejectRequest(context, tracked, TOO_MUCH_MISUSE, 'misuse')
  if (queue.isFullFor(tracked.address)) return rejectRequest(context, tracked, TOO_MANY_WAITING, 'waiting')
  next(context, tracked)
}

/** Handles it at once if its body is a poll's; otherwise queues it and gives its poll token back. */
function readPossiblePoll(context: AdmissionContext, tracked: TrackedRequest): void {
  const { polls, misuse } = context
  readTrackedBody(context, tracked, (body) => {
    tracked.json = plainBody(body)
    if (isPoll(body, tracked.json)) return void handle(context, tracked, 'poll')
    polls.charge(tracked.address, -1)
    if (misuse.isEmpty(tracked.address)) return rejectRequest(context, tracked, TOO_MUCH_MISUSE, 'misuse')
    enqueue(context, tracked)
  })
}

/** The body is read first, so that a slow one does not hold a place among the running requests. */
function readBodyThenEnqueue(context: AdmissionContext, tracked: TrackedRequest): void {
  const { request, address } = tracked
  const { bodies, limits } = context
  const maxBytes = context.maxBodyBytes(tracked.target.path)
  const declaredBytes = Number(
    request.headers['content-length'] ?? (request.headers['transfer-encoding'] === undefined ? 0 : maxBytes),
  )
  // Not read: the endpoint rejects it, after checking the credentials.
  if (declaredBytes > maxBytes) {
    tracked.body = undefined
    return enqueue(context, tracked)
  }
  if (bodies.get(address) + declaredBytes > limits.bodiesPerAddress)
    return rejectRequest(context, tracked, TOO_MANY_WAITING, 'bodies')
  if (bodies.total() + declaredBytes > limits.bodies) return rejectRequest(context, tracked, BUSY, 'bodies')
  bodies.add(address, declaredBytes)
  releaseOnClose(tracked, () => bodies.add(address, -declaredBytes))
  readTrackedBody(context, tracked, () => enqueue(context, tracked))
}

function readTrackedBody(context: AdmissionContext, tracked: TrackedRequest, then: (body: Buffer) => void): void {
  const { request, response, target } = tracked
  readBody(request, context.maxBodyBytes(target.path), (body) => {
    // It was rejected in the meantime, to make room for another connection.
    if (response.headersSent) return
    if (!body) return context.events.aborted(request)
    tracked.body = body
    guarded(context, request, response, () => then(body))
  })
}

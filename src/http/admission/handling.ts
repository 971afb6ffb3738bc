import type { Failure } from '../../domain/failure.ts'
import type { QueuedRequest } from './admission-queue.ts'
import {
  type AdmissionContext,
  answerBug,
  BUSY,
  guarded,
  rejectRequest,
  TOO_MANY_WAITING,
  TOO_MUCH_MISUSE,
} from './context.ts'
import type { RejectReason } from './events.ts'
import { type AdmittedAs, releaseOnClose, type TrackedRequest } from './tracked-request.ts'

/** Calls the handler. Its work counts as running until the answer begins, even if the client has disconnected. */
export async function handle(
  context: AdmissionContext,
  tracked: TrackedRequest,
  admittedAs: AdmittedAs,
): Promise<void> {
  tracked.queued = undefined
  tracked.admittedAs = admittedAs
  tracked.isRunning = true
  try {
    await tracked.handle()
  } catch (error) {
    answerBug(context, tracked.request, tracked.response, error)
  } finally {
    finishHandling(context, tracked)
  }
}

function finishHandling({ events, queue }: AdmissionContext, tracked: TrackedRequest): void {
  tracked.isRunning = false
  if (tracked.admittedAs === 'poll') events.polled((performance.now() - tracked.arrivedAt) / 1000)
  if (tracked.admittedAs === 'in turn') queue.finished(tracked.address)
}

/** Handles a request in its turn. */
export const enqueue = (context: AdmissionContext, tracked: TrackedRequest): void =>
  enqueueWork(context, tracked, {
    start: () => void handle(context, tracked, 'in turn'),
    onRejected: (failure, reason) => rejectRequest(context, tracked, failure, reason),
  })

/**
 * Puts a poll into the queue when its answer turns out to be larger than a poll's may be. Does nothing for other requests.
 * @returns resolves in its turn
 * @throws Failure `busy`, `rate_limited`
 */
export function enqueuePoll(context: AdmissionContext, tracked: TrackedRequest): Promise<void> {
  if (tracked.admittedAs !== 'poll') return Promise.resolve()
  tracked.admittedAs = undefined
  return new Promise((resolve, reject) => {
    const onRejected = (failure: Failure, reason: RejectReason) => {
      tracked.queued = undefined
      context.events.refused(reason)
      reject(failure)
    }
    // The client has disconnected: nothing would remove the request from the queue.
    if (tracked.isClosed) return reject(BUSY)
    if (context.misuse.isEmpty(tracked.address)) return onRejected(TOO_MUCH_MISUSE, 'misuse')
    releaseOnClose(tracked, () => reject(BUSY))
    const start = () => {
      tracked.admittedAs = 'in turn'
      resolve()
    }
    enqueueWork(context, tracked, { start, onRejected })
  })
}

interface QueuedWork {
  readonly start: () => void
  readonly onRejected: (failure: Failure, reason: RejectReason) => void
}

function enqueueWork(context: AdmissionContext, tracked: TrackedRequest, { start, onRejected }: QueuedWork): void {
  const { request, response, address } = tracked
  const { queue, limits } = context
  if (queue.start(address)) return start()
  const queued: QueuedRequest = {
    address,
    deadline: performance.now() + limits.queueTimeoutMs,
    onTimeout: () => onRejected(BUSY, 'patience'),
    start() {
      tracked.queued = undefined
      guarded(context, request, response, start)
    },
  }
  tracked.queued = queued
  if (!queue.enqueue(queued)) onRejected(queue.isFullFor(address) ? TOO_MANY_WAITING : BUSY, 'waiting')
}

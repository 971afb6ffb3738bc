import { Failure } from '../../domain/failure.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import { timeSlices } from '../../event-loop.ts'
import type { AdmissionContext } from './context.ts'
import { enqueuePoll } from './handling.ts'
import { releaseOnClose, type TrackedRequest } from './tracked-request.ts'

/** What the handler of an admitted request may ask of admission control. */
export interface Admission {
  /** The rate-limit key of the client. */
  readonly address: string
  /** Resolves when there is time for more work; undefined if there is now. */
  readonly nextSlice: () => Promise<void> | undefined
  /** Whether it was admitted as a poll, and must be answered at once. */
  readonly isPoll: () => boolean
  /** How many bytes may be read for the answer now: few for a poll, since it was not queued. */
  readonly maxReadBytes: () => number
  /** For a poll that needs more than that: resolves when it has waited in the queue. @throws Failure `busy`, `rate_limited` */
  readonly enqueue: () => Promise<void>
  /** Reserves memory for an answer of this many bytes until it is sent. @throws Failure `busy`, `too_large` */
  readonly reserveResponse: (bytes: number) => void
  /** Reserves one of the client's event streams. @throws Failure `rate_limited` */
  readonly stream: () => void
}

const TOO_MANY_STREAMS = new Failure(
  'rate_limited',
  'Your address follows the calendar with as many streams as it may; please ask siteevents now and then instead.',
  [],
  { retryAfter: 15 },
)

export const admissionOf = (context: AdmissionContext, tracked: TrackedRequest): Admission => ({
  address: tracked.address,
  isPoll: () => tracked.admittedAs === 'poll',
  maxReadBytes: () => (tracked.admittedAs === 'poll' ? context.limits.poll : Infinity),
  enqueue: () => enqueuePoll(context, tracked),
  nextSlice: () => (tracked.admittedAs !== 'in turn' || timeSlices.hasTime() ? undefined : yieldToEventLoop()),
  reserveResponse: (bytes) => reserveResponse(context, tracked, bytes),
  stream: () => reserveStream(context, tracked),
})

function reserveResponse({ unsent, events }: AdmissionContext, tracked: TrackedRequest, bytes: number): void {
  try {
    releaseOnClose(tracked, unsent.reserve(tracked.address, bytes, tracked.admittedAs === 'poll'))
  } catch (error) {
    events.refused('unread')
    throw error
  }
}

function reserveStream({ streams, limits, events }: AdmissionContext, tracked: TrackedRequest): void {
  const { address } = tracked
  if (streams.get(address) >= limits.streamsPerAddress) {
    events.refused('streams')
    throw TOO_MANY_STREAMS
  }
  tracked.isStream = true
  streams.add(address, 1)
  releaseOnClose(tracked, () => streams.add(address, -1))
}

import { Failure } from '../../domain/failure.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import { timeSlices } from '../../event-loop.ts'
import type { Admission, Admitted } from './admission.ts'
import type { AdmissionContext } from './context.ts'
import { enqueuePoll } from './handling.ts'
import { releaseOnClose, type TrackedRequest } from './tracked-request.ts'

const TOO_MANY_STREAMS = new Failure(
  'rate_limited',
  'Your address follows the calendar with as many streams as it may; please ask siteevents now and then instead.',
  [],
  { retryAfter: 15 },
)

/** A tracked request as its handler sees it. */
export const admittedOf = (context: AdmissionContext, tracked: TrackedRequest): Admitted => ({
  target: tracked.target,
  body: tracked.body,
  admission: admissionOf(context, tracked),
})

const admissionOf = (context: AdmissionContext, tracked: TrackedRequest): Admission => ({
  address: tracked.address,
  isPoll: () => tracked.admittedAs === 'poll',
  maxReadBytes: () => (tracked.admittedAs === 'poll' ? context.limits.poll : Infinity),
  enqueue: () => enqueuePoll(context, tracked),
  nextSlice: () => (tracked.admittedAs !== 'in turn' || timeSlices.hasTime() ? undefined : yieldToEventLoop()),
  reserveResponse: (answer) => reserveResponse(context, tracked, Buffer.byteLength(answer)),
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

import { bufferPool } from '../../buffer-pool.ts'
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
  json: tracked.json,
  admission: new TrackedAdmission(context, tracked),
})

/** A class, since each request has one: its methods are made once. */
class TrackedAdmission implements Admission {
  private readonly context: AdmissionContext
  private readonly tracked: TrackedRequest

  constructor(context: AdmissionContext, tracked: TrackedRequest) {
    this.context = context
    this.tracked = tracked
  }

  get address(): string {
    return this.tracked.address
  }

  isPoll(): boolean {
    return this.tracked.admittedAs === 'poll'
  }

  maxReadBytes(): number {
    return this.isPoll() ? this.context.limits.poll : Infinity
  }

  enqueue(): Promise<void> {
    return enqueuePoll(this.context, this.tracked)
  }

  nextSlice(): Promise<void> | undefined {
    return this.tracked.admittedAs !== 'in turn' || timeSlices.hasTime() ? undefined : yieldToEventLoop()
  }

  reserveResponse(answer: Uint8Array | string): void {
    const { context, tracked } = this
    try {
      const release = context.unsent.reserve(tracked.address, Buffer.byteLength(answer), this.isPoll())
      releaseOnClose(tracked, () => {
        release()
        if (typeof answer !== 'string' && tracked.response.writableFinished) bufferPool.giveBack(answer)
      })
    } catch (error) {
      context.events.refused('unread')
      throw error
    }
  }

  stream(): void {
    const { tracked } = this
    const { address } = tracked
    const { streams, limits, events } = this.context
    if (streams.get(address) >= limits.streamsPerAddress) {
      events.refused('streams')
      throw TOO_MANY_STREAMS
    }
    tracked.isStream = true
    streams.add(address, 1)
    releaseOnClose(tracked, () => streams.add(address, -1))
  }
}

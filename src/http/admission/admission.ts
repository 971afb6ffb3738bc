import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestTarget } from './request-target.ts'

/** What the handler of an admitted request may ask of admission control. */
export interface Admission {
  /** The rate-limit key of the client. */
  readonly address: string
  /** Resolves when there is time for more work; undefined if there is now. */
  nextSlice(): Promise<void> | undefined
  /** Whether it was admitted as a poll, and must be answered at once. */
  isPoll(): boolean
  /** How many bytes may be read for the answer now: few for a poll, since it was not queued. */
  maxReadBytes(): number
  /** For a poll that needs more than that: resolves when it has waited in the queue. @throws Failure `busy`, `rate_limited` */
  enqueue(): Promise<void>
  /**
   * Reserves memory for an answer until it is sent. Then a buffer of the pool is used for other answers: nobody may keep it.
   * @throws Failure `busy`, `too_large`
   */
  reserveResponse(answer: Uint8Array | string): void
  /** Reserves one of the client's event streams. @throws Failure `rate_limited` */
  stream(): void
}

/** A request that was admitted, as far as it has been read. */
export interface Admitted {
  readonly target: RequestTarget
  /** The whole body, empty for methods whose body is ignored; undefined if it is larger than its path accepts, and was not read. */
  readonly body: Buffer | undefined
  /** The value of the body, if it was parsed to classify the request and nothing in it is suspicious. */
  readonly json?: unknown
  readonly admission: Admission
}

/**
 * Answers an admitted request. Resolves when the answer has begun: until then the request counts as running. The client may
 * take much longer to read the answer.
 */
export type Handler = (request: IncomingMessage, response: ServerResponse, admitted: Admitted) => unknown

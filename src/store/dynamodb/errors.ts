import { setTimeout as sleep } from 'node:timers/promises'
import { withTimeout } from '../../concurrency.ts'
import { Failure } from '../../domain/failure.ts'

/** Names of the errors by which DynamoDB rejects an invalid request. */
const INVALID_REQUEST = new Set([
  'ValidationException',
  'SerializationException',
  'IdempotentParameterMismatchException',
])

/** Whether an error is a bug in our code, not a failure of DynamoDB or of the network. */
export const isBug = (error: unknown): boolean =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  (error instanceof Error && INVALID_REQUEST.has(error.name))

export const unavailable = (cause: unknown): Failure =>
  new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.', [], { cause })

export const tooLarge = (reason: string): Failure => new Failure('too_large', `Error: ${reason}`)
export const tooMuch = (): Failure => tooLarge('that is more than can be changed at once')

/** What to throw for an error: Failure `unavailable` unless it is a Failure, or a bug. */
export const failureOf = (error: unknown): unknown =>
  error instanceof Failure || isBug(error) ? error : unavailable(error)

/** The answer to a request. @throws as {@link failureOf} */
export const orUnavailable = <T>(request: Promise<T>): Promise<T> =>
  request.catch((error: unknown) => {
    throw failureOf(error)
  })

/** The observatory waits 20 seconds, and then takes its schedule for empty. */
const READ_TIMEOUT_MS = 15_000

/** The result of a read that takes several requests. @throws Failure `unavailable` after 15 seconds */
export const withinDeadline = <T>(read: Promise<T>): Promise<T> =>
  withTimeout(read, READ_TIMEOUT_MS, () => unavailable(new Error(`DynamoDB took more than ${READ_TIMEOUT_MS} ms.`)))

/** Reads of what a transaction has made visible in part only, and the pause after the first. */
const MAX_READS = 4
const FIRST_PAUSE_MS = 20

/** Calls `read` until it returns true, which is when it has found a state as transactions left it: four times at most. */
export const untilVisible = (read: () => Promise<boolean>): Promise<boolean> => retry(MAX_READS, FIRST_PAUSE_MS, read)

/**
 * Calls `work` until it returns true, with a pause before each repetition that is twice as long as the last.
 * @returns whether it returned true within `attempts` calls
 */
export async function retry(attempts: number, pauseMs: number, work: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    if (await work()) return true
    if (attempt === attempts) return false
    await sleep(pauseMs * 2 ** (attempt - 1))
  }
}

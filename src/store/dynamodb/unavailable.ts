import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'

/** What DynamoDB refuses because it was asked wrongly: a bug of ours. */
const PROGRAMMING_ERRORS = new Set(['ValidationException', 'SerializationException', 'IdempotentParameterMismatchException'])

/** Whether an error is a bug, in the request or in our own code, and not one of DynamoDB or of the way to it. */
export const isBug = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || (error instanceof Error && PROGRAMMING_ERRORS.has(error.name))

/**
 * What `work` asks of DynamoDB. Whatever keeps that from answering means that we do not know.
 * @throws Failure `unavailable`
 */
export async function asUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure || isBug(error)) throw error
    throw unavailable(error)
  }
}

export const unavailable = (cause: unknown): Failure =>
  new Failure('unavailable', 'The calendar cannot reach its store just now; please try again.', [], { cause })

/** Whoever asks gives up after 20 seconds, and takes that for an empty schedule. */
const TIMEOUT_MS = 15_000

/** What `work` finds, unless its requests take too long together. @throws Failure `unavailable` */
export async function withTimeout<T>(work: () => Promise<T>): Promise<T> {
  const timedOut = new AbortController()
  const tooLate = sleep(TIMEOUT_MS, undefined, { signal: timedOut.signal }).then(() => {
    throw unavailable(new Error(`DynamoDB took more than ${TIMEOUT_MS} ms.`))
  })
  try {
    return await Promise.race([work(), tooLate])
  } finally {
    tooLate.catch(() => undefined)
    timedOut.abort()
  }
}

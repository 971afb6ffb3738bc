import type { ChangesPageInput } from './endpoints.ts'
import { ApiError } from './problem.ts'
import { sleep } from './retry.ts'

/** Opens the stream of the changes after a cursor. @throws ApiError, NetworkError, the reason of `signal` */
export type StreamOpener = (input: ChangesPageInput, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>

/** Says when to read the next page. */
export interface WakeUp {
  /** Resolves when the stream has said something, or after a while. @throws the reason of the signal */
  next(after: ChangesPageInput): Promise<void>
}

interface Options {
  readonly signal: AbortSignal
  /** Milliseconds to wait without a stream. */
  readonly pollMs: number
}

/** A stream that is silent for so long is dead: the calendar sends something every 15 seconds. */
const SILENCE_MS = 45_000
/** Before a stream that was opened or refused is opened again. */
const REOPEN_MS = 15_000

/**
 * Wakes at each piece of a stream, heartbeats included, and at its end. What the stream says does not matter, because the pages
 * have it all. Without `open`, and while there is no stream, it wakes every `pollMs`.
 */
export function openWakeUp(open: StreamOpener | undefined, { signal, pollMs }: Options): WakeUp {
  let bell = new AbortController()
  let stream: AbortController | undefined
  /** Whether something has arrived, which a proxy may prevent. */
  let isLive = false
  let openAt = open ? 0 : Infinity

  const listen = async (opener: StreamOpener, after: ChangesPageInput, mine: AbortController) => {
    try {
      const body = await opener(after, AbortSignal.any([signal, mine.signal]))
      const reader = body.getReader()
      while (!(await reader.read()).done) {
        isLive = true
        bell.abort()
      }
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) openAt = Infinity
    }
    stream = undefined
    if (isLive) bell.abort()
    isLive = false
  }

  return {
    async next(after) {
      if (open && !stream && performance.now() >= openAt) {
        openAt = performance.now() + REOPEN_MS
        stream = new AbortController()
        void listen(open, after, stream)
      }
      const isWoken = await isAborted(bell.signal, isLive ? SILENCE_MS : pollMs, signal)
      if (isLive && !isWoken) stream?.abort()
      bell = new AbortController()
    },
  }
}

/** Whether `bell` aborts within a time. @throws the reason of `signal` */
async function isAborted(bell: AbortSignal, ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, AbortSignal.any([signal, bell])).catch(() => undefined)
  signal.throwIfAborted()
  return bell.aborted
}
